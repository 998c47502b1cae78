/**
 * What the nemesis knows of each fabric, in two tables: which VIPs its groups have ({@link FABRICS}), and what is true of a kind
 * of VIP ({@link KINDS}). Everything else (documents, observers, strikes, bounds) asks here: a new kind is a line in each.
 */
import type { FabricKind, Vip } from '../../core/wire/names.ts';
import { lanInterface } from '../net/switch.ts';
import type { Mode } from './catalogue.ts';

export const FABRIC_NAMES = ['secondary-ip', 'route', 'route-eip', 'secondary-ip-eip', 'ipv6', 'l2'] as const;
export type FabricName = (typeof FABRIC_NAMES)[number];

/** How it becomes known to whom the fabric delivers. */
export type Told =
  /** By the fabric's own route to the address, of which the kernel tells. */
  | 'address'
  /** By a route in each of the VIP's tables, of which the kernel tells, too. */
  | 'tables'
  /** By the gateway's translation, whose changes the lab notes between their begin and their end. */
  | 'association'
  /** Whoever has it bound announces it: of that the kernels tell. Whom a client believes follows, and its answers show. */
  | 'neighbours';

interface Kind {
  readonly told: Told;
  /** EC2's calls that move it, and that a fault of one call may strike. */
  readonly calls: readonly string[];
  /** No host sees where it is: what another hand does, the sweep finds at the latest. */
  readonly isUnseen?: true;
  /** The hosts' interface that has it. @default the one towards the VPC */
  readonly interface?: string;
}

export const KINDS: Readonly<Record<FabricKind, Kind>> = {
  'secondary-ip': { told: 'address', calls: ['AssignPrivateIpAddresses'] },
  route: { told: 'tables', calls: ['ReplaceRoute'], isUnseen: true },
  'elastic-ip': { told: 'association', calls: ['AssociateAddress'] },
  ipv6: { told: 'address', calls: ['UnassignIpv6Addresses', 'AssignIpv6Addresses'] },
  l2: { told: 'neighbours', calls: [], interface: lanInterface },
};

interface Fabric {
  /** Those of the group of that place, counted from 0. */
  readonly vips: (place: number, mode: Mode) => Vip[];
  /** Nothing but the lease keeps two hosts apart. */
  readonly needsLease?: true;
}

/** The client sends by the first, as half of the hosts do; the others by the second. */
export const TABLES = ['rtb-00000000000000001', 'rtb-00000000000000002'] as const;
const FIRST_VIP = 201;

const secondaryIp = (place: number): string => `172.31.0.${FIRST_VIP + place}`;
const ipv6 = (place: number): string => `2001:db8:0:1::${(FIRST_VIP + place).toString(16)}`;
/** Every other one by IPv6. */
const onSwitch = (place: number): string =>
  place % 2 === 0 ? `192.168.0.${FIRST_VIP + place}` : `2001:db8:0:2::${(FIRST_VIP + place).toString(16)}`;
/** Several tables lead to two hosts while they are changed: only the lease allows them. */
const route = (place: number, mode: Mode): Vip => ({
  address: `10.99.0.${1 + place}`,
  fabric: 'route',
  tables: TABLES.slice(0, mode === 'exclusive' ? 2 : 1),
});
const elasticIp = (place: number): Extract<Vip, { fabric: 'elastic-ip' }> => ({
  address: `203.0.113.${5 + place}`,
  fabric: 'elastic-ip',
  allocation: `eipalloc-${(1 + place).toString(16).padStart(17, '0')}`,
});

export const FABRICS: Readonly<Record<FabricName, Fabric>> = {
  'secondary-ip': { vips: (place) => [{ address: secondaryIp(place), fabric: 'secondary-ip' }] },
  route: { vips: (place, mode) => [route(place, mode)] },
  // The holder's own address carries one Elastic IP: two groups with one each would push each other's off where they meet.
  'route-eip': { vips: (place, mode) => [route(place, mode), ...(place === 0 ? [elasticIp(place)] : [])] },
  'secondary-ip-eip': {
    vips: (place) => [
      { address: secondaryIp(place), fabric: 'secondary-ip' },
      { ...elasticIp(place), private: secondaryIp(place) },
    ],
  },
  ipv6: { vips: (place) => [{ address: ipv6(place), fabric: 'ipv6' }] },
  l2: { vips: (place) => [{ address: onSwitch(place), fabric: 'l2' }], needsLease: true },
};

/** Every VIP of a run's groups. */
export const vipsOf = (fabric: FabricName, mode: Mode, groups: number): Vip[] =>
  Array.from({ length: groups }, (_, place) => FABRICS[fabric].vips(place, mode)).flat();

/** EC2's calls that move these VIPs, each once. */
export const callsOf = (vips: readonly Vip[]): string[] => [
  ...new Set(vips.flatMap((vip) => KINDS[vip.fabric].calls)),
];
