/** What happens to packets between hosts and the arbiter. */
import { badWeather, type FaultKind, handoverMs, MOMENT, silenceMs } from './fault.ts';
import { sendStranger } from './stranger.ts';

const quiet = { fenced: { moves: 0, darkMs: () => 0 }, exclusive: { moves: 0, darkMs: () => 0 } };

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
    what: "the arbiter's answers to a host take up to ten seconds; its requests do not",
    lasts: [1, 15],
    onHost: true,
    begin: (_world, host, { x }) => {
      host.lateMs = 300 + x * 9700;
    },
    end: (_world, host) => {
      host.lateMs = 0;
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
    lasts: [1, 25],
    alone: { fenced: { moves: 0, darkMs: () => 0 } },
  }),
  badWeather(
    'api-throttle',
    'apiThrottle',
    ({ x }) => 0.05 + 0.9 * x,
    'the API answers 429 to a share of requests',
  ),
];
