// The catalogue of spec/fabric.pml: fenced groups, where the fabric delivers to one host but cannot check an epoch.

import type { Group, Row, StoredTrace, Walk } from './row.ts';
import { type FabricTrace, fabricTraceSchema, stepsIn } from './trace.ts';

const HOSTS = 3;
const MOVERS = 3;
const EPOCHS = 3;
const BOUND = `${HOSTS} hosts, ${MOVERS} movers, 1 look, ${EPOCHS} epochs`;
const DEFINES = [`HOSTS=${HOSTS}`, `MOVERS=${MOVERS}`, `EPOCHS=${EPOCHS}`];

interface Rule {
  /** As in -DWITHOUT_… */
  readonly rule: string;
  readonly says: string;
  /** The kind of action at which the shipped code departs from the model without the rule. */
  readonly departs: string;
}

export const FABRIC_RULES: readonly Rule[] = [
  { rule: 'OVERTAKEN_MARKED', says: 'an order that is overtaken is looked after', departs: 'change' },
  { rule: 'ORDER_NAMED', says: 'results count for their own order only', departs: 'fail-late' },
  { rule: 'ABORT', says: 'no call is sent late', departs: 'act' },
  { rule: 'LATER_MARK_KEPT', says: 'a mark for later outlives one for now', departs: 'observe' },
];

const GOALS: readonly (readonly [name: string, says: string])[] = [
  ['REPAIR', 'a mover that was out of date has acted, and it is put right'],
  ['RESUMED', 'an order is lost with its Lambda and given anew'],
  ['OVERTAKEN', 'a move has overtaken another'],
];

const storedAs = (
  about: Omit<FabricTrace, 'steps'>,
  stepsMax = Infinity,
): ((printed: string) => StoredTrace) => {
  return (printed) => ({
    model: 'fabric',
    content: fabricTraceSchema.parse({ ...about, steps: stepsIn(printed).steps.slice(0, stepsMax) }),
  });
};

const fileNameOf = (words: string): string => words.toLowerCase().replaceAll('_', '-');

const row = (group: Group, name: string, says: string, defines: readonly string[]): Row => ({
  group,
  model: 'fabric',
  name,
  says,
  defines: [...DEFINES, ...defines],
});

export const FABRIC_ROWS: readonly Row[] = [
  row('model', 'stale movers', BOUND, []),
  ...FABRIC_RULES.map(
    ({ rule, says }): Row => ({
      ...row('broken', rule, says, [`WITHOUT_${rule}`]),
      traceOf: storedAs({ name: fileNameOf(`without-${rule}`), kind: 'broken', says: `without: ${says}` }),
    }),
  ),
  ...GOALS.map(
    ([name, says]): Row => ({
      ...row('goal', name, says, [`GOAL_${name}`]),
      traceOf: storedAs({ name: fileNameOf(`goal-${name}`), kind: 'goal', says }),
    }),
  ),
];

const WALKS = 8;
const WALK_ACTIONS = 120;
const WALK_EPOCHS = 12;

export const FABRIC_WALKS: readonly Walk[] = Array.from({ length: WALKS }, (_, index) => {
  const seed = index + 1;
  const about = { name: `walk-00${seed}`, kind: 'walk', says: `random choices, seed ${seed}` } as const;
  const defines = [`HOSTS=${HOSTS}`, `MOVERS=${MOVERS}`, `EPOCHS=${WALK_EPOCHS}`];
  return { model: 'fabric', seed, defines, traceOf: storedAs(about, WALK_ACTIONS) };
});
