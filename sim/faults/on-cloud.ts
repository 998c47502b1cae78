/** What the cloud tells the arbiter: sweeps, and events about machines that come late, twice, or are wrong. */
import type { Inquiry } from '../model/inquiry.ts';
import type { World } from '../world.ts';
import { type FaultKind, handoverMs, MOMENT, silenceMs } from './fault.ts';

/** Sweeps come once a minute; here they come more often, to meet everything else. */
const SWEEP_EVERY_MS = [1000, 20_000] as const;
const MINUTE_MS = 60_000;
/** An event may be delivered so late, and once more. */
const LATE_MS_MAX = 60_000;
/** A machine that is told to stop runs for so long. */
const STOPS_AFTER_MS = [500, 8000] as const;

const ask = (world: World, input: Inquiry): void =>
  world.network.invoke({ input, node: null, alone: true }, () => undefined);

/** As the schedule has it, where nobody else would see what another hand has done. */
export const sweepEachMinute = (world: World): void => {
  world.queue.after(MINUTE_MS, () => {
    ask(world, { about: 'fabric' });
    sweepEachMinute(world);
  });
};

const sweep = (world: World, until: number): void => {
  const { queue, lambda } = world;
  if (queue.now >= until) return;
  ask(world, { about: 'fabric' });
  queue.after(lambda.between(...SWEEP_EVERY_MS), () => sweep(world, until));
};

/** Once at once or a little later, and once more, much later. */
const deliver = (world: World, input: Inquiry): void => {
  const { queue, lambda, settings } = world;
  const leftMs = Math.max(0, settings.healMs - queue.now);
  queue.after(Math.min(lambda.spread(1, 5000), leftMs), () => ask(world, input));
  queue.after(Math.min(lambda.spread(100, LATE_MS_MAX), leftMs), () => ask(world, input));
};

const quiet = { fenced: { moves: 0, darkMs: () => 0 }, exclusive: { moves: 0, darkMs: () => 0 } };

export const ON_CLOUD: readonly FaultKind[] = [
  {
    name: 'sweep',
    what: 'sweeps, more often than once a minute',
    lasts: [5, 60],
    onHost: false,
    alone: quiet,
    begin: (world, _host, { until }) => sweep(world, until),
  },
  {
    name: 'wrong-event',
    what: 'an event says that a machine stops, which runs: EC2 is asked, and denies it',
    lasts: MOMENT,
    onHost: true,
    alone: quiet,
    begin: (world, host) => deliver(world, { about: 'machine', host }),
  },
  {
    name: 'stop-instance',
    what: 'the machine is stopped, its agent is told to end, the events come late and twice; it is started again later',
    lasts: [5, 25],
    onHost: true,
    alone: { fenced: { moves: 1, darkMs: handoverMs }, exclusive: { moves: 1, darkMs: silenceMs } },
    begin: (world, host, { until }) => {
      host.agent?.terminate();
      deliver(world, { about: 'machine', host, notice: 'stopping' });
      const offMs = Math.min(world.lambda.between(...STOPS_AFTER_MS), until - world.queue.now - 1);
      world.queue.after(Math.max(0, offMs), () => {
        host.powerOff();
        deliver(world, { about: 'machine', host });
      });
    },
    end: (_world, host) => host.powerOn(),
  },
  {
    name: 'crash-instance',
    what: 'the machine ends from one instant to the next, and the events say so; it is started again later',
    lasts: [1, 20],
    onHost: true,
    alone: { fenced: { moves: 1, darkMs: silenceMs }, exclusive: { moves: 1, darkMs: silenceMs } },
    begin: (world, host) => {
      host.powerOff();
      deliver(world, { about: 'machine', host });
    },
    end: (_world, host) => host.powerOn(),
  },
  {
    name: 'spot-notice',
    what: 'a spot instance is told that it will be interrupted, and later it is',
    lasts: [5, 40],
    onHost: true,
    alone: { fenced: { moves: 1 }, exclusive: { moves: 1 } },
    begin: (world, host) => deliver(world, { about: 'machine', host, notice: 'spot' }),
    end: (world, host) => {
      host.powerOff();
      world.queue.after(2000, () => host.powerOn());
    },
  },
];
