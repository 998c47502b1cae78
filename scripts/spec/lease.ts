// The catalogue of spec/lease.pml: exclusive groups, where the lease is the fence.

import { definesOf, type LeaseBounds, USUAL, wordsFor } from './lease-bounds.ts';
import type { Row, StoredTrace, Walk } from './row.ts';
import { stepsIn, type Trace, traceSchema } from './trace.ts';

const bounds = (over: Partial<LeaseBounds> = {}): LeaseBounds => ({ ...USUAL, ...over });

const SEARCHES: readonly (readonly [name: string, bounds: LeaseBounds])[] = [
  ['late answers', bounds({ mail: [2, 1], clocks: 'opposed' })],
  ['every clock', bounds({ clocks: 'all', fine: 2, listed: false })],
  ['faults and crashes', bounds({ crashes: 1, faults: 1 })],
  ['deaf hosts', bounds({ deaf: true, clocks: 'opposed' })],
  ['shared requests', bounds({ batches: true, faults: 1 })],
  ['a shorter lease', bounds({ deploys: 1, lease: 31, profile: 31 })],
  ['agents shorter first', bounds({ deploys: 1, lease: 31 })],
];

interface Rule {
  /** As in -DWITHOUT_… */
  readonly rule: string;
  readonly says: string;
  readonly bounds: LeaseBounds;
  /** The kind of action at which the shipped code departs from the model without the rule. */
  readonly departs: string;
}

const LONG = { deploys: 1, lease: 31, profile: 31 } as const;

export const RULES: readonly Rule[] = [
  {
    rule: 'BEAT_NAMED',
    says: 'a claim names the beat that was watched',
    bounds: bounds({ fine: 1 }),
    departs: 'handle',
  },
  {
    rule: 'COUNTING_FROM_SENDING',
    says: 'a holder counts its lease from the sending',
    bounds: bounds({ fine: 1 }),
    departs: 'apply',
  },
  {
    rule: 'COUNTING_FROM_RECEIPT',
    says: 'a standby counts silence from the receipt',
    bounds: bounds({ fine: 1 }),
    departs: 'handle',
  },
  {
    rule: 'STANDBY_MARGIN',
    says: 'a standby waits longer by the clock error',
    bounds: bounds({ fine: 1 }),
    departs: 'handle',
  },
  {
    rule: 'LATCH',
    says: 'nothing is bound again at an epoch that was given up',
    bounds: bounds({ mail: [2, 1], faults: 1 }),
    departs: 'apply',
  },
  {
    rule: 'UNBINDING_FIRST',
    says: 'released is said only after unbinding',
    bounds: bounds({ faults: 1 }),
    departs: 'handle',
  },
  {
    rule: 'PROOF',
    says: 'no new epoch without proof that the holder has let go',
    bounds: bounds({ faults: 1 }),
    departs: 'handle',
  },
  {
    rule: 'KERNEL_LIFETIME',
    says: 'the kernel lets go when the agent does not',
    bounds: bounds({ fine: 1 }),
    departs: 'pass',
  },
  {
    rule: 'RISING_BEATS',
    says: 'a beat that does not rise is refused',
    bounds: bounds({ mail: [2, 1], deaf: true }),
    departs: 'handle',
  },
  {
    rule: 'VOIDING',
    says: 'a deaf host does not act on answers to what it asked before',
    bounds: bounds({ mail: [2, 1], deaf: true }),
    departs: 'apply',
  },
  {
    rule: 'HOLD_OF_THE_BEAT',
    says: 'the hold belongs to the beat, not to the configuration',
    bounds: bounds(LONG),
    departs: 'handle',
  },
  {
    rule: 'HOLD_UNDER_WAY',
    says: 'a report tells what answers under way may still grant',
    bounds: bounds({ ...LONG, mail: [2, 1] }),
    departs: 'handle',
  },
  {
    rule: 'KNOWN_HOLD',
    says: 'an answer grants no more than the agent has told of',
    bounds: bounds({ deploys: 1, lease: 31, mail: [2, 1] }),
    departs: 'apply',
  },
  {
    rule: 'LEFTOVERS_TOLD',
    says: 'a restarted agent tells how long its leftovers live',
    bounds: bounds({ ...LONG, crashes: 1 }),
    departs: 'handle',
  },
];

interface Goal {
  /** As in -DGOAL_… */
  readonly name: string;
  readonly says: string;
  readonly bounds: LeaseBounds;
}

const GOALS: readonly Goal[] = [
  {
    name: 'TAKEOVER',
    says: 'another serves, the silent holder has noticed nothing',
    bounds: bounds({ fine: 1 }),
  },
  { name: 'HANDOVER', says: 'a faulty holder releases, another serves', bounds: bounds({ faults: 1 }) },
  { name: 'REFUSAL', says: 'a living holder that does not release goes on', bounds: bounds({ faults: 1 }) },
  {
    name: 'LAPSE',
    says: 'a holder whose lease ran out goes on, under a new epoch',
    bounds: bounds({ fine: 1 }),
  },
  { name: 'DEAF', says: 'a holder that hears nothing is replaced', bounds: bounds({ deaf: true }) },
  {
    name: 'LEFTOVER',
    says: 'a restarted holder is MASTER again over its leftovers',
    bounds: bounds({ crashes: 1 }),
  },
  { name: 'RETREAT', says: 'the target of a move is asked to let go', bounds: bounds({ faults: 1 }) },
  {
    name: 'VACANT',
    says: 'nobody is left to hold',
    bounds: bounds({ faults: 1, batches: true, deaf: true }),
  },
  { name: 'LATE', says: 'an answer comes too late to grant anything', bounds: bounds() },
  {
    name: 'LATCH',
    says: 'an answer would still grant, at an epoch that was given up',
    bounds: bounds({ mail: [2, 1] }),
  },
  { name: 'SHORTER_LEASE', says: 'the last beat held longer than the new lease', bounds: bounds(LONG) },
  {
    name: 'LIMIT',
    says: 'a hold that has grown does not count for what was under way',
    bounds: bounds({ deploys: 1, lease: 31, mail: [2, 1] }),
  },
  { name: 'RETURN', says: 'the first holder is back', bounds: bounds({ epochs: 3, fine: 1, listed: false }) },
];

const fileNameOf = (words: string): string => words.toLowerCase().replaceAll('_', '-');

const storedAs = (
  about: Pick<Trace, 'name' | 'kind' | 'says'>,
  { lease, leaseDeployed, profile, listed, mail }: LeaseBounds,
  stepsMax = Infinity,
): ((printed: string) => StoredTrace) => {
  return (printed) => {
    const { rates, steps } = stepsIn(printed);
    const settings = { rates, mail: [...mail], lease, leaseDeployed, profile, listed };
    const content = traceSchema.parse({ ...about, ...settings, steps: steps.slice(0, stepsMax) });
    return { model: 'lease', content };
  };
};

export const LEASE_ROWS: readonly Row[] = [
  ...SEARCHES.map(([name, of]): Row => {
    return { group: 'model', model: 'lease', name, says: wordsFor(of), defines: definesOf(of) };
  }),
  ...RULES.map(({ rule, says, bounds: of }): Row => {
    const about = { name: fileNameOf(`without-${rule}`), kind: 'broken', says: `without: ${says}` } as const;
    const defines = [...definesOf(of), `WITHOUT_${rule}`];
    return { group: 'broken', model: 'lease', name: rule, says, defines, traceOf: storedAs(about, of) };
  }),
  ...GOALS.map(({ name, says, bounds: of }): Row => {
    const about = { name: fileNameOf(`goal-${name}`), kind: 'goal', says } as const;
    const defines = [...definesOf(of), `GOAL_${name}`];
    return { group: 'goal', model: 'lease', name, says, defines, traceOf: storedAs(about, of) };
  }),
];

/** Wider than any search: three hosts, a lot of mail, whatever may happen. */
const EVERYTHING = bounds({
  hosts: 3,
  mail: [3, 2],
  epochs: 6,
  lease: 31,
  profile: 31,
  crashes: 2,
  faults: 2,
  deploys: 1,
  coarse: 7,
  fine: 8,
  clocks: 'all',
  deaf: true,
  batches: true,
});
/** Seeds whose walks get somewhere: at least three epochs, or two holders. */
const SEEDS = [3, 5, 6, 17, 25, 36, 53, 69, 81, 120, 121, 129, 140, 150, 161, 164, 193, 195];
/** A walk is cut off after so many actions. */
const WALK_ACTIONS = 120;

export const LEASE_WALKS: readonly Walk[] = SEEDS.map((seed) => {
  // As in the runs by which the seeds were chosen.
  const of = { ...EVERYTHING, listed: seed % 2 === 1, hosts: seed % 3 === 1 ? 2 : 3 };
  const name = `walk-${String(seed).padStart(3, '0')}`;
  const about = { name, kind: 'walk', says: `random choices, seed ${seed}` } as const;
  return {
    model: 'lease',
    seed,
    defines: [...definesOf(of), 'CALM'],
    traceOf: storedAs(about, of, WALK_ACTIONS),
  };
});
