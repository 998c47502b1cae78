/** What a run comes to: what was done, what followed, how long it took, and what was broken. Pure. */
import * as z from 'zod/mini';
import { MODES } from './catalogue.ts';
import { isMove } from './check/causes.ts';
import { check, RULES } from './check/check.ts';
import { factsOf, ofKind } from './check/facts.ts';
import { FABRIC_NAMES } from './fabrics.ts';
import type { HistoryEvent } from './history.ts';

const counts = z.record(z.string(), z.int());

/** The document that `--json` prints. Times are milliseconds, `at` since 1970. */
export const outcomeSchema = z.object({
  fabric: z.enum(FABRIC_NAMES),
  mode: z.enum(MODES),
  seed: z.string(),
  startedAt: z.string(),
  seconds: z.number(),
  groups: z.array(z.string()),
  rounds: z.int(),
  /** Rounds after which the groups came to rest. */
  converged: z.int(),
  strikes: counts,
  skipped: counts,
  /** Changes of hands, by the arbiter's reason. */
  moves: counts,
  /** Exclusive: the same holder under a new epoch. */
  regrants: z.int(),
  probes: z.object({
    intervalMs: z.number(),
    sent: z.int(),
    lost: z.int(),
    outages: z.int(),
    darkMsMax: z.number(),
  }),
  convergeMs: z.object({ median: z.number(), max: z.number() }),
  /** How busy the machine was: pauses of the probing process, the load at the end, and its cores. */
  machine: z.object({ stallMs: z.number(), load: z.number(), cores: z.int() }),
  interrupted: z.boolean(),
  /** Of these, what broke a rule of safety: one that no busy machine excuses. */
  unsafe: z.int(),
  violations: z.array(z.object({ rule: z.string(), at: z.number(), what: z.string() })),
});
export type Outcome = z.infer<typeof outcomeSchema>;

const SAFETY: ReadonlySet<string> = new Set(RULES.filter((rule) => rule.isSafety).map(({ name }) => name));

const msPerSecond = 1000;

const countBy = <T>(list: readonly T[], nameOf: (one: T) => string): Record<string, number> =>
  Object.fromEntries(
    [...Map.groupBy(list, nameOf)]
      .map(([name, group]): [string, number] => [name, group.length])
      .toSorted(([, a], [, b]) => b - a),
  );

const median = (sorted: readonly number[]): number => sorted[Math.floor(sorted.length / 2)] ?? 0;

/** @throws Error when the history has no beginning */
export const outcomeOf = (history: readonly HistoryEvent[]): Outcome => {
  const facts = factsOf(history);
  const { start, endsAt, decisions, rounds } = facts;
  const transfers = decisions.filter((one) => one.what === 'transfer' && one.at > start.at);
  const dark = ofKind(facts.events, 'dark').filter((one) => !one.stalled);
  const took = ofKind(facts.events, 'converged')
    .map((one) => one.tookMs)
    .toSorted((a, b) => a - b);
  const end = ofKind(facts.events, 'end')[0];
  const violations = check(history);
  return {
    fabric: start.fabric,
    mode: start.mode,
    seed: start.seed,
    startedAt: new Date(start.at).toISOString(),
    seconds: Math.round((endsAt - start.at) / msPerSecond),
    groups: start.groups.map((group) => group.name),
    rounds: rounds.length,
    converged: took.length,
    strikes: countBy(ofKind(facts.events, 'strike'), (one) => one.strike),
    skipped: countBy(ofKind(facts.events, 'skipped'), (one) => one.strike),
    moves: countBy(transfers.filter(isMove), (one) => one.reason),
    regrants: transfers.filter((one) => one.from !== null && one.from === one.to).length,
    probes: {
      intervalMs: start.intervalMs,
      sent: end?.sent ?? 0,
      lost: dark.reduce((sum, one) => sum + one.lost, 0),
      outages: dark.length,
      darkMsMax: Math.round(Math.max(0, ...dark.map((one) => one.to - one.at))),
    },
    convergeMs: { median: Math.round(median(took)), max: Math.round(took.at(-1) ?? 0) },
    machine: { stallMs: end?.stallMs ?? 0, load: end?.load ?? 0, cores: end?.cores ?? 0 },
    interrupted: end?.interrupted ?? true,
    unsafe: violations.filter(({ rule }) => SAFETY.has(rule)).length,
    violations,
  };
};
