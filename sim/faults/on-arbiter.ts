/** What happens to Lambdas and to the table. */
import { badWeather, type FaultKind } from './fault.ts';

const HOUR_MS = 3_600_000;
const SKEW_MS_MAX = 900;

/** Changes nothing and keeps nobody waiting. */
const quiet = { fenced: { moves: 0, darkMs: () => 0 }, exclusive: { moves: 0, darkMs: () => 0 } };

export const ON_ARBITER: readonly FaultKind[] = [
  badWeather(
    'lambda-stall',
    'lambdaStall',
    ({ x }) => 0.01 + 0.3 * x,
    'a Lambda is slow between two steps, up to 8 s',
  ),
  badWeather(
    'lambda-freeze',
    'lambdaFreeze',
    ({ x }) => 0.005 + 0.1 * x,
    'a Lambda stands still between two steps for up to a minute and then goes on',
  ),
  badWeather(
    'mover-freeze',
    'lambdaFreezeAtMove',
    ({ x }) => 0.1 + 0.6 * x,
    'a Lambda that is moving the VIP stands still for up to a minute and then goes on',
    { lasts: [3, 30] },
  ),
  badWeather('lambda-die', 'lambdaDie', ({ x }) => 0.01 + 0.25 * x, 'a Lambda dies between two steps'),
  badWeather(
    'lambda-crowd',
    'lambdaCrowd',
    () => 1,
    'requests go to many environments with copies of different age',
    {
      alone: quiet,
    },
  ),
  {
    name: 'lambda-skew',
    what: 'requests go to many environments, whose clocks differ by up to 1.8 s',
    lasts: [8, 80],
    onHost: false,
    alone: quiet,
    begin: (world, _host, { x }) => {
      world.weather.lambdaCrowd = 1;
      world.lambdas.skewMs = (0.4 + 0.6 * x) * SKEW_MS_MAX;
      for (const environment of world.lambdas.all)
        environment.skewMs = world.lambda.between(-1, 1) * world.lambdas.skewMs;
    },
    end: (world) => {
      world.weather.lambdaCrowd = 0;
      world.lambdas.setClocks();
    },
  },
  {
    name: 'lambda-clock-step',
    what: 'the clock of one Lambda, or of all, steps by up to an hour either way',
    lasts: [0.5, 15],
    onHost: false,
    rare: true,
    alone: quiet,
    begin: (world, _host, { x, y }) => {
      const stepMs = Math.sign(x - 0.5) * HOUR_MS * (2 * x - 1) ** 2;
      const { all } = world.lambdas;
      const chosen = y < 0.5 ? all : all.slice(0, 1);
      for (const environment of chosen) environment.skewMs += stepMs;
    },
    end: (world) => world.lambdas.setClocks(),
  },
  badWeather(
    'store-throttle',
    'storeThrottle',
    ({ x }) => 0.05 + 0.9 * x,
    'the table refuses a share of calls',
  ),
  badWeather(
    'store-error',
    'storeError',
    ({ x }) => 0.02 + 0.6 * x * x,
    'the table fails, before or after its work',
  ),
  badWeather(
    'lost-answer',
    'storeLost',
    ({ x }) => 0.05 + 0.6 * x,
    'the table writes and its answer is lost',
  ),
  badWeather('store-slow', 'storeSlowMs', ({ x }) => 20 + x * 1500, 'the table takes up to 1.5 s each way'),
];
