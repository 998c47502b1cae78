/**
 * A switch beside the VPC, for addresses that hosts announce themselves: a bridge in the fabric's namespace, with a port for each
 * host and for the client. There ARP and neighbour discovery decide who is reached. The VPC stays what it is: the way to the arbiter and the metadata.
 */
import type { NetworkEnd } from './layout.ts';
import { ipv6Of, LAN_IPV6_CIDR } from './names.ts';

/** The name of an end's interface on the switch. */
export const lanInterface = 'lan0';
const bridge = 'switch';

export interface SwitchOptions {
  /** Of the subnet that all on the switch share. */
  readonly prefix: number;
  /** By the name of the host, or `client`. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** Where an end is on the switch. */
export interface Port {
  readonly address: string;
  /** MAC of the end's `lan0`. */
  readonly mac: string;
  /** Interface in the fabric that leads to this end. */
  readonly link: string;
}

const withPorts = (ends: readonly NetworkEnd[]): { end: NetworkEnd; port: Port }[] =>
  ends.flatMap((end) => (end.port === undefined ? [] : [{ end, port: end.port }]));

/** Creates the links; runs outside of the namespaces, when those are there. */
export const portsBatch = (fabric: string, ends: readonly NetworkEnd[]): string[] =>
  withPorts(ends).map(
    ({ end, port }) =>
      `link add name ${lanInterface} address ${port.mac} netns ${end.namespace} ` +
      `type veth peer name ${port.link} netns ${fabric}`,
  );

/** Without a spanning tree a port forwards as soon as it is up. */
export const switchBatch = (ends: readonly NetworkEnd[]): string[] => {
  const ports = withPorts(ends);
  if (ports.length === 0) return [];
  return [
    `link add name ${bridge} type bridge`,
    `link set dev ${bridge} up`,
    ...ports.flatMap(({ port }) => [
      `link set dev ${port.link} master ${bridge}`,
      `link set dev ${port.link} up`,
    ]),
  ];
};

/** What one end has on the switch. */
export const lanBatch = ({ port }: NetworkEnd, { prefix }: SwitchOptions, hasIpv6: boolean): string[] => {
  if (port === undefined) return [];
  const ipv6 = `addr add ${ipv6Of(port.address, LAN_IPV6_CIDR)}/64 dev ${lanInterface} nodad`;
  return [
    `addr add ${port.address}/${prefix} dev ${lanInterface}`,
    ...(hasIpv6 ? [ipv6] : []),
    `link set dev ${lanInterface} up`,
  ];
};
