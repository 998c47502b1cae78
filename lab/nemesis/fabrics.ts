/**
 * What the nemesis knows of each fabric, in two tables: which VIPs its groups have ({@link FABRICS}), and what is true of a kind
 * of VIP ({@link KINDS}). Everything else (documents, observers, strikes, bounds) asks here: a new kind is a line in each.
 */
import type { FabricKind, Vip } from '../../core/wire/names.ts';
import type { Mode } from './catalogue.ts';

export const FABRIC_NAMES = ['secondary-ip', 'route', 'route-eip', 'secondary-ip-eip'] as const;
export type FabricName = (typeof FABRIC_NAMES)[number];

/** How it becomes known to whom the fabric delivers. */
export type Told =
  /** By the fabric's own route to the address, of which the kernel tells. */
  | 'address'
  /** By a route in each of the VIP's tables, of which the kernel tells, too. */
  | 'tables'
  /** By the gateway's translation, whose changes the lab notes between their begin and their end. */
  | 'association'
  /** By whom the client's kernel believes: nothing watches that yet, and no run has such a VIP. */
  | 'neighbours';

interface Kind {
  readonly told: Told;
  /** EC2's calls that move it, and that a fault of one call may strike. */
  readonly calls: readonly string[];
  /** No host sees where it is: what another hand does, the sweep finds at the latest. */
  readonly isUnseen?: true;
}

export const KINDS: Readonly<Record<FabricKind, Kind>> = {
  'secondary-ip': { told: 'address', calls: ['AssignPrivateIpAddresses'] },
  route: { told: 'tables', calls: ['ReplaceRoute'], isUnseen: true },
  'elastic-ip': { told: 'association', calls: ['AssociateAddress'] },
  l2: { told: 'neighbours', calls: [] },
};

interface Fabric {
  /** Those of the group of that place, counted from 0. */
  readonly vips: (place: number, mode: Mode) => Vip[];
}

/** The client sends by the first, as half of the hosts do; the others by the second. */
export const TABLES = ['rtb-00000000000000001', 'rtb-00000000000000002'] as const;
const FIRST_VIP = 201;

const secondaryIp = (place: number): string => `172.31.0.${FIRST_VIP + place}`;
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
};

/** Every VIP of a run's groups. */
export const vipsOf = (fabric: FabricName, mode: Mode, groups: number): Vip[] =>
  Array.from({ length: groups }, (_, place) => FABRICS[fabric].vips(place, mode)).flat();

/** EC2's calls that move these VIPs, each once. */
export const callsOf = (vips: readonly Vip[]): string[] => [
  ...new Set(vips.flatMap((vip) => KINDS[vip.fabric].calls)),
];
