/** What people do: deployments, commands, restores. */
import type { Command } from '../../core/election/types.ts';
import type { Fault } from '../plan/settings.ts';
import type { World } from '../world.ts';
import { badWeather, type FaultKind, MOMENT } from './fault.ts';
import { reassess } from './on-services.ts';

/** A deployment slips its hash in between heartbeats: lambdas/store/store.ts, putConfig. */
const deploy = (world: World, hash: string): void => {
  const { store, queue, monitor, trace } = world;
  const current = store.state;
  if (current.configHash === hash) return;
  const next = { ...current, rev: current.rev + 1, configHash: hash };
  store.swap(
    (ms, then) => queue.after(ms, then),
    current,
    next,
    () => {
      trace?.line(queue.now, 'operator', `deploys ${hash}`);
      monitor.deployed();
    },
    ({ won }) => {
      if (!won) deploy(world, hash);
    },
    () => queue.after(500, () => deploy(world, hash)),
  );
};

const LEASE_HEARTBEATS_MAX = 10;
/** Of the hosts, so many are forgotten in a deployment. */
const NEVER_SHARE = 0.2;

/** Hosts read a new file one after the other, each with a restart of its agent; some never before the end. */
const rollOut = (world: World, hash: string, withinMs: number): void => {
  for (const host of world.hosts) {
    if (world.random.chance(NEVER_SHARE)) continue;
    host.configHash = hash;
    world.queue.after(world.random.next() * withinMs, () => {
      if (host.agent === undefined) return;
      if (world.random.chance(0.5)) host.agent.leaveQuietly();
      else host.killAgent();
      world.queue.after(world.random.between(40, 800), () => host.startAgent());
    });
  }
};

const change = (world: World, { until, at }: Fault, config: Parameters<World['newConfig']>[0]): void => {
  const { hash } = world.newConfig(config);
  deploy(world, hash);
  rollOut(world, hash, Math.max(500, until - at));
  reassess(world);
};

/** Every roster keeps at least two members. */
const otherRoster = (world: World, x: number): number => {
  const whole = (1 << world.settings.members) - 1;
  const without = whole & ~(1 << Math.floor(x * world.settings.members));
  return world.roster === whole && world.settings.members > 2 ? without : whole;
};

const commandOf = (world: World, { x, y }: Fault): Command => {
  const node = world.nodes[Math.floor(y * world.nodes.length)] ?? '';
  if (x < 0.3) return { do: 'failover' };
  if (x < 0.5) return { do: 'failover', to: node };
  if (x < 0.75) return { do: 'drain', node };
  return { do: 'pause' };
};

const operate = (world: World, command: Command, ifEpoch: number | undefined): void => {
  world.trace?.line(world.queue.now, 'operator', `orders ${command.do}`);
  world.network.invoke(
    {
      input: { kind: 'operator', command, ifEpoch, by: 'operator', reason: 'simulated' },
      node: null,
      alone: true,
    },
    () => undefined,
  );
};

/** What commands have left is undone, again and again until the item shows it: an operator looks, too. */
export const undoCommands = (world: World): void => {
  const { paused, drained } = world.store.state;
  if (paused === true) operate(world, { do: 'resume' }, undefined);
  for (const node of drained ?? []) operate(world, { do: 'undrain', node }, undefined);
};

export const ON_CONTROL: readonly FaultKind[] = [
  {
    name: 'config-lease',
    what: 'a deployment makes the lease shorter or longer; agents follow one by one',
    lasts: [1, 20],
    onHost: false,
    begin: (world, _host, fault) => {
      const { heartbeatMs, leaseMs, leaseMsMin } = world.settings;
      const other = Math.round(heartbeatMs * (3 + fault.x * 5));
      const leaseNow = world.leaseMs === leaseMs ? Math.max(leaseMsMin, other) : leaseMs;
      change(world, fault, { leaseMs: leaseNow });
    },
  },
  {
    name: 'deploy-and-cut',
    what: 'a deployment makes the lease as short or as long as it may be, and the holder is cut off at that very time',
    lasts: [1, 12],
    onHost: true,
    victim: 'holder',
    begin: (world, host, fault) => {
      const { heartbeatMs, leaseMsMin } = world.settings;
      const longest = Math.max(3 * leaseMsMin, LEASE_HEARTBEATS_MAX * heartbeatMs);
      deploy(world, world.newConfig({ leaseMs: world.leaseMs > leaseMsMin ? leaseMsMin : longest }).hash);
      world.queue.after(2 * heartbeatMs * fault.x, () => {
        host.cutIn += 1;
        host.cutOut += 1;
      });
      world.queue.after(2 * heartbeatMs * fault.x + (fault.until - fault.at), () => {
        host.cutIn -= 1;
        host.cutOut -= 1;
      });
    },
  },
  {
    name: 'config-priorities',
    what: 'a deployment turns the order of priorities round',
    lasts: [1, 20],
    onHost: false,
    begin: (world, _host, fault) => {
      const priorities = world.hosts.map((host) => world.priorityOf(host.index)).toReversed();
      change(world, fault, { priorities });
    },
  },
  {
    name: 'config-members',
    what: 'a deployment takes a member out, or puts it back',
    lasts: [1, 20],
    onHost: false,
    begin: (world, _host, fault) => change(world, fault, { roster: otherRoster(world, fault.x) }),
  },
  {
    name: 'operator',
    what: 'failover, drain and pause, and their opposites',
    lasts: [2, 20],
    onHost: false,
    begin: (world, _host, fault) =>
      operate(world, commandOf(world, fault), fault.y < 0.3 ? world.store.state.epoch : undefined),
    end: undoCommands,
  },
  badWeather('brake', 'braked', () => 1, 'the brake refuses claims of silence', { lasts: [2, 25] }),
  {
    name: 'item-restore',
    what: 'the item is put back as it was some time ago (fenced groups only: an exclusive one is not promised that)',
    lasts: MOMENT,
    onHost: false,
    fencedOnly: true,
    begin: (world, _host, fault) => {
      const backup = world.backups.get(fault);
      if (backup === undefined) return;
      world.trace?.line(
        world.queue.now,
        'operator',
        `restores the item of rev ${backup.rev}, epoch ${backup.epoch}`,
      );
      world.store.restore(backup);
      world.monitor.restored();
    },
  },
];
