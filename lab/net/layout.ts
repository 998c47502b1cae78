/** The scripts that lay out a lab's network: what `ip -batch` and /proc/sys are told. Pure, so that tests read them. */

import { LabError } from '../errors.ts';
import type { InternetOptions } from './internet.ts';
import {
  checkAddress,
  checkHostName,
  checkLabId,
  clientEnd,
  fabricLink,
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
  ...ends.flatMap((end) => attachBatch(end)),
  ...tableBatch(options, ends),
  ...farSide(options, ends),
  'route add blackhole default',
];

/** An end holds a /32 and sees only the gateway: no neighbour is ever on its link. */
export const endBatch = (end: NetworkEnd, gateway: string): string[] => [
  'link set dev lo up',
  `addr add ${end.address}/32 dev ${endInterface}`,
  `link set dev ${endInterface} up`,
  `route add default via ${gateway} dev ${endInterface} src ${end.address} onlink`,
];

/** The client is a host of the internet, too: what it sends to public addresses comes from there. */
export const internetBatch = (internet: InternetOptions, gateway: string): string[] => [
  `addr add ${internet.clientAddress}/32 dev ${endInterface}`,
  `route add ${internet.publicBlock} via ${gateway} dev ${endInterface} src ${internet.clientAddress} onlink`,
];

/** `address` belongs to `end`, or with null to nobody. The next hop is the end itself, whose MAC is known. */
export const mappingLine = (address: string, end: NetworkEnd | null): string =>
  end === null
    ? `route replace blackhole ${address}/32`
    : `route replace ${address}/32 via ${end.address} dev ${end.link} onlink`;

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

const noIpv6 = (hasIpv6: boolean): string[] =>
  hasIpv6 ? ['all', 'default'].map((scope) => `${ipv6}/conf/${scope}/disable_ipv6`) : [];

/**
 * The fabric forwards, drops packets whose source belongs to another link (anti-spoofing; EC2 calls it the
 * source/destination check, and hosts to which routes lead are without it), and never advises an end to
 * go elsewhere. Interfaces are written too: those that exist already do not take over `default`.
 */
export const fabricSwitches = (
  ends: readonly NetworkEnd[],
  hasIpv6: boolean,
  checksSource = true,
): Switches => {
  const scopes = ['all', 'default', ...ends.map((end) => end.link)];
  const filters = scopes.map((scope) => `${ipv4}/conf/${scope}/rp_filter`);
  return {
    on: [`${ipv4}/ip_forward`, ...(checksSource ? filters : []), ...noIpv6(hasIpv6)],
    off: [
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
export const endSwitches = (hasIpv6: boolean): Switches => ({
  on: [`${ipv4}/ip_nonlocal_bind`, ...noIpv6(hasIpv6)],
  off: [
    `${ipv4}/ip_forward`,
    ...['all', 'default', endInterface].flatMap((scope) => [
      `${ipv4}/conf/${scope}/rp_filter`,
      `${ipv4}/conf/${scope}/accept_redirects`,
    ]),
  ],
});
