/** Proves what must not move the VIP, and that what went wrong is put right. */
import { describe, expect, it } from 'vitest';
import { STRANGER_ENI, VIP } from '../fixtures.ts';
import { World, type WorldOptions } from './world.ts';

const world = (options: WorldOptions = {}): World => new World(options).steady();

describe('story: the arbiter cannot be reached', () => {
  it('for 60 s, with healthy hosts: no move and no lost probe, before, during and after', () => {
    const w = world();
    w.arbiterUp = false;
    w.run(60_000);
    w.arbiterUp = true;
    w.run(30_000);
    expect(w.transfers).toEqual([]);
    expect(w.outageMs).toBe(0);
    expect(w.arbiter.events).toEqual([]);
  });

  it('and nobody storms it: a standby sends no more than its retries', () => {
    const w = world();
    w.arbiterUp = false;
    const before = w.hosts.map(({ sent }) => sent);
    w.run(30_000);
    w.hosts.forEach((host, index) =>
      expect(host.sent - (before[index] ?? 0)).toBeLessThanOrEqual(30_000 / 400 + 5),
    );
  });

  it('and is heard within two heartbeats after it returns', () => {
    const w = world();
    w.arbiterUp = false;
    w.run(20_000);
    w.arbiterUp = true;
    w.run(2000);
    for (const { node } of w.hosts)
      expect(w.now - Number(w.arbiter.state.members[node]?.at)).toBeLessThanOrEqual(2000);
  });

  it('and the holder dies meanwhile: it is replaced within a lease of hearing of it', () => {
    const w = world();
    w.arbiterUp = false;
    w.run(20_000);
    w.holder.up = false;
    w.run(10_000);
    w.arbiterUp = true;
    w.until(() => w.server !== undefined, 15_000);
    expect(w.transfers).toEqual(['silence']);
  });

  it('by the holder alone: it is replaced although it serves, since nobody can tell it from a dead one', () => {
    const w = world();
    const cut = w.holder;
    cut.cutFromArbiter = true;
    w.until(() => w.server !== cut && w.server !== undefined, 6000);
    expect(w.transfers).toEqual(['silence']);
    // The witness tells the cut host that the VIP has left it.
    w.until(() => cut.bound.size === 0, 10_000);
    cut.cutFromArbiter = false;
    w.run(10_000);
    expect(w.transfers).toEqual(['silence']);
    expect(w.outageMs).toBeLessThanOrEqual(50);
  });

  it.each([1, 2, 3, 4, 5])('with 20 %% loss for 30 s: no move (try %i)', (index) => {
    const w = world();
    w.run(index * 177);
    w.lossPercent = 20;
    w.run(30_000);
    w.lossPercent = 0;
    w.run(10_000);
    expect(w.transfers).toEqual([]);
    expect(w.outageMs).toBe(0);
  });

  it('while a holder restarts its agent: it goes on serving what the fabric delivers to it', () => {
    const w = world();
    w.arbiterUp = false;
    w.run(5000);
    const { holder } = w;
    holder.agentRuns = false;
    w.run(1000);
    w.start(holder);
    w.run(10_000);
    expect(holder.role).toBe('MASTER');
    expect(w.outageMs).toBe(0);
  });
});

describe('story: freeze and thaw', () => {
  it('the thawed holder takes nothing back and keeps nothing', () => {
    const w = world();
    const frozen = w.holder;
    frozen.freeze();
    w.run(10_000);
    expect(w.transfers).toEqual(['silence']);
    frozen.thaw();
    w.run(20_000);
    expect(w.transfers).toEqual(['silence']);
    expect(frozen.role).toBe('BACKUP');
    expect(frozen.bound.size).toBe(0);
    expect(w.server).toBe(w.holder);
  });

  it('a thawed standby claims nothing for a silence that was its own', () => {
    const w = world();
    const [standby] = w.standbys;
    standby?.freeze();
    w.run(20_000);
    standby?.thaw();
    w.run(20_000);
    expect(w.transfers).toEqual([]);
    expect(w.arbiter.events).toEqual([]);
  });

  it('of all at once moves nothing afterwards', () => {
    const w = world();
    for (const host of w.hosts) host.freeze();
    w.run(30_000);
    for (const host of w.hosts) host.thaw();
    w.run(10);
    w.mark();
    w.run(20_000);
    expect(w.transfers).toEqual([]);
    expect(w.outageMs).toBe(0);
  });
});

describe('story: the fabric', () => {
  it('another hand takes the VIP: it is moved back and counted, once', () => {
    const w = world();
    const { holder } = w;
    w.fabric.owners.set(VIP, w.standbys[0]?.eni ?? STRANGER_ENI);
    w.until(() => w.server === holder, 5000);
    w.run(30_000);
    expect(w.arbiter.state.repairs).toBe(1);
    expect(w.transfers).toEqual([]);
  });

  it('a stranger outside the group takes it: the holder’s witness tells', () => {
    const w = world();
    w.fabric.owners.set(VIP, STRANGER_ENI);
    w.until(() => w.server === w.holder, 5000);
    expect(w.arbiter.state.repairs).toBe(1);
  });

  it('a hand that fights on is fought at the pace of the back-off', () => {
    const w = world();
    for (let second = 0; second < 60; second += 1) {
      w.fabric.owners.set(VIP, STRANGER_ENI);
      w.run(1000);
    }
    expect(w.arbiter.state.repairs).toBeLessThanOrEqual(5);
  });

  it('slow to apply what it acknowledged: that is no drift', () => {
    const w = world({ ackMs: 200, propagationMs: 4000 });
    w.holder.up = false;
    w.run(40_000);
    expect(w.transfers).toEqual(['silence']);
    expect(w.arbiter.state.repairs).toBeUndefined();
    expect(w.server).toBe(w.holder);
  });

  it('throttled for 8 s at failover: served within 1 s after the throttle ends', () => {
    const w = world();
    w.fabric.throttledUntil = w.now + 11_000;
    w.holder.up = false;
    w.run(11_000);
    expect(w.server).toBeUndefined();
    w.until(() => w.server !== undefined, 1000);
    expect(w.transfers).toEqual(['silence']);
  });

  it('a Lambda dies after it wrote the intent: the next heartbeats resume the move', () => {
    const w = world();
    w.arbiter.dieAtNextMove = true;
    w.holder.up = false;
    w.until(() => w.arbiter.state.phase === 'moving', 6000);
    w.until(() => w.server !== undefined, 7000);
    expect(w.transfers).toEqual(['silence']);
  });

  it('a stale mover acts late, on a target that was given up: the VIP is fetched back at once', () => {
    const w = world();
    w.fabric.stallNextMs = 4000;
    const first = w.holder;
    first.up = false;
    w.until(() => w.arbiter.state.phase === 'moving', 6000);
    const second = w.holder;
    second.up = false;
    w.until(() => w.server !== undefined, 6000);
    const third = w.server;
    w.until(() => w.arbiter.state.repairs === 1, 6000);
    w.run(10);
    expect(w.arbiter.events.map(({ type }) => type)).toContain('move-stale');
    expect(w.server).toBe(third);
    expect(w.fabric.owners.get(VIP)).toBe(third?.eni);
  });

  it('refuses the best standby for good: the next one serves', () => {
    const w = world();
    const [best] = w.standbys;
    for (const host of w.standbys) if (host !== w.standbys.at(-1)) w.fabric.full.add(host.eni);
    w.holder.up = false;
    w.until(() => w.server !== undefined, 8000);
    expect(w.server).not.toBe(best);
  });

  it('refuses the only healthy standby for good: the faulty holder serves on', () => {
    const w = world({ hosts: 2 });
    const { holder } = w;
    for (const host of w.standbys) w.fabric.full.add(host.eni);
    holder.assess({ health: 'fault' });
    w.run(20_000);
    expect(w.server).toBe(holder);
    expect(w.outageMs).toBeLessThanOrEqual(100);
  });
});
