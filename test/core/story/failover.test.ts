/** Proves, with the real reducers of arbiter and agents on one fake clock, that one fault costs one move and little time. */
import { describe, expect, it } from 'vitest';
import { durationMs } from '../../../core/time.ts';
import { LEASE_MS } from '../fixtures.ts';
import { World, type WorldOptions } from './world.ts';

const world = (options: WorldOptions = {}): World => new World(options).steady();

describe('story: a host dies', () => {
  it('its silence is claimed within the lease, at any instant of the heartbeat', () => {
    const outages = Array.from({ length: 20 }, (_, index) => {
      const w = world();
      w.run(index * 50);
      w.mark();
      const dead = w.holder;
      dead.up = false;
      w.until(() => w.server !== undefined, 6000);
      w.run(5000);
      expect(w.transfers).toEqual(['silence']);
      expect(w.holder).not.toBe(dead);
      return w.outageMs;
    }).toSorted((a, b) => a - b);
    expect(outages.at(-1)).toBeLessThanOrEqual(LEASE_MS + 50);
    expect(outages[10]).toBeLessThanOrEqual(2700);
  });

  it('and comes back: nothing moves, it has lost the group under preempt: false', () => {
    const w = world();
    const dead = w.holder;
    dead.up = false;
    dead.agentRuns = false;
    dead.bound.clear();
    w.run(8000);
    w.mark();
    w.start(dead);
    w.run(20_000);
    expect(w.transfers).toEqual([]);
    expect(w.outageMs).toBe(0);
  });

  it('and so does its best standby, in the middle of the move: the third serves', () => {
    const w = world({ ackMs: 300 });
    const dead = w.holder;
    dead.up = false;
    w.until(() => w.arbiter.state.phase === 'moving', 6000);
    const second = w.holder;
    second.up = false;
    w.until(() => w.server !== undefined, 12_000);
    expect([dead, second]).not.toContain(w.server);
  });

  it('and everybody else is in FAULT: a living FAULT is better than a silent holder', () => {
    const w = world();
    const dead = w.holder;
    for (const host of w.standbys) host.assess({ health: 'fault' });
    w.run(1000);
    expect(w.transfers).toEqual([]);
    dead.up = false;
    w.until(() => w.server !== undefined, 6000);
    expect(w.transfers).toEqual(['silence']);
  });
});

describe('story: a service fails', () => {
  it('the FAULT moves the VIP at once, and the successor is listening already because the holder wavered', () => {
    const w = world();
    w.holder.assess({ wavering: true });
    w.run(1000);
    const faulty = w.holder;
    // The service is gone from here on; the check says so in the same instant.
    faulty.up = true;
    faulty.assess({ wavering: false, health: 'fault' });
    const failedAt = w.now;
    w.until(() => w.server !== faulty && w.server !== undefined, 3000);
    expect(w.now - failedAt).toBeLessThanOrEqual(50);
    expect(w.transfers).toEqual(['fault']);
  });

  it('everywhere: the last holder goes on serving', () => {
    const w = world();
    const last = w.holder;
    for (const host of w.standbys) host.assess({ health: 'fault' });
    w.run(100);
    last.assess({ health: 'fault' });
    w.run(10_000);
    expect(w.transfers).toEqual([]);
    expect(w.server).toBe(last);
    expect(w.outageMs).toBe(0);
  });

  it('after all others died: it is not given to the dead', () => {
    const w = world();
    for (const host of w.standbys) host.up = false;
    w.run(5000);
    w.holder.assess({ health: 'fault' });
    w.run(10_000);
    expect(w.outageMs).toBe(0);
    expect(w.server).toBe(w.holder);
  });
});

describe('story: a clean stop', () => {
  it.each([
    [0, 0],
    [300, 400],
  ])(
    'costs nothing beyond the fabric (acknowledged after %i ms, applied %i ms later)',
    (ackMs, propagationMs) => {
      const w = world({ ackMs, propagationMs });
      const leaving = w.holder;
      leaving.terminate();
      w.run(10_000);
      expect(w.transfers).toEqual(['resign']);
      expect(w.outageMs).toBeLessThanOrEqual(10);
      expect(leaving.agentRuns).toBe(false);
      expect(leaving.hooks.filter((hook) => hook === 'STOP')).toHaveLength(1);
      expect(leaving.bound.size).toBe(0);
    },
  );

  it('of a standby moves nothing', () => {
    const w = world();
    w.standbys[0]?.terminate();
    w.run(5000);
    expect(w.transfers).toEqual([]);
    expect(w.standbys.map(({ agentRuns }) => agentRuns)).toContain(false);
  });
});

describe('story: preempt', () => {
  const config = { preempt: true, preemptDelayMs: durationMs(5000), holdDownMs: durationMs(0) };

  it('a better node takes back after the delay, without a lost packet', () => {
    const w = world({ config, priorities: [200, 100, 100] });
    const first = w.holder;
    first.up = false;
    first.agentRuns = false;
    first.bound.clear();
    w.run(10_000);
    w.mark();
    w.start(first);
    const backAt = w.now;
    w.until(() => w.server === first, 20_000);
    expect(w.now - backAt).toBeGreaterThanOrEqual(5000);
    expect(w.transfers).toEqual(['preempt']);
    expect(w.outageMs).toBeLessThanOrEqual(10);
  });
});
