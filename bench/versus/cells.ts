/** Many runs of one fault at one system, and what they come to. */
import * as z from 'zod/mini';
import { median, type Spread, spreadOf } from '../statistics.ts';
import { type FaultId, faultIdSchema } from './faults.ts';
import { restSchema } from './rest.ts';
import { runSchema } from './run.ts';
import { type ApiId, apiIdSchema, type SystemId, systemIdSchema } from './systems.ts';

const cellSchema = z.object({
  api: apiIdSchema,
  system: systemIdSchema,
  fault: faultIdSchema,
  runs: z.array(runSchema),
  /** Runs without a result, and why. */
  failures: z.array(z.string()),
});
export type Cell = z.infer<typeof cellSchema>;

export const versusSchema = z.object({
  versions: z.object({ keepalived: z.string(), aws: z.string() }),
  tookMs: z.int(),
  rest: restSchema,
  cells: z.array(cellSchema),
});
export type VersusData = z.infer<typeof versusSchema>;

export interface Summary {
  readonly tried: number;
  /** Runs after which the client was not served for good. */
  readonly dark: number;
  /** Outages, in milliseconds, of the runs after which it was; null when there are none. */
  readonly outage: Spread | null;
  readonly moves: Spread;
  /** Runs in which the prober itself stood still. */
  readonly stalled: number;
  readonly failed: number;
}

/** Null when no run has a result. */
export const summaryOf = ({ runs, failures }: Cell): Summary | null => {
  if (runs.length === 0) return null;
  const back = runs.filter(({ dark }) => !dark).map(({ outageMs }) => outageMs);
  return {
    tried: runs.length,
    dark: runs.length - back.length,
    outage: back.length === 0 ? null : spreadOf(back),
    moves: spreadOf(runs.map(({ moves }) => moves)),
    stalled: runs.filter(({ stallMs }) => stallMs > 0).length,
    failed: failures.length,
  };
};

/** A fault that comes to nothing so often at one system is given up there, whatever runs are missing. */
export const FAILURES_MAX = 3;

/** It has fewer runs than the others. */
export const isThin = ({ failures }: Cell): boolean => failures.length >= FAILURES_MAX;

/** Shorter differences of medians are this machine's doing. */
const EQUAL_MS = 50;

/** Whether a median outage is shorter than another one, by more than chance. */
export const isShorter = (oneMs: number, otherMs: number): boolean => oneMs < otherMs && otherMs > EQUAL_MS;

/** The median outage over all runs, in which one that never ended counts as endless. @throws RangeError without runs */
export const medianOutageMs = ({ runs }: Cell): number =>
  median(runs.map(({ dark, outageMs }) => (dark ? Number.POSITIVE_INFINITY : outageMs)));

export const cellAt = (
  { cells }: Pick<VersusData, 'cells'>,
  api: ApiId,
  fault: FaultId,
  system: SystemId,
): Cell | undefined => cells.find((one) => one.api === api && one.fault === fault && one.system === system);
