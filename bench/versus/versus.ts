/** keepalived beside Keepaloft: the same lab, the same client, the same faults. */
import { BenchError } from '../errors.ts';
import { type MeasureContext, section } from '../section.ts';
import { type Cell, isThin, type VersusData, versusSchema } from './cells.ts';
import { FAULTS, type FaultCase } from './faults.ts';
import { KeepalivedPair } from './keepalived-pair.ts';
import { KeepaloftPair } from './keepaloft-pair.ts';
import type { Pair } from './pair.ts';
import { ensurePrograms, versionsOf } from './programs.ts';
import { Progress } from './progress.ts';
import { measureRest, type RestTimes } from './rest.ts';
import { measureRun } from './run.ts';
import { openStage, type Stage } from './stage.ts';
import { APIS, type Api, appliesTo, SYSTEMS, type System, type SystemId } from './systems.ts';
import { tellVersus } from './tell.ts';
import { Timetable, Turns } from './timetable.ts';

const RUNS_DEFAULT = 10;
const QUICK_RUNS_DEFAULT = 2;
const QUICK_SYSTEMS: ReadonlySet<SystemId> = new Set(['keepaloft', 'cli-100', 'route-30']);
/** Clients that may wait for their fault at once: each costs a share of a core. */
const WAITING_MAX = 3;
const REST: RestTimes = { settleMs: 20_000, windowMs: 60_000 };
const QUICK_REST: RestTimes = { settleMs: 3000, windowMs: 10_000 };

interface Plan {
  readonly apis: readonly Api[];
  readonly systems: readonly System[];
  readonly runs: number;
  readonly rest: RestTimes;
}

const planOf = ({ quick, runs }: MeasureContext): Plan =>
  quick
    ? {
        apis: APIS.slice(0, 1),
        systems: SYSTEMS.filter(({ id }) => QUICK_SYSTEMS.has(id)),
        runs: runs ?? QUICK_RUNS_DEFAULT,
        rest: QUICK_REST,
      }
    : { apis: APIS, systems: SYSTEMS, runs: runs ?? RUNS_DEFAULT, rest: REST };

const pairsOn = (stage: Stage, systems: readonly System[]): Pair[] => {
  const scripted = systems.filter(({ mover }) => mover !== 'arbiter');
  return systems.map((system) =>
    system.mover === 'arbiter'
      ? new KeepaloftPair(stage, system)
      : new KeepalivedPair(stage, system, scripted.indexOf(system)),
  );
};

/** Everything that must be undone, undone in the opposite order whatever fails. */
class Undo {
  readonly #steps: (() => Promise<void>)[] = [];

  add(step: () => Promise<void>): void {
    this.#steps.push(step);
  }

  async all(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.#steps.toReversed()) {
      await step().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0)
      throw new BenchError('not everything could be cleaned up', { cause: failures[0] });
  }
}

const openPairs = async (plan: Plan, context: MeasureContext, undo: Undo): Promise<Pair[]> => {
  const programs = await ensurePrograms(context.progress);
  const timetable = new Timetable();
  const pairs: Pair[] = [];
  for (const api of plan.apis) {
    const systems = plan.systems.filter((system) => appliesTo(system, api));
    const scripted = systems.filter(({ mover }) => mover !== 'arbiter');
    const { signal, progress } = context;
    const stage = await openStage({ api, scripted, programs, timetable, signal, progress });
    undo.add(stage.close);
    const here = pairsOn(stage, systems);
    for (const pair of here) undo.add(() => pair.close());
    pairs.push(...here);
  }
  return pairs;
};

interface Work {
  readonly runs: number;
  readonly turns: Turns;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

const newCell = (pair: Pair, { id }: FaultCase): Cell => ({
  api: pair.stage.api.id,
  system: pair.system.id,
  fault: id,
  runs: [],
  failures: [],
});

const tryOnce = async (pair: Pair, fault: FaultCase, cell: Cell, work: Work): Promise<void> => {
  const { turns, signal, progress } = work;
  const index = cell.runs.length;
  try {
    const run = await measureRun(pair, fault, { index, turns, timetable: pair.stage.timetable, signal });
    progress.done(pair, fault, index, run);
    cell.runs.push(run);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const message = error instanceof Error ? error.message : String(error);
    cell.failures.push(message);
    progress.failed(pair, fault, { index, why: message, left: isThin(cell) ? work.runs - index : 0 });
  }
};

/** One try of each fault at a time, so that whatever the machine does meanwhile strikes all of them alike. */
const measurePair = async (pair: Pair, work: Work): Promise<Cell[]> => {
  const faults = FAULTS.filter((fault) => fault.appliesTo(pair.system));
  const cells = new Map(faults.map((fault) => [fault, newCell(pair, fault)]));
  // A run that comes to nothing is done again.
  const isDue = (cell: Cell): boolean => cell.runs.length < work.runs && !isThin(cell);
  while ([...cells.values()].some(isDue)) {
    for (const [fault, cell] of cells) {
      work.signal.throwIfAborted();
      if (isDue(cell)) await tryOnce(pair, fault, cell, work);
    }
  }
  return [...cells.values()];
};

const measure = async (context: MeasureContext): Promise<VersusData> => {
  const plan = planOf(context);
  const undo = new Undo();
  const startMs = performance.now();
  try {
    const pairs = await openPairs(plan, context, undo);
    const first = pairs[0];
    if (first === undefined) throw new BenchError('nothing to compare');
    const versions = await versionsOf(first.stage.programs);
    const { windowMs, settleMs } = plan.rest;
    context.progress(
      `at rest: ${(settleMs + windowMs) / 1000} s, and some seconds until all pairs have settled`,
    );
    const rest = await untilAborted(context.signal, measureRest(pairs, plan.rest, context.signal));
    const turns = new Turns(WAITING_MAX);
    const progress = new Progress(pairs, plan.runs, context.progress);
    // When one of them fails for good, all others stop at their next step.
    const failure = new AbortController();
    const signal = AbortSignal.any([context.signal, failure.signal]);
    const work = { runs: plan.runs, turns, signal, progress };
    const tasks = pairs.map((pair) => measurePair(pair, work));
    for (const task of tasks) task.catch((error: unknown) => failure.abort(error));
    const cells = (await untilAborted(signal, Promise.all(tasks))).flat();
    return { versions, tookMs: Math.round(performance.now() - startMs), rest, cells };
  } finally {
    await undo.all();
  }
};

/** Waits for work that notices an interruption only at its next step. */
const untilAborted = <T>(signal: AbortSignal, work: Promise<T>): Promise<T> => {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', onAbort));
};

export const versus = section({
  title: 'Beside keepalived',
  summary: `outage, moves and cost beside keepalived with scripts, ${RUNS_DEFAULT} runs each (root; about 40 minutes)`,
  schema: versusSchema,
  measure,
  tell: tellVersus,
});
