/** The scripts that lay out a lab's network: what `ip -batch` and /proc/sys are told. Pure, so that tests read them. */

import { isIpv6 } from '../../core/wire/ipv6.ts';
import { LabError } from '../errors.ts';
import type { InternetOptions } from './internet.ts';
import {
  checkAddress,
  checkHostName,
  checkLabId,
  clientEnd,
  fabricLink,
  ipv6Of,
  macOf,
  namespaceName,
  switchLink,
} from './names.ts';
import type { Port, SwitchOptions } from './switch.ts';

/** Hosts of one lab: more do not fit a development machine, and every host costs a namespace. */
export const hostsMax = 32;
/** The name of a host's or the client's only interface. */
export const endInterface = 'eth0';

export interface VpcNetworkOptions {
  labId: string;
  hosts: readonly { name: string; address: string }[];
  clientAddress: string;
  gateway: string;
  apiAddress: string;
  imdsAddress: string;
  /** Of other ends in the fabric. */
  otherAddresses?: readonly string[];
  /** Route tables, and which ends (hosts by name, or `client`) send by each. Others know addresses only. */
  routeTables?: readonly RouteTableOption[];
  /** The VPC has a gateway to the internet. */
  internet?: InternetOptions;
  /** Hosts and client are on a switch, too. */
  switch?: SwitchOptions;
  /** Every end has an IPv6 address, too, made from its IPv4 one. @default false */
  ipv6?: boolean;
}

export interface RouteTableOption {
  id: string;
  ends: readonly string[];
}

/** One end of the network besides the fabric: a host or the client. */
export interface NetworkEnd {
  name: string;
  address: string;
  namespace: string;
  /** MAC of the end's `eth0`. */
  mac: string;
  /** Interface in the fabric that leads to this end. */
  link: string;
  /** Where it is on the switch, if there is one. */
  port?: Port;
}

/** Throws `LabError` when a name or an address of the options cannot be used, or when one occurs twice. */
export const checkOptions = (options: VpcNetworkOptions): void => {
  checkLabId(options.labId);
  const addresses = [options.clientAddress, options.gateway, options.apiAddress, options.imdsAddress];
  addresses.push(...(options.otherAddresses ?? []));
  for (const host of options.hosts) {
    checkHostName(host.name);
    addresses.push(host.address);
  }
  addresses.push(...Object.values(options.switch?.addresses ?? {}));
  for (const address of addresses) {
    checkAddress(address);
  }
  const names = new Set(options.hosts.map((host) => host.name));
  if (names.size !== options.hosts.length || new Set(addresses).size !== addresses.length) {
    throw new LabError('duplicate-end', 'two ends of the network share a name or an address', {
      remedy: 'give every host a name and an address of its own',
    });
  }
  if (options.hosts.length === 0 || options.hosts.length > hostsMax) {
    throw new LabError(
      'invalid-host-count',
      `a lab has 1 to ${hostsMax} hosts, not ${options.hosts.length}`,
      {
        remedy: 'choose another number of hosts',
      },
    );
  }
};

const portOf = (name: string, lan: SwitchOptions | undefined): Pick<NetworkEnd, 'port'> => {
  const address = lan?.addresses[name];
  return address === undefined ? {} : { port: { address, mac: macOf(address), link: switchLink(name) } };
};

/** The end of a host (or, by the name `client`, of the client). */
export const endOf = (labId: string, name: string, address: string, lan?: SwitchOptions): NetworkEnd => ({
  name,
  address,
  namespace: namespaceName(labId, name),
  mac: macOf(address),
  link: fabricLink(name),
  ...portOf(name, lan),
});

export const clientEndOf = (options: VpcNetworkOptions): NetworkEnd =>
  endOf(options.labId, clientEnd, options.clientAddress, options.switch);

/** Creates all namespaces and the links between them; runs outside of them. */
export const creationBatch = (fabric: string, ends: readonly NetworkEnd[]): string[] => [
  `netns add ${fabric}`,
  ...ends.map((end) => `netns add ${end.namespace}`),
  ...ends.map(
    (end) =>
      `link add name ${endInterface} address ${end.mac} netns ${end.namespace} ` +
      `type veth peer name ${end.link} netns ${fabric}`,
  ),
];

/**
 * Attaches one end in the fabric. The neighbour entry is permanent because a real fabric knows each interface without
 * asking: nobody's ARP changes where packets go, and a packet for an address not bound yet costs no ARP time-out.
 */
export const attachBatch = (end: NetworkEnd): string[] => [
  `link set dev ${end.link} up`,
  `neigh replace ${end.address} lladdr ${end.mac} dev ${end.link} nud permanent`,
  `route replace ${end.address}/32 dev ${end.link}`,
];

/** The gateway of every end, by IPv6; its MAC is the same on all links, each of which is a network of its own. */
const ipv6Gateway = { address: 'fe80::1', mac: '02:4b:fe:00:00:01' };

/** The same by IPv6: both sides know each other's MAC beforehand, so neighbour discovery decides nothing either. */
export const attachIpv6Batch = (end: NetworkEnd): string[] => [
  `link set dev ${end.link} address ${ipv6Gateway.mac}`,
  `neigh replace ${ipv6Of(end.address)} lladdr ${end.mac} dev ${end.link} nud permanent`,
  `route replace ${ipv6Of(end.address)}/128 dev ${end.link}`,
];

const endIpv6Batch = (end: NetworkEnd): string[] => [
  `addr add ${ipv6Of(end.address)}/128 dev ${endInterface} nodad`,
  `neigh replace ${ipv6Gateway.address} lladdr ${ipv6Gateway.mac} dev ${endInterface} nud permanent`,
  `route add default via ${ipv6Gateway.address} dev ${endInterface} src ${ipv6Of(end.address)} onlink`,
];

/** The kernel's number of the first route table; the others follow. Numbers of its own tables are above and below all of them. */
export const FIRST_TABLE = 100;

/** What an end of the table's subnets sends is looked up there first, and then among the addresses. */
const tableBatch = (options: VpcNetworkOptions, ends: readonly NetworkEnd[]): string[] =>
  (options.routeTables ?? []).flatMap((table, index) =>
    ends
      .filter((end) => table.ends.includes(end.name))
      .map((end) => `rule add iif ${end.link} lookup ${FIRST_TABLE + index}`),
  );

const farSide = ({ internet }: VpcNetworkOptions, ends: readonly NetworkEnd[]): string[] =>
  ends
    .filter(({ name }) => name === clientEnd)
    .flatMap((client) => (internet === undefined ? [] : [mappingLine(internet.clientAddress, client)]));

/** Everything the fabric knows at the start. Addresses without an owner are swallowed silently, as a VPC does. */
export const fabricBatch = (options: VpcNetworkOptions, ends: readonly NetworkEnd[]): string[] => [
  'link set dev lo up',
  ...[options.gateway, options.apiAddress, options.imdsAddress, ...(options.otherAddresses ?? [])].map(
    (address) => `addr add ${address}/32 dev lo`,
  ),
  ...ends.flatMap((end) => [...attachBatch(end), ...(options.ipv6 === true ? attachIpv6Batch(end) : [])]),
  ...tableBatch(options, ends),
  ...farSide(options, ends),
  'route add blackhole default',
  ...(options.ipv6 === true ? ['route add blackhole ::/0'] : []),
];

/** An end holds a /32 and sees only the gateway: no neighbour is ever on its link. */
export const endBatch = (end: NetworkEnd, gateway: string, ipv6 = false): string[] => [
  'link set dev lo up',
  `addr add ${end.address}/32 dev ${endInterface}`,
  `link set dev ${endInterface} up`,
  `route add default via ${gateway} dev ${endInterface} src ${end.address} onlink`,
  ...(ipv6 ? endIpv6Batch(end) : []),
];

/** The client is a host of the internet, too: what it sends to public addresses comes from there. */
export const internetBatch = (internet: InternetOptions, gateway: string): string[] => [
  `addr add ${internet.clientAddress}/32 dev ${endInterface}`,
  `route add ${internet.publicBlock} via ${gateway} dev ${endInterface} src ${internet.clientAddress} onlink`,
];

/** `address` belongs to `end`, or with null to nobody. The next hop is the end itself, whose MAC is known. */
export const mappingLine = (address: string, end: NetworkEnd | null): string => {
  const destination = destinationOf(address);
  if (end === null) return `route replace blackhole ${destination}`;
  const nextHop = isIpv6(address) ? ipv6Of(end.address) : end.address;
  return `route replace ${destination} via ${nextHop} dev ${end.link} onlink`;
};

/** A single address as a destination. */
export const destinationOf = (address: string): string => `${address}/${isIpv6(address) ? 128 : 32}`;

/** In the route table of that place in the list, `address` leads to `end`, or with null to nobody. */
export const routeLine = (table: number, address: string, end: NetworkEnd | null): string =>
  `${mappingLine(address, end)} table ${FIRST_TABLE + table}`;

/** Kernel switches of a namespace, by value: files below /proc/sys to write that value to. */
export interface Switches {
  on: string[];
  off: string[];
}

const ipv4 = '/proc/sys/net/ipv4';
const ipv6 = '/proc/sys/net/ipv6';

/** What a lab makes of the kernel's IPv6. `none`: there is none to switch off. */
export type Ipv6Use = 'none' | 'off' | 'on';

/** Where it is on, nobody waits to see whether an address is somebody else's, and nobody listens to routers. */
const ipv6Switches = (use: Ipv6Use, scopes: readonly string[]): Switches => {
  const of = (name: string): string[] => scopes.map((scope) => `${ipv6}/conf/${scope}/${name}`);
  const disable = ['all', 'default'].map((scope) => `${ipv6}/conf/${scope}/disable_ipv6`);
  if (use !== 'on') return { on: use === 'off' ? disable : [], off: [] };
  return { on: [], off: [...of('disable_ipv6'), ...of('accept_dad'), ...of('accept_ra'), ...of('autoconf')] };
};

/**
 * The fabric forwards, drops packets whose source belongs to another link (anti-spoofing; EC2 calls it the
 * source/destination check, and hosts to which routes lead are without it), and never advises an end to
 * go elsewhere. Interfaces are written too: those that exist already do not take over `default`.
 */
export const fabricSwitches = (
  ends: readonly NetworkEnd[],
  ipv6Use: Ipv6Use,
  checksSource = true,
): Switches => {
  const scopes = ['all', 'default', ...ends.map((end) => end.link)];
  const other = ipv6Switches(ipv6Use, scopes);
  const filters = scopes.map((scope) => `${ipv4}/conf/${scope}/rp_filter`);
  return {
    on: [
      `${ipv4}/ip_forward`,
      ...(checksSource ? filters : []),
      ...other.on,
      ...(ipv6Use === 'on' ? [`${ipv6}/conf/all/forwarding`] : []),
    ],
    off: [
      ...other.off,
      ...(checksSource ? [] : filters),
      ...scopes.flatMap((scope) => [
        `${ipv4}/conf/${scope}/proxy_arp`,
        `${ipv4}/conf/${scope}/send_redirects`,
        `${ipv4}/conf/${scope}/accept_redirects`,
      ]),
    ],
  };
};

/** An end may bind addresses it does not hold yet, and forwards nothing, whatever the machine itself does. */
export const endSwitches = (ipv6Use: Ipv6Use): Switches => {
  const scopes = ['all', 'default', endInterface];
  const other = ipv6Switches(ipv6Use, scopes);
  return {
    on: [`${ipv4}/ip_nonlocal_bind`, ...other.on, ...(ipv6Use === 'on' ? [`${ipv6}/ip_nonlocal_bind`] : [])],
    off: [
      `${ipv4}/ip_forward`,
      ...other.off,
      ...scopes.flatMap((scope) => [
        `${ipv4}/conf/${scope}/rp_filter`,
        `${ipv4}/conf/${scope}/accept_redirects`,
      ]),
    ],
  };
};
