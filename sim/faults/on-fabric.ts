/** What happens to EC2, and what other hands do there. */
import { NOBODY, OUTSIDER } from '../model/fabric.ts';
import { badWeather, type FaultKind, MOMENT } from './fault.ts';

const quiet = { fenced: { moves: 0, darkMs: () => 0 }, exclusive: { moves: 0, darkMs: () => 0 } };

export const ON_FABRIC: readonly FaultKind[] = [
  badWeather('ec2-throttle', 'ec2Throttle', ({ x }) => 0.3 + 0.7 * x, 'EC2 throttles', {
    alone: quiet,
    lasts: [1, 20],
  }),
  badWeather('ec2-error', 'ec2Error', ({ x }) => 0.1 + 0.7 * x, 'EC2 fails, sometimes after its work', {
    alone: quiet,
  }),
  badWeather('ec2-lost', 'ec2Lost', ({ x }) => 0.1 + 0.7 * x, 'EC2 works and its answer is lost', {
    alone: quiet,
  }),
  badWeather('ec2-slow', 'ec2SlowMs', ({ x }) => 100 + x * 6000, 'EC2 takes up to 6 s', { alone: quiet }),
  badWeather(
    'ec2-stale',
    'ec2Stale',
    ({ x }) => 0.2 + 0.7 * x,
    'EC2 carries a move out up to a minute after it was sent',
    {
      alone: quiet,
    },
  ),
  badWeather(
    'slow-fabric',
    'fabricSlowMs',
    ({ x }) => 200 + x * 8000,
    'packets follow a move up to 8 s later',
    {
      alone: quiet,
    },
  ),
  {
    name: 'ec2-permanent-error',
    what: "a host's interface takes no address",
    lasts: [2, 40],
    onHost: true,
    alone: quiet,
    begin: (world, host) => {
      world.fabric.refusing |= 1 << host.index;
    },
    end: (world, host) => {
      world.fabric.refusing &= ~(1 << host.index);
    },
  },
  {
    name: 'foreign-move',
    what: 'somebody moves the VIP in EC2: to a member, to another machine, or off every interface',
    lasts: MOMENT,
    onHost: true,
    alone: { fenced: { moves: 0 }, exclusive: { moves: 0 } },
    begin: (world, host, { x, y }) => {
      const to = x < 0.6 ? host.index : x < 0.8 ? OUTSIDER : NOBODY;
      for (let vip = 0; vip < world.settings.vips; vip += 1)
        if (vip === 0 || y < 0.5) world.fabric.move(vip, to, 'by somebody');
    },
  },
];
