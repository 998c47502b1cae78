/**
 * What is to happen, drawn from a seed: rounds of one to three strikes, each round followed by a quiet time. Pure: the
 * same seed gives the same rounds. Whom a strike hits is said by role, since who holds then shows only in the run.
 */
import type { Vip } from '../../core/wire/names.ts';
import { catalogueFor, type Entry, type StrikeKind, type Whom } from './catalogue.ts';
import { callsOf } from './fabrics.ts';
import { Random } from './random.ts';

export interface Strike {
  readonly kind: StrikeKind;
  readonly whom: Whom;
  /** Which group's holder or standby is meant, counted from 0. */
  readonly group: number;
  /** When it begins, counted from the begin of its round, and how long it lasts; milliseconds. */
  readonly atMs: number;
  readonly forMs: number;
  readonly percent?: number;
  readonly ms?: number;
  readonly offsetMs?: number;
  /** Of EC2's calls this one; unset: the only one there is. */
  readonly call?: string;
  /** Of a VIP's route tables the one of this place. */
  readonly table?: number;
}

export interface Round {
  /** Counted from 1. */
  readonly round: number;
  /** By their begin. */
  readonly strikes: readonly Strike[];
  /** How long nothing may change once all is well again, milliseconds. */
  readonly calmMs: number;
}

export interface ScheduleOptions {
  readonly seed: string;
  readonly groups: number;
  /** Of all groups. */
  readonly vips: readonly Vip[];
  readonly rounds: number;
}

/** More rounds than this are days of a run. */
export const ROUNDS_MAX = 10_000;
/** How many strikes a round has; what stands more often is drawn more often. Mostly one: that judges most sharply. */
const SIZES = [1, 1, 1, 1, 2, 2, 2, 3] as const;
/** Later strikes of a round begin within this time, so that they meet the earlier ones. */
const SPREAD_MS = 4000;
const CALM_MS: readonly [number, number] = [2000, 4000];
/** Tries to find a strike that fits to those that a round already has. */
const FIT_TRIES_MAX = 40;

/** Draws kinds so that none comes a third time before all have come twice, and so on. */
class Deck {
  readonly #random: Random;
  readonly #entries: readonly Entry[];
  #left: Entry[] = [];

  constructor(random: Random, entries: readonly Entry[]) {
    this.#random = random;
    this.#entries = entries;
  }

  /** The next entry that fits; of those that are left, the first. */
  deal(fits: (entry: Entry) => boolean): Entry {
    for (let tries = 0; tries < FIT_TRIES_MAX; tries += 1) {
      if (this.#left.length === 0) this.#left = this.#random.shuffle(this.#entries);
      const at = this.#left.findIndex(fits);
      const [found] = at < 0 ? [] : this.#left.splice(at, 1);
      if (found !== undefined) return found;
      this.#left.push(...this.#random.shuffle(this.#entries));
    }
    throw new RangeError('no kind of strike fits any more');
  }
}

/** What only some fabrics leave open. Where there is no choice nothing is drawn: a seed says the same for all the others. */
const choiceOf = (entry: Entry, vips: readonly Vip[], random: Random): Pick<Strike, 'call' | 'table'> => {
  const calls = entry.isOfOneCall === true ? callsOf(vips) : [];
  const tables =
    entry.isOfOneTable === true
      ? vips.flatMap((vip) => (vip.fabric === 'route' ? [vip.tables.length] : []))
      : [];
  const tablesMin = Math.min(...tables);
  return {
    ...(calls.length > 1 ? { call: random.pick(calls) } : {}),
    ...(tables.length > 0 && tablesMin > 1 ? { table: random.int(0, tablesMin - 1) } : {}),
  };
};

const strikeOf = (entry: Entry, atMs: number, { groups, vips }: ScheduleOptions, random: Random): Strike => ({
  kind: entry.kind,
  whom: random.pick(entry.whom),
  group: random.int(0, groups - 1),
  atMs,
  forMs: random.int(...entry.forMs),
  ...(entry.percent === undefined ? {} : { percent: random.int(...entry.percent) }),
  ...(entry.ms === undefined ? {} : { ms: random.int(...entry.ms) }),
  ...(entry.offsetMs === undefined ? {} : { offsetMs: random.pick(entry.offsetMs) }),
  ...choiceOf(entry, vips, random),
});

/** The rounds of a seed, in order. The first `n` are the same for every larger `rounds`. */
export const scheduleOf = (options: ScheduleOptions): Round[] => {
  const { seed, rounds, vips } = options;
  const random = new Random(seed);
  const deck = new Deck(random, catalogueFor(vips));
  return Array.from({ length: Math.min(rounds, ROUNDS_MAX) }, (_, index) => {
    const size = random.pick(SIZES);
    const organs = new Set<Entry['organ']>();
    const strikes: Strike[] = [];
    for (let count = 0; count < size; count += 1) {
      const entry = deck.deal((one) => !organs.has(one.organ));
      organs.add(entry.organ);
      strikes.push(strikeOf(entry, count === 0 ? 0 : random.int(0, SPREAD_MS), options, random));
    }
    return {
      round: index + 1,
      strikes: strikes.toSorted((a, b) => a.atMs - b.atMs),
      calmMs: random.int(...CALM_MS),
    };
  });
};

/** The one round of a blackout: nobody reaches the arbiter for so long, and nothing else happens. */
export const blackoutOf = (forMs: number, calmMs: number): Round[] => [
  { round: 1, strikes: [{ kind: 'blackout', whom: 'all', group: 0, atMs: 0, forMs }], calmMs },
];
