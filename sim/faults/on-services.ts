/** What the checks of a host say, and what its metadata service does. */
import type { Assessment } from '../../core/checks.ts';
import type { Host } from '../model/host.ts';
import type { Fault } from '../plan/settings.ts';
import type { World } from '../world.ts';
import { badWeather, type FaultKind, handoverMs, silenceMs } from './fault.ts';

/** A check fails a first time this much earlier than it counts as down. */
const CHECK_MS = 1000;
const LOST_PRIORITY = 120;
const PRIORITY_MIN = 1;

/** Which faults touch a host's checks at this moment: they add up. */
const touching = (world: World, host: Host): Fault[] =>
  world.assessing.filter(({ host: index }) => index === host.index).map(({ fault }) => fault);

const assess = (world: World, host: Host): void => {
  const faults = touching(world, host);
  const down = faults.filter(({ kind }) => kind === 'service-fault' || kind === 'all-fault');
  const late = faults.filter(({ kind }) => kind === 'service-waver');
  const weak = faults.filter(({ kind }) => kind === 'degrade');
  const fell = down.some(({ at }) => world.queue.now >= at + CHECK_MS);
  const assessment: Assessment = {
    health: fell ? 'fault' : 'ok',
    ...(fell ? { fault: 'check mysqld is down' } : {}),
    priority: Math.max(PRIORITY_MIN, world.priorityOf(host.index) - (weak.length > 0 ? LOST_PRIORITY : 0)),
    wavering: late.length > 0 || (down.length > 0 && !fell),
    degradedBy: weak.length > 0 ? ['disk'] : [],
  };
  const before = host.assessment;
  const same =
    before.health === assessment.health &&
    before.priority === assessment.priority &&
    before.wavering === assessment.wavering &&
    before.degradedBy.length === assessment.degradedBy.length;
  if (!same) host.assess(assessment);
};

/** Looks at every host again: a priority of the file may have changed. */
export const reassess = (world: World): void => {
  for (const host of world.hosts) assess(world, host);
};

const touch = (world: World, hosts: readonly Host[], fault: Fault): void => {
  for (const host of hosts) {
    world.assessing.push({ host: host.index, fault });
    assess(world, host);
    if (fault.until > fault.at + CHECK_MS) world.queue.after(CHECK_MS + 1, () => assess(world, host));
  }
};

const untouch = (world: World, fault: Fault): void => {
  world.assessing = world.assessing.filter((entry) => entry.fault !== fault);
  reassess(world);
};

const onOne = {
  onHost: true,
  begin: (world: World, host: Host, fault: Fault) => touch(world, [host], fault),
};
const end = (world: World, _host: Host, fault: Fault): void => untouch(world, fault);

export const ON_SERVICES: readonly FaultKind[] = [
  {
    name: 'service-fault',
    what: 'the service dies: its check wavers, then says FAULT, until the service is back',
    lasts: [2, 20],
    ...onOne,
    end,
    alone: { fenced: { moves: 1, darkMs: handoverMs }, exclusive: { moves: 1, darkMs: silenceMs } },
  },
  {
    name: 'service-waver',
    what: 'a check fails once and then does not',
    lasts: [0.2, 2],
    ...onOne,
    end,
    alone: { fenced: { moves: 0, darkMs: () => 0 }, exclusive: { moves: 0, darkMs: () => 0 } },
  },
  { name: 'degrade', what: 'a check with a weight fails: the priority drops', lasts: [3, 25], ...onOne, end },
  {
    name: 'all-fault',
    what: 'every service is down: the last holder goes on',
    lasts: [4, 20],
    onHost: false,
    rare: true,
    begin: (world, _host, fault) => touch(world, world.hosts, fault),
    end,
  },
  badWeather('imds-lag', 'imdsLagMs', ({ x }) => 200 + x * 15_000, 'metadata is up to 15 s old', {
    alone: { fenced: { moves: 0, darkMs: () => 0 }, exclusive: { moves: 0, darkMs: () => 0 } },
  }),
  badWeather('imds-error', 'imdsError', ({ x }) => 0.2 + 0.8 * x, 'the metadata service fails', {
    alone: { fenced: { moves: 0, darkMs: () => 0 }, exclusive: { moves: 0, darkMs: () => 0 } },
  }),
];
