/** What many seeds add up to. Plain data: it travels between threads and into a file. */
import type { Violation } from '../check/monitor.ts';
import { drawPlan } from '../plan/draw.ts';
import { type Result, runPlan } from '../run.ts';

export interface Failure extends Violation {
  readonly seed: number;
}

export interface Tally {
  seeds: number;
  simulatedMs: number;
  events: number;
  heartbeats: number;
  transfers: number;
  /** CPU time of the threads, milliseconds. */
  cpuMs: number;
  /** The longest a healed group took to come to rest. */
  restedAfterMsMax: number;
  exclusive: number;
  readonly faults: Record<string, number>;
  readonly failures: Failure[];
}

export const emptyTally = (): Tally => ({
  seeds: 0,
  simulatedMs: 0,
  events: 0,
  heartbeats: 0,
  transfers: 0,
  cpuMs: 0,
  restedAfterMsMax: 0,
  exclusive: 0,
  faults: {},
  failures: [],
});

const count = (tally: Tally, seed: number, exclusive: boolean, result: Result): void => {
  tally.seeds += 1;
  tally.simulatedMs += result.simulatedMs;
  tally.events += result.events;
  tally.heartbeats += result.heartbeats;
  tally.transfers += result.transfers;
  tally.restedAfterMsMax = Math.max(tally.restedAfterMsMax, result.restedAfterMs);
  if (exclusive) tally.exclusive += 1;
  for (const [kind, begun] of result.counts) tally.faults[kind] = (tally.faults[kind] ?? 0) + begun;
  if (result.violation !== undefined) tally.failures.push({ ...result.violation, seed });
};

/** Adds `more` to `tally`. */
export const add = (tally: Tally, more: Tally): void => {
  tally.seeds += more.seeds;
  tally.simulatedMs += more.simulatedMs;
  tally.events += more.events;
  tally.heartbeats += more.heartbeats;
  tally.transfers += more.transfers;
  tally.cpuMs += more.cpuMs;
  tally.restedAfterMsMax = Math.max(tally.restedAfterMsMax, more.restedAfterMsMax);
  tally.exclusive += more.exclusive;
  for (const [kind, begun] of Object.entries(more.faults))
    tally.faults[kind] = (tally.faults[kind] ?? 0) + begun;
  tally.failures.push(...more.failures);
};

/** Runs seeds `from` to `from + seeds − 1`. A seed that throws counts as a failure of the simulation itself. */
export const runSeeds = (from: number, seeds: number, only: ReadonlySet<string>): Tally => {
  const tally = emptyTally();
  const before = process.threadCpuUsage();
  for (let seed = from; seed < from + seeds; seed += 1) {
    const plan = drawPlan(seed, only);
    count(tally, seed, plan.settings.exclusive, runPlan(plan));
  }
  const { user, system } = process.threadCpuUsage(before);
  tally.cpuMs = (user + system) / 1000;
  return tally;
};
