/** Faults that wait for the worst moment: they spring when another host is named holder. */
import type { Host } from '../model/host.ts';
import type { Fault } from '../plan/settings.ts';
import type { World } from '../world.ts';
import type { FaultKind } from './fault.ts';
import { turningCut, WHOLE_MS_MAX } from './on-network.ts';

interface Trap {
  readonly name: string;
  readonly what: string;
  readonly spring: (host: Host, fault: Fault, world: World) => void;
  readonly undo: (host: Host, fault: Fault) => void;
}

/** From the springing until the end of the fault, but not for longer than this. */
const HEARTBEATS_MAX = 12;

const set = (world: World, trap: Trap, fault: Fault): void => {
  let sprung = false;
  world.traps.push((holder) => {
    const host = world.hosts[holder];
    if (sprung || host === undefined || world.queue.now >= fault.until) return;
    sprung = true;
    world.trace?.line(world.queue.now, 'FAULT', `${trap.name} ${host.name}`);
    trap.spring(host, fault, world);
    const forMs = fault.x * HEARTBEATS_MAX * world.settings.heartbeatMs;
    world.queue.at(Math.min(world.queue.now + forMs, fault.until), () => {
      world.trace?.line(world.queue.now, 'FAULT', `${trap.name} ${host.name} ends`);
      trap.undo(host, fault);
    });
  });
};

const stopped = new WeakMap<Fault, NonNullable<Host['agent']>>();

const TRAPS: readonly Trap[] = [
  {
    name: 'deafen-new-holder',
    what: 'as soon as a host is chosen, the answers to it are lost',
    spring: (host) => {
      host.cutIn += 1;
    },
    undo: (host) => {
      host.cutIn -= 1;
    },
  },
  {
    name: 'turning-cut-new-holder',
    what: 'as soon as a host is chosen, its answers are lost; later they arrive again, and its requests do not',
    spring: (host, { x, y }, world) => {
      // Turns when the host has just said that it hears nothing: an answer to that very heartbeat arrives.
      const turnsAt = world.queue.now + world.leaseMs + 2 * x * world.settings.heartbeatMs;
      turningCut(world, host, turnsAt, y * WHOLE_MS_MAX, turnsAt + 2 * world.leaseMs);
    },
    undo: () => undefined,
  },
  {
    name: 'cut-new-holder',
    what: 'as soon as a host is chosen, it is cut off from the arbiter',
    spring: (host) => {
      host.cutIn += 1;
      host.cutOut += 1;
    },
    undo: (host) => {
      host.cutIn -= 1;
      host.cutOut -= 1;
    },
  },
  {
    name: 'delay-new-holder',
    what: 'as soon as a host is chosen, the answers to it are late',
    spring: (host, { y }) => {
      host.lateMs = 500 + y * 9000;
    },
    undo: (host) => {
      host.lateMs = 0;
    },
  },
  {
    name: 'freeze-new-holder',
    what: 'as soon as a host is chosen, its agent stands still',
    spring: (host, fault) => {
      if (host.agent === undefined) return;
      stopped.set(fault, host.agent);
      host.agent.freeze();
    },
    undo: (_host, fault) => stopped.get(fault)?.thaw(),
  },
  {
    name: 'kill-new-holder',
    what: 'as soon as a host is chosen, its agent is killed',
    spring: (host) => host.killAgent(),
    undo: (host) => host.startAgent(),
  },
];

export const AT_TRANSFERS: readonly FaultKind[] = TRAPS.map((trap) => ({
  name: trap.name,
  what: trap.what,
  lasts: [5, 60],
  onHost: false,
  begin: (world: World, _host: Host, fault: Fault) => set(world, trap, fault),
}));
