/** What happens to a machine and to the agent on it. */
import type { Host } from '../model/host.ts';
import type { World } from '../world.ts';
import { type FaultKind, handoverMs, MOMENT, silenceMs } from './fault.ts';

/** An agent that crashes is started again by systemd after this. */
const RESTART_MS = { least: 50, most: 900 } as const;
/** The event loop of an agent that is short of CPU: stands still for so long, so often. */
const LAG_MS = { least: 20, most: 400, everyMs: 700 } as const;
const RATE_ERROR = 0.05;
const WALL_JUMP_MS = 3_600_000;

const restart = (world: World, host: Host, x: number): void => {
  const ms = RESTART_MS.least + x * (RESTART_MS.most - RESTART_MS.least);
  world.queue.after(ms, () => host.startAgent());
};

const lag = (world: World, host: Host, until: number): void => {
  const { queue, local } = world;
  const agent = host.agent;
  if (queue.now >= until) return;
  agent?.freeze();
  queue.after(Math.min(local.spread(LAG_MS.least, LAG_MS.most), until - queue.now), () => {
    agent?.thaw();
    queue.after(local.next() * LAG_MS.everyMs, () => lag(world, host, until));
  });
};

/** The agent that a freeze stopped, so that the same one goes on. */
const stopped = new WeakMap<object, NonNullable<Host['agent']>>();

export const ON_HOSTS: readonly FaultKind[] = [
  {
    name: 'kill-agent',
    what: 'kill -9 of the agent; it is started again later',
    lasts: [0.5, 20],
    onHost: true,
    alone: { fenced: { moves: 1, darkMs: handoverMs }, exclusive: { moves: 1, darkMs: silenceMs } },
    begin: (_world, host) => host.killAgent(),
    end: (_world, host) => host.startAgent(),
  },
  {
    name: 'restart-agent',
    what: 'kill -9 of the agent; systemd starts it again within a second',
    lasts: MOMENT,
    onHost: true,
    alone: { fenced: { moves: 1 }, exclusive: { moves: 1 } },
    begin: (world, host, { x }) => {
      host.killAgent();
      restart(world, host, x);
    },
  },
  {
    name: 'freeze-agent',
    what: 'the agent process stands still and goes on later; the kernel does not stop',
    lasts: [0.2, 15],
    onHost: true,
    alone: { fenced: { moves: 1, darkMs: handoverMs }, exclusive: { moves: 1, darkMs: silenceMs } },
    begin: (_world, { agent }, fault) => {
      if (agent === undefined) return;
      stopped.set(fault, agent);
      agent.freeze();
    },
    end: (_world, _host, fault) => stopped.get(fault)?.thaw(),
  },
  {
    name: 'loop-lag',
    what: 'the agent gets no CPU for 20 to 400 ms, again and again',
    lasts: [1, 15],
    onHost: true,
    begin: (world, host, { until }) => lag(world, host, until),
  },
  {
    name: 'pause-host',
    what: 'the whole machine stands still, its kernel too; its boot clock counts that',
    lasts: [0.1, 12],
    onHost: true,
    alone: { fenced: { moves: 1, darkMs: silenceMs }, exclusive: { moves: 1 } },
    begin: (_world, host) => host.pause(),
    end: (_world, host) => host.resume(),
  },
  {
    name: 'power-off',
    what: 'the machine loses everything but its disk, and boots later',
    lasts: [1, 20],
    onHost: true,
    alone: { fenced: { moves: 1, darkMs: silenceMs }, exclusive: { moves: 1, darkMs: silenceMs } },
    begin: (_world, host) => host.powerOff(),
    end: (_world, host) => host.powerOn(),
  },
  {
    name: 'stop-agent',
    what: 'SIGTERM: the agent resigns, hands over and leaves; it is started again later',
    lasts: [5, 25],
    onHost: true,
    alone: { fenced: { moves: 1, darkMs: handoverMs }, exclusive: { moves: 1, darkMs: silenceMs } },
    begin: (_world, host) => host.agent?.terminate(),
    end: (world, host) => {
      // One that is still leaving is started again when it has left, as systemd does.
      if (host.agent === undefined) host.startAgent();
      else world.queue.after(20_000, () => host.startAgent());
    },
  },
  {
    name: 'leave-quietly',
    what: 'SIGUSR2: the agent ends as it stands and a newer one takes over at once',
    lasts: MOMENT,
    onHost: true,
    alone: { fenced: { moves: 1 }, exclusive: { moves: 1 } },
    begin: (world, host, { x }) => {
      host.agent?.leaveQuietly();
      world.queue.after(20, () => restart(world, host, x));
    },
  },
  {
    name: 'disk-loss',
    what: 'the agent is killed and its state directory is empty when it starts again',
    lasts: [0.1, 10],
    onHost: true,
    begin: (_world, host) => host.killAgent(),
    end: (_world, host) => {
      host.loseDisk();
      host.startAgent();
    },
  },
  {
    name: 'slow-exec',
    what: '`ip` takes up to two seconds',
    lasts: [1, 15],
    onHost: true,
    begin: (_world, host) => {
      host.execSlow += 1;
    },
    end: (world, host) => {
      host.execSlow -= 1;
      host.execSince = world.queue.now;
    },
  },
  {
    name: 'exec-error',
    what: '`ip` fails more often than not',
    lasts: [0.5, 10],
    onHost: true,
    begin: (_world, host) => {
      host.execFails += 1;
    },
    end: (world, host) => {
      host.execFails -= 1;
      host.execSince = world.queue.now;
    },
  },
  {
    name: 'foreign-unbind',
    what: 'somebody takes the VIP off the interface (`ip addr del`)',
    lasts: MOMENT,
    onHost: true,
    alone: { fenced: { moves: 0, darkMs: () => 1000 }, exclusive: { moves: 0 } },
    begin: (_world, host) => host.kernel.unbind(host.kernel.mask, 'taken off by somebody'),
  },
  {
    name: 'clock-rate',
    what: 'the boot clock runs up to 5 % fast or slow',
    lasts: [1, 40],
    onHost: true,
    alone: { fenced: { moves: 0, darkMs: () => 0 }, exclusive: { moves: 0, darkMs: () => 0 } },
    begin: (world, host, { x, y }) => {
      const error = y < 0.6 ? (x < 0.5 ? -RATE_ERROR : RATE_ERROR) : RATE_ERROR * (2 * x - 1);
      host.clock.setRate(1 + error, world.queue.now);
    },
    end: (world, host) => host.clock.setRate(world.settings.rates[host.index] ?? 1, world.queue.now),
  },
  {
    name: 'clock-jump',
    what: "the host's wall clock jumps by up to an hour, either way",
    lasts: [1, 30],
    onHost: true,
    alone: { fenced: { moves: 0, darkMs: () => 0 }, exclusive: { moves: 0, darkMs: () => 0 } },
    begin: (_world, host, { x }) => {
      host.wallErrorMs += (2 * x - 1) * WALL_JUMP_MS;
    },
    end: (_world, host, { x }) => {
      host.wallErrorMs -= (2 * x - 1) * WALL_JUMP_MS;
    },
  },
];
