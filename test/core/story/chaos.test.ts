/** Proves that after any mixture of faults, once all is well again, one host serves, alone, and nothing moves any more. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationMs } from '../../../core/time.ts';
import type { GroupState } from '../../../core/wire/item.ts';
import { STRANGER_ENI, VIP } from '../fixtures.ts';
import type { Host } from './host.ts';
import { World } from './world.ts';

/** Longer than a ban, the longest back-off and a lease together. */
const HEAL_MS = 150_000;

/** What a backup of the table would hold. */
const backups = new WeakMap<World, GroupState>();
const PRIORITIES = [120, 110, 100];

const FAULTS = {
  die: (_w: World, host: Host) => {
    host.up = false;
    host.agentRuns = false;
    host.frozen = false;
    host.bound.clear();
  },
  killAgent: (_w: World, host: Host) => {
    host.agentRuns = false;
  },
  stop: (_w: World, host: Host) => host.terminate(),
  start: (w: World, host: Host) => {
    if (!host.agentRuns) w.start(host);
  },
  freeze: (_w: World, host: Host) => host.freeze(),
  thaw: (_w: World, host: Host) => {
    if (host.frozen) host.thaw();
  },
  cut: (_w: World, host: Host) => {
    host.cutFromArbiter = !host.cutFromArbiter;
  },
  fault: (_w: World, host: Host) => host.assess({ health: 'fault' }),
  recover: (_w: World, host: Host) => host.assess({ health: 'ok', wavering: false }),
  waver: (_w: World, host: Host) => host.assess({ wavering: true }),
  degrade: (_w: World, host: Host) => host.assess({ priority: 50, degradedBy: ['disk'] }),
  blackout: (w: World) => {
    w.arbiterUp = !w.arbiterUp;
  },
  loss: (w: World) => {
    w.lossPercent = 30;
  },
  throttle: (w: World) => {
    w.fabric.throttledUntil = w.now + 8000;
  },
  slowFabric: (w: World) => {
    w.fabric.ackMs = 300;
    w.fabric.propagationMs = 2000;
  },
  stall: (w: World) => {
    w.fabric.stallNextMs = 4000;
  },
  lambdaDies: (w: World) => {
    w.arbiter.dieAtNextMove = true;
  },
  refuse: (w: World, host: Host) => {
    w.fabric.full.add(host.eni);
  },
  steal: (w: World, host: Host) => {
    w.fabric.owners.set(VIP, host.eni);
  },
  stealAway: (w: World) => {
    w.fabric.owners.set(VIP, STRANGER_ENI);
  },
  backup: (w: World) => {
    backups.set(w, structuredClone(w.arbiter.state));
  },
  restore: (w: World) => {
    const backup = backups.get(w);
    if (backup !== undefined) w.arbiter.restore(structuredClone(backup));
  },
  clockBack: (w: World) => {
    w.lambdaErrorMs -= 600_000;
  },
  clockOn: (w: World) => {
    w.lambdaErrorMs += 600_000;
  },
} satisfies Record<string, (world: World, host: Host) => void>;

const names = Object.keys(FAULTS) as (keyof typeof FAULTS)[];
const chaos = fc.array(
  fc.record({
    fault: fc.constantFrom(...names),
    host: fc.nat({ max: 2 }),
    forMs: fc.integer({ min: 0, max: 6000 }),
  }),
  { minLength: 1, maxLength: 12 },
);

const heal = (w: World): void => {
  w.arbiterUp = true;
  w.lossPercent = 0;
  w.lambdaErrorMs = 0;
  w.arbiter.dieAtNextMove = false;
  w.fabric.throttledUntil = 0;
  w.fabric.stallNextMs = undefined;
  w.fabric.ackMs = 0;
  w.fabric.propagationMs = 0;
  w.fabric.full.clear();
  for (const [index, host] of w.hosts.entries()) {
    host.cutFromArbiter = false;
    if (host.frozen) host.thaw();
    if (!host.agentRuns) w.start(host);
    host.assess({ health: 'ok', wavering: false, priority: PRIORITIES[index] ?? 100, degradedBy: [] });
  }
  // Who was in the middle of leaving has left by now and starts again.
  w.run(10_000);
  for (const host of w.hosts) if (!host.agentRuns) w.start(host);
};

describe('story: chaos, then calm', () => {
  it('the group is served by its holder alone, and stays where it is', () => {
    fc.assert(
      fc.property(chaos, fc.boolean(), (sequence, preempt) => {
        const w = new World({ priorities: PRIORITIES, config: { preempt, holdDownMs: durationMs(0) } });
        w.until(() => w.server !== undefined);
        for (const { fault, host, forMs } of sequence) {
          const target = w.hosts[host];
          if (target !== undefined) FAULTS[fault](w, target);
          w.run(forMs);
        }
        heal(w);
        w.run(HEAL_MS);
        w.mark();
        w.run(20_000);
        expect({ transfers: w.transfers, outageMs: w.outageMs, server: w.server?.node }).toEqual({
          transfers: [],
          outageMs: 0,
          server: w.holder.node,
        });
        if (preempt && w.holder !== w.hosts[0]) throw new Error('the best member did not come back');
        expect(w.hosts.filter((host) => host.bound.has(VIP)).map(({ node }) => node)).toEqual([
          w.holder.node,
        ]);
      }),
      { numRuns: Number(process.env['KEEPALOFT_CHAOS_RUNS'] ?? 25) },
    );
  }, 120_000);
});
