/** One fault under a probing client: how long the client was not served, how often the address moved, whether it came back. */
import { constants, setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod/mini';
import { type WatchedProbe, watchProbes } from '../../lab/scenario/watch.ts';
import { outageBeyondStalls } from '../../lab/session.ts';
import { BenchError } from '../errors.ts';
import type { FaultCase } from './faults.ts';
import type { Pair } from './pair.ts';
import type { Timetable, Turns } from './timetable.ts';

/** After the fault has ended, the client is watched for so long; who is not served then is not served for good. */
export const CAP_MS = 20_000;
/** The client must have been served without a loss for so long before a fault… */
const SERVED_MS = 300;
/** …by another host for so long after a lethal one, and this long after the end of a passing one. */
const SERVED_AGAIN_MS = 1000;
const AFTER_PASSING_MS = 5000;
const STEADY_AFTER_PASSING_MS = 2000;
const SERVED_MS_MAX = 5000;
const POLL_MS = 20;
/** Tries of one run until it has come to nothing. */
export const TRIES_MAX = 4;
/**
 * A prober that stood still for longer saw a machine that was short of CPU, on which keepalived's timers and scripts
 * mean nothing either: such a run is thrown away. One in which an address comes back or not may stand still longer.
 */
export const STALL_MS_MAX = { lethal: 150, passing: 1000 } as const;

export const runSchema = z.object({
  /** All the time in which the client was not served, up to the end of the watch. */
  outageMs: z.number(),
  /** Still not served at the end. */
  dark: z.boolean(),
  /** Changes of the host that the fabric delivers to. */
  moves: z.int(),
  /** Whether the host of the higher priority was MASTER before. */
  fromHigher: z.boolean(),
  /** Pauses of the probing process: the machine's, not the system's. */
  stallMs: z.number(),
  /** Tries before it that were thrown away, because of the machine or because the pair did not stay at rest. */
  repeats: z.int(),
});
export type VersusRun = z.infer<typeof runSchema>;

export interface RunContext {
  readonly index: number;
  readonly turns: Turns;
  readonly timetable: Timetable;
  readonly signal: AbortSignal;
}

const preferredHolder = ({ hosts }: Pair, fault: FaultCase, index: number): string | null =>
  fault.holder === 'any' ? null : (hosts[index % 2] ?? null);

/** Watches until another host has served for a while. Calls `onMoved` when one does for the first time. */
const watchLethal = async (
  watched: WatchedProbe,
  holder: string,
  withinMs: number,
  { signal, onMoved }: { signal: AbortSignal; onMoved: () => void },
): Promise<void> => {
  const deadline = performance.now() + withinMs;
  let sinceMs: number | null = null;
  while (performance.now() < deadline) {
    await delay(POLL_MS, undefined, { signal });
    const owner = watched.sights()[0]?.owner ?? null;
    if (owner === null || owner === holder) {
      sinceMs = null;
    } else {
      onMoved();
      sinceMs ??= performance.now();
      if (performance.now() - sinceMs >= SERVED_AGAIN_MS) return;
    }
  }
};

/** The fault has ended just now: watches until the client is served steadily, or for as long as anybody would wait. */
const watchPassing = async (watched: WatchedProbe, signal: AbortSignal): Promise<void> => {
  const endedMs = performance.now();
  const isOver = (): boolean =>
    performance.now() - endedMs >= AFTER_PASSING_MS && watched.isSteady(STEADY_AFTER_PASSING_MS);
  while (!isOver()) {
    if (performance.now() - endedMs > CAP_MS) return;
    await delay(POLL_MS, undefined, { signal });
  }
};

const undergo = async (
  pair: Pair,
  fault: FaultCase,
  scene: { watched: WatchedProbe; holder: string; signal: AbortSignal; leave: () => void },
): Promise<void> => {
  const { watched, holder, signal, leave } = scene;
  const onMoved = fault.endsWithMove ? leave : (): void => undefined;
  await fault.strike(pair, holder);
  if (fault.kind === 'lethal') {
    await watchLethal(watched, holder, fault.lastsMs + CAP_MS, { signal, onMoved });
    return;
  }
  const healsAtMs = performance.now() + fault.lastsMs;
  while (performance.now() < healsAtMs) {
    await delay(POLL_MS, undefined, { signal });
    if (pair.stage.fabric.owner(pair.vip) !== holder) onMoved();
  }
  await pair.afflictions.heal();
  await watchPassing(watched, signal);
};

/** The client's own view, right before the fault: a pair that has failed over by itself meanwhile is not measured. */
const isAtRest = (watched: WatchedProbe, holder: string): boolean =>
  watched.sights()[0]?.owner === holder && watched.isSteady(SERVED_MS);

/** Whether a condition comes to hold within a time. */
const isSoon = async (holds: () => boolean, withinMs: number, signal: AbortSignal): Promise<boolean> => {
  const deadline = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > deadline) return false;
    await delay(POLL_MS, undefined, { signal });
  }
  return true;
};

const RESTLESS = 'the pair did not stay at rest until its fault';

type Seen = Omit<VersusRun, 'repeats'>;

/** @returns why the try means nothing, when it does not */
const attempt = async (pair: Pair, fault: FaultCase, context: RunContext): Promise<Seen | string> => {
  const { turns, timetable, signal, index } = context;
  const { stage, vip } = pair;
  const holder = await pair.settle(preferredHolder(pair, fault, index));
  const giveTurn = await turns.take();
  signal.throwIfAborted();
  const watched = watchProbes(stage.info, [vip]);
  let leave = (): void => undefined;
  try {
    // A client has a machine of its own.
    setPriority(watched.probes.pid, constants.priority.PRIORITY_HIGH);
    await watched.probes.ready;
    if (!(await isSoon(() => isAtRest(watched, holder), SERVED_MS_MAX, signal))) return RESTLESS;
    const window = fault.window(pair.system, stage.api);
    if (window !== null) leave = await timetable.enter(window);
    giveTurn();
    signal.throwIfAborted();
    if (!isAtRest(watched, holder) || stage.fabric.owner(vip) !== holder) return RESTLESS;
    const movesBefore = stage.fabric.moves(vip);
    await undergo(pair, fault, { watched, holder, signal, leave });
    pair.verify();
    const [report] = await watched.probes.stop();
    if (report === undefined) throw new BenchError('the client sent no report');
    if (report.stallMs > STALL_MS_MAX[fault.kind]) {
      return `the prober stood still for ${Math.round(report.stallMs)} ms`;
    }
    return {
      // What is lost in a pause of the prober itself is the machine's doing. After a lethal fault it may be so short only
      // that it does not matter.
      outageMs: fault.kind === 'passing' ? outageBeyondStalls(report) : report.outageMs,
      // An outage that nobody's answer has ended.
      dark: report.outages.at(-1)?.after === null,
      moves: stage.fabric.moves(vip) - movesBefore,
      fromHigher: holder === pair.hosts[0],
      stallMs: report.stallMs,
    };
  } finally {
    leave();
    giveTurn();
    await watched.probes.stop().catch(() => undefined);
    await pair.afflictions.heal();
  }
};

/** @throws BenchError when the pair does not come to rest, LabError, or the signal's reason */
export const measureRun = async (pair: Pair, fault: FaultCase, context: RunContext): Promise<VersusRun> => {
  const reasons: string[] = [];
  while (reasons.length < TRIES_MAX) {
    const seen = await attempt(pair, fault, context);
    if (typeof seen !== 'string') return { ...seen, repeats: reasons.length };
    reasons.push(seen);
  }
  throw new BenchError(`${TRIES_MAX} tries came to nothing: ${[...new Set(reasons)].join('; ')}`);
};
