/** What happens to packets between hosts and the arbiter. */
import type { Host } from '../model/host.ts';
import type { World } from '../world.ts';
import { badWeather, type FaultKind, handoverMs, MOMENT, silenceMs } from './fault.ts';
import { sendStranger } from './stranger.ts';

const quiet = { fenced: { moves: 0, darkMs: () => 0 }, exclusive: { moves: 0, darkMs: () => 0 } };

/** Between the two halves the path is whole for a moment: a heartbeat or two are answered. */
export const WHOLE_MS_MAX = 700;

/** First only the way back is cut; from `turnsAt` on, after a moment in which the path is whole, only the way there. */
export const turningCut = (
  world: World,
  host: Host,
  turnsAt: number,
  wholeMs: number,
  until: number,
): void => {
  host.cutIn += 1;
  world.queue.at(turnsAt, () => {
    host.cutIn -= 1;
  });
  world.queue.at(turnsAt + wholeMs, () => {
    host.cutOut += 1;
  });
  world.queue.at(Math.max(until, turnsAt + wholeMs), () => {
    host.cutOut -= 1;
  });
};

export const ON_NETWORK: readonly FaultKind[] = [
  {
    name: 'cut-host',
    what: 'no packet in or out of a host, clients included',
    lasts: [0.5, 20],
    onHost: true,
    alone: { fenced: { moves: 1, darkMs: silenceMs }, exclusive: { moves: 1, darkMs: silenceMs } },
    begin: (world, host) => {
      host.cut += 1;
      world.monitor.serviceChanged();
    },
    end: (world, host) => {
      host.cut -= 1;
      world.monitor.serviceChanged();
    },
  },
  {
    name: 'cut-arbiter',
    what: 'no packet between a host and the arbiter; clients reach the host',
    lasts: [0.5, 20],
    onHost: true,
    alone: { fenced: { moves: 1, darkMs: handoverMs }, exclusive: { moves: 1, darkMs: silenceMs } },
    begin: (_world, host) => {
      host.cutOut += 1;
      host.cutIn += 1;
    },
    end: (_world, host) => {
      host.cutOut -= 1;
      host.cutIn -= 1;
    },
  },
  {
    name: 'cut-requests',
    what: "a host's requests are lost on their way to the arbiter",
    lasts: [0.5, 15],
    onHost: true,
    alone: { fenced: { moves: 1, darkMs: handoverMs }, exclusive: { moves: 1, darkMs: silenceMs } },
    begin: (_world, host) => {
      host.cutOut += 1;
    },
    end: (_world, host) => {
      host.cutOut -= 1;
    },
  },
  {
    name: 'cut-answers',
    what: "the arbiter's answers to a host are lost; its requests arrive",
    lasts: [0.5, 20],
    onHost: true,
    begin: (_world, host) => {
      host.cutIn += 1;
    },
    end: (_world, host) => {
      host.cutIn -= 1;
    },
  },
  {
    name: 'late-answers',
    what: "the arbiter's answers to a host take up to ten seconds, and some never come; its requests do not",
    lasts: [1, 15],
    onHost: true,
    begin: (_world, host, { x, y }) => {
      host.lateMs = 300 + x * 9700;
      host.lateLost = y < 0.5 ? 0 : y * 0.8;
    },
    end: (_world, host) => {
      host.lateMs = 0;
      host.lateLost = 0;
    },
  },
  {
    name: 'degrading-path',
    what: 'answers to the holder take longer, up to two seconds; then nothing of it arrives any more',
    lasts: [3, 20],
    onHost: true,
    victim: 'holder',
    begin: (world, host, { at, until, x, y }) => {
      host.lateMs = 600 + x * 1400;
      world.queue.at(at + (until - at) * (0.1 + 0.4 * y), () => {
        host.cutOut += 1;
      });
    },
    end: (_world, host) => {
      host.lateMs = 0;
      host.cutOut -= 1;
    },
  },
  {
    name: 'cut-turns',
    what: "a host's answers are lost for longer than a lease; then they arrive again, and its requests do not",
    lasts: [6, 25],
    onHost: true,
    begin: (world, host, { at, until, x, y }) =>
      turningCut(world, host, at + (until - at) * (0.3 + 0.5 * x), y * WHOLE_MS_MAX, until),
  },
  {
    name: 'successor-hears-late',
    what: 'the holder dies, and of the answers to its successor only those to urgent requests come, late',
    lasts: [8, 20],
    onHost: true,
    victim: 'standby',
    begin: (world, host, { x, y, until }) => {
      const { leaseMs } = world;
      const holder = world.hosts.find((one) => one.node === world.store.state.holder);
      if (holder === undefined || holder === host) return;
      holder.powerOff();
      world.queue.after(leaseMs * (0.4 + 0.7 * x), () => {
        if (world.queue.now < until) host.urgentAfterMs = leaseMs * (0.4 + 0.6 * y);
      });
    },
    end: (world, host) => {
      host.urgentAfterMs = 0;
      for (const one of world.hosts) one.powerOn();
    },
  },
  badWeather('lose-packets', 'loss', ({ x }) => 0.02 + x * x * 0.9, 'a share of all messages is lost'),
  badWeather(
    'delay-packets',
    'delayMs',
    ({ x }, { heartbeatMs }) => 10 + x * x * Math.max(3000, 3 * heartbeatMs),
    'messages take longer, each by another amount, and overtake each other',
  ),
  badWeather(
    'duplicate-requests',
    'duplicates',
    ({ x }) => 0.05 + 0.9 * x,
    'recorded requests are sent again, later',
    {
      alone: quiet,
    },
  ),
  {
    name: 'strangers',
    what: 'a machine that is no member sends claims, resignations and releases',
    lasts: MOMENT,
    onHost: false,
    alone: quiet,
    begin: (world, _host, fault) => sendStranger(world, fault),
  },
  badWeather('arbiter-blackout', 'blackout', ({ x }) => 1 + Math.floor(x * 3), 'nobody reaches the arbiter', {
    lasts: [2, 25],
    alone: { fenced: { moves: 0, darkMs: () => 0 } },
  }),
  badWeather(
    'api-throttle',
    'apiThrottle',
    ({ x }) => 0.05 + 0.9 * x,
    'the API answers 429 to a share of requests',
  ),
];
