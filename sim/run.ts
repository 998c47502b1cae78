/** Runs one plan from its first event to its last, and says what came of it. */

import type { Violation } from './check/monitor.ts';
import { unrest } from './check/rest.ts';
import { Trace } from './engine/trace.ts';
import { promiseOf } from './faults/alone.ts';
import type { FaultKind } from './faults/fault.ts';
import { sweepEachMinute } from './faults/on-cloud.ts';
import { undoCommands } from './faults/on-control.ts';
import { faultKind } from './faults/table.ts';
import type { Host } from './model/host.ts';
import { settledMs } from './plan/draw.ts';
import { type Fault, HOLDER, type Plan } from './plan/settings.ts';
import { World } from './world.ts';

export interface Result {
  readonly violation: Violation | undefined;
  /** Simulated, milliseconds. */
  readonly simulatedMs: number;
  readonly events: number;
  readonly heartbeats: number;
  readonly transfers: number;
  /** How many faults of each kind began. */
  readonly counts: ReadonlyMap<string, number>;
  readonly trace: Trace | undefined;
  /** How long after the healing the group came to rest, at the grain of the checks. */
  readonly restedAfterMs: number;
}

/** More events than this for each simulated heartbeat of a host say that something storms. */
const EVENTS_MAX = 2_000_000;
/** Hosts start within this, and so do the agents on them. */
const START_MS = 500;
/** A group is at rest when nothing has moved for so many heartbeats, and so long. */
const STILL_HEARTBEATS = 4;
const STILL_MS = 5000;
const VOLUNTARY: ReadonlySet<string> = new Set(['preempt', 'degraded']);

const hostOf = (world: World, { host }: Fault): Host => {
  const { holder, members } = world.store.state;
  const first = world.hosts[0];
  if (first === undefined) throw new RangeError('a world without hosts');
  if (host >= 0) return world.hosts[host] ?? first;
  const holds = holder === null ? undefined : world.hostOf(holder);
  if (host === HOLDER) return holds ?? first;
  const others = world.hosts.filter((one) => one !== holds && members[one.node]?.health === 'ok');
  return others.toSorted((a, b) => b.assessment.priority - a.assessment.priority)[0] ?? first;
};

const schedule = (world: World, kind: FaultKind, fault: Fault): void => {
  const { queue } = world;
  if (kind.name === 'item-restore')
    queue.at(fault.at * (0.2 + 0.75 * fault.x), () => world.backups.set(fault, world.store.state));
  queue.at(fault.at, () => {
    const host = hostOf(world, fault);
    world.counts.set(kind.name, (world.counts.get(kind.name) ?? 0) + 1);
    world.trace?.line(
      queue.now,
      'FAULT',
      `${kind.name}${kind.onHost ? ` ${host.name}` : ''}${fault.until > fault.at ? ` for ${fault.until - fault.at} ms` : ''}`,
    );
    kind.begin(world, host, fault);
    const { end } = kind;
    if (end === undefined) return;
    queue.at(fault.until, () => {
      world.trace?.line(queue.now, 'FAULT', `${kind.name}${kind.onHost ? ` ${host.name}` : ''} ends`);
      end(world, host, fault);
    });
  });
};

/** Whatever faults have left behind that does not end by itself; a restored item may even have a pause in it. */
const heal = (world: World): void => {
  world.trace?.line(world.queue.now, 'FAULT', 'all is healed');
  world.lambdas.setClocks();
  for (const host of world.hosts) {
    host.powerOn();
    if (host.agent === undefined) host.startAgent();
  }
  undoCommands(world);
};

/** An agent that ended after the healing (it was still leaving) is started again, and commands that were lost repeated. */
const tend = (world: World): void => {
  for (const host of world.hosts) if (host.on && host.agent === undefined) host.startAgent();
  undoCommands(world);
};

const runUntil = (world: World, endMs: number, budget: { events: number }): void => {
  const { queue, monitor } = world;
  while (queue.nextAt <= endMs && monitor.violation === undefined) {
    try {
      queue.step();
    } catch (thrown) {
      monitor.fail(
        'X2-throws',
        thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown),
      );
    }
    budget.events += 1;
    if (budget.events > EVENTS_MAX) monitor.fail('X1-storm', `more than ${EVENTS_MAX} events`);
  }
  if (monitor.violation === undefined && queue.now < endMs) queue.now = endMs;
};

const checkPromises = (world: World): void => {
  const { monitor, plan, settings } = world;
  const promise = promiseOf(plan);
  if (promise === undefined) return;
  monitor.service.close();
  const { moves, darkMs } = promise;
  const kind = plan.faults[0]?.kind ?? 'nothing';
  if (moves !== undefined && !settings.preempt && monitor.transfers > moves) {
    const invariant = kind === 'arbiter-blackout' ? 'L3-blackout' : 'L2-one-move';
    monitor.fail(
      invariant,
      `${kind} alone: ${monitor.transfers} changes of holder (the last: ${monitor.lastTransferReason})`,
    );
  }
  const darkMsMax = darkMs?.(settings);
  if (darkMsMax !== undefined && monitor.service.longestDarkMs > darkMsMax)
    monitor.fail(
      'L1-served',
      `${kind} alone: nobody served for ${monitor.service.longestDarkMs.toFixed(0)} ms; at most ${darkMsMax.toFixed(0)} ms are promised`,
    );
};

/** Goes on until the group is at rest and has been for a while. @returns how long after the healing, milliseconds */
const comeToRest = (world: World, budget: { events: number }): number => {
  const { queue, settings, monitor } = world;
  const { heartbeatMs, healMs, endMs, restMs } = settings;
  const stillMs = Math.max(STILL_MS, STILL_HEARTBEATS * heartbeatMs);
  for (let at = endMs; monitor.violation === undefined; at += 2 * heartbeatMs) {
    runUntil(world, at, budget);
    if (monitor.violation !== undefined) break;
    const missing = unrest(world);
    const still = queue.now - Math.max(monitor.lastTransferAt, monitor.lastOrderAt) >= stillMs;
    if (missing === undefined && still) return queue.now - healMs;
    if (queue.now > Math.max(endMs, healMs + restMs)) {
      // A wish that hold-down has kept back may come true at any time.
      if (missing === undefined && VOLUNTARY.has(monitor.lastTransferReason)) return queue.now - healMs;
      if (missing === undefined)
        monitor.fail(
          'C2-still',
          `the last change of holder, ${monitor.lastTransferReason}, was ${((queue.now - monitor.lastTransferAt) / 1000).toFixed(1)} s ago`,
        );
      else
        monitor.fail(
          'C1-rest',
          `${((queue.now - healMs) / 1000).toFixed(0)} s after the healing: ${missing}`,
        );
    }
    tend(world);
  }
  return 0;
};

/** @param traced whether to keep lines for people: slow */
export const runPlan = (plan: Plan, traced = false): Result => {
  const trace = traced ? new Trace() : undefined;
  const world = new World(plan, trace);
  const { settings, queue, monitor } = world;
  for (const host of world.hosts) queue.at(world.random.next() * START_MS, () => host.startAgent());
  for (const fault of plan.faults) schedule(world, faultKind(fault.kind), fault);
  if (settings.unseen === true) sweepEachMinute(world);
  queue.at(settledMs(settings), () => monitor.service.countFrom(queue.now));
  queue.at(settings.healMs + 1, () => heal(world));
  const budget = { events: 0 };
  runUntil(world, settings.endMs, budget);
  const restedAfterMs = monitor.violation === undefined ? comeToRest(world, budget) : 0;
  if (monitor.violation === undefined) checkPromises(world);
  return {
    violation: monitor.violation,
    simulatedMs: queue.now,
    events: budget.events,
    heartbeats: world.sentCount,
    transfers: monitor.transfers,
    counts: world.counts,
    trace,
    restedAfterMs,
  };
};
