/**
 * Everything that the nemesis does to a lab, in one table: to whom, for how long, and what it may cost. The schedule
 * draws from it, and the checker judges by it: a move or a lost probe that nothing here explains is a violation.
 */

import type { Vip } from '../../core/wire/names.ts';
import { CATALOGUE } from './entries.ts';

export const MODES = ['fenced', 'exclusive'] as const;
export type Mode = (typeof MODES)[number];

export const STRIKE_KINDS = [
  'kill',
  'agent',
  'service',
  'restart',
  'stop',
  'freeze',
  'freeze-agent',
  'clock',
  'boot-clock',
  'arbiter-clock',
  'cut-host',
  'cut-peers',
  'cut-arbiter',
  'cut-to-arbiter',
  'cut-from-arbiter',
  'blackout',
  'loss',
  'delay',
  'ec2-throttle',
  'ec2-error',
  'ec2-slow',
  'ec2-stale',
  'dynamodb-error',
  'dynamodb-throttle',
  'dynamodb-slow',
  'lambda-freeze',
  'addr-del',
  'addr-add',
  'assign',
  'route',
  'route-gone',
  'associate',
  'disassociate',
  'ec2-part',
  'net-utils',
  'address-manager',
  'imds-gone',
  'imds-slow',
  'imds-stale',
] as const;
export type StrikeKind = (typeof STRIKE_KINDS)[number];

/** Whom a strike is meant for; who that is shows when it falls. `all`: every host. `cloud`: no host of its own. */
export type Whom = 'holder' | 'standby' | 'all' | 'cloud';

/**
 * For how long the client of a VIP may be in the dark because of a strike on the host that serves it.
 * `no`: not at all, a handover apart. `silence`: until a standby has claimed the group. `check`: until the check has
 * failed. `look`: until the agent looks at its kernel. `looks`: until it looks after the strike's end. `drift`: until the
 * arbiter looks at the fabric. `while`: as long as it lasts, and until the group is granted again.
 */
export type Darkness = 'no' | 'silence' | 'check' | 'look' | 'looks' | 'drift' | 'while';

/** What a strike may do to a group in one mode. */
export interface Cost {
  readonly dark: Darkness;
  /** Reasons of transfers that it may cause; see `check/causes.ts`. */
  readonly moves: readonly Cause[];
}

/** Why a group may rightly change hands: nobody hears the holder, its check fails, it leaves, its time has run out. */
export type Cause = 'silence' | 'fault' | 'resign' | 'target' | 'lapse';

export interface Entry {
  readonly kind: StrikeKind;
  /** Drawn from these; one that stands twice is drawn twice as often. */
  readonly whom: readonly Whom[];
  /** How long it lasts, milliseconds. */
  readonly forMs: readonly [number, number];
  /** Two strikes on the same organ of the same host (or of the cloud) would only hide each other. */
  readonly organ:
    | 'process'
    | 'service'
    | 'wire'
    | 'peers'
    | 'arbiter-clock'
    | 'ec2'
    | 'dynamodb'
    | 'lambda'
    | 'address'
    | 'manager'
    | 'metadata';
  readonly percent?: readonly [number, number];
  readonly ms?: readonly [number, number];
  readonly offsetMs?: readonly number[];
  /** It strikes one of EC2's calls that move the VIPs, where there are several. */
  readonly isOfOneCall?: true;
  /** It strikes one of a VIP's route tables, where there are several. */
  readonly isOfOneTable?: true;
  /** Strikes on an address: the VIPs that it can strike. */
  readonly on?: (vip: Vip) => boolean;
  /** Whether it makes sense for a run with these VIPs. @default when `on` fits one of them, or there is none */
  readonly fits?: (vips: readonly Vip[]) => boolean;
  readonly cost: Readonly<Record<Mode, Cost>>;
}

/** What can befall groups with these VIPs, in the catalogue's order. */
export const catalogueFor = (vips: readonly Vip[]): Entry[] =>
  CATALOGUE.filter(({ on, fits }) => fits?.(vips) ?? (on === undefined || vips.some(on)));

export const entryOf = (kind: StrikeKind): Entry => {
  const found = CATALOGUE.find((entry) => entry.kind === kind);
  if (found === undefined) throw new RangeError(`no entry for ${kind}`);
  return found;
};

/** Strikes on the arbiter and its cloud reach every host. */
export const isEverywhere = (whom: Whom): boolean => whom === 'all' || whom === 'cloud';
