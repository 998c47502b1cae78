/** The names of a lab's namespaces and links, in one place because the sweep recognises them by their form. */

import { isIpv6 } from '../../core/wire/ipv6.ts';
import { LabError } from '../errors.ts';

/** Name of a host inside the lab: an interface name in the fabric is derived from it, so it is short. */
const hostNamePattern = /^[a-z][a-z0-9-]{0,11}$/u;
/** These words name other ends of the network in the fault commands. */
const reservedNames = new Set(['client', 'arbiter', 'vpc', 'all', 'imds', 'peers']);
const labIdPattern = /^[0-9a-f]{4}$/u;
/** Every namespace of any lab, with the lab's id captured. */
const namespacePattern = /^kl([0-9a-f]{4})-[a-z][a-z0-9-]*$/u;
const octetMax = 255;
const octets = 4;

/** The client's end in fault commands and link names. */
export const clientEnd = 'client';

/** `kl<labId>-<end>`, where the end is `vpc`, `client` or a host's name. */
export const namespaceName = (labId: string, end: string): string => `kl${labId}-${end}`;

/** The lab id of a namespace's name, or null when it is not a lab's namespace. */
export const labIdOfNamespace = (namespace: string): string | null =>
  namespacePattern.exec(namespace)?.[1] ?? null;

/** The fabric's end of the link to a host or to the client. */
export const fabricLink = (end: string): string => `v-${end}`;

/** The fabric's end of a host's or the client's link to the switch. */
export const switchLink = (end: string): string => `l-${end}`;

/** Throws `invalid-lab-id` unless the id is four lower-case hexadecimal digits. */
export const checkLabId = (labId: string): void => {
  if (!labIdPattern.test(labId)) {
    throw new LabError('invalid-lab-id', `'${labId}' is not a lab id`, {
      remedy: 'use four lower-case hexadecimal digits',
    });
  }
};

/** Throws `invalid-host-name` when a host's name does not fit a link name or names another end. */
export const checkHostName = (name: string): void => {
  if (!hostNamePattern.test(name) || reservedNames.has(name)) {
    throw new LabError('invalid-host-name', `'${name}' cannot be the name of a host in the lab`, {
      remedy: `use at most 12 lower-case letters, digits and dashes, and none of: ${[...reservedNames].join(', ')}`,
    });
  }
};

const octetsOf = (address: string): number[] => {
  const parts = address.split('.').map((part) => (/^\d{1,3}$/u.test(part) ? Number(part) : Number.NaN));
  if (parts.length !== octets || !parts.every((part) => part <= octetMax)) {
    throw new LabError('invalid-address', `'${address}' is not an IPv4 address`, {
      remedy: 'use dotted decimals, for example 172.31.0.201',
    });
  }
  return parts;
};

/** Throws `invalid-address` unless the text is an IPv4 address; it goes into `ip` and `nft` scripts. */
export const checkAddress = (address: string): void => {
  octetsOf(address);
};

/** Throws `invalid-address` unless the text is an address of either protocol. */
export const checkEitherAddress = (address: string): void => {
  if (!isIpv6(address)) octetsOf(address);
};

/** Where the IPv6 addresses of a lab lie. */
export const IPV6_CIDR = '2001:db8:0:1::/64';

/** … and those of its switch. */
export const LAN_IPV6_CIDR = '2001:db8:0:2::/64';

/** The IPv6 address, in that block, of whoever has an IPv4 one. */
export const ipv6Of = (address: string, cidr = IPV6_CIDR): string => {
  const [a = 0, b = 0, c = 0, d = 0] = octetsOf(address);
  return `${cidr.replace('/64', '')}${((a << 8) + b).toString(16)}:${((c << 8) + d).toString(16)}`;
};

/** A locally administered MAC made from the address, so that it is the same in every run of a lab. */
export const macOf = (address: string): string =>
  ['02', '4b', ...octetsOf(address).map((octet) => octet.toString(16).padStart(2, '0'))].join(':');
