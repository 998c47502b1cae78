/** Proves that no group is left unserved for ever: backups, stepping clocks, and everybody stopping at once. */
import { describe, expect, it } from 'vitest';
import { World, type WorldOptions } from './world.ts';

const world = (options: WorldOptions = {}): World => new World(options).steady();

describe('story: the item is restored from a backup', () => {
  it('of an older epoch: the group goes on above every epoch that an agent has seen', () => {
    const w = world();
    const backup = structuredClone(w.arbiter.state);
    w.holder.terminate();
    w.run(10_000);
    const { epoch } = w.arbiter.state;
    w.arbiter.restore(backup);
    w.run(20_000);
    expect(w.arbiter.state.epoch).toBeGreaterThan(epoch);
    expect(w.server).toBe(w.holder);
  });

  it('of the same epoch: a holder that dies then is still replaced', () => {
    const w = world();
    const backup = structuredClone(w.arbiter.state);
    w.run(600_000);
    w.arbiter.restore(backup);
    w.run(5000);
    w.mark();
    w.holder.up = false;
    w.until(() => w.server !== undefined, 15_000);
    expect(w.transfers).toEqual(['silence']);
  });
});

describe('story: the arbiter’s clock steps', () => {
  it.each([-3_600_000, -2000, 2000, 3_600_000])('by %i ms on a healthy group: nothing moves', (stepMs) => {
    const w = world();
    w.lambdaErrorMs = stepMs;
    w.run(20_000);
    expect(w.transfers).toEqual([]);
    expect(w.outageMs).toBe(0);
  });

  it('back by an hour, in the middle of a move whose Lambda died: the move is resumed all the same', () => {
    const w = world();
    w.arbiter.dieAtNextMove = true;
    w.holder.up = false;
    w.until(() => w.arbiter.state.phase === 'moving', 6000);
    w.lambdaErrorMs = -3_600_000;
    w.until(() => w.server !== undefined, 20_000);
  });

  it('back by an hour, after a standby died: the dead one is not taken for fresh', () => {
    const w = world();
    const [dead] = w.standbys;
    if (dead === undefined) throw new Error('no standby');
    dead.up = false;
    w.run(500);
    w.lambdaErrorMs = -3_600_000;
    w.run(5000);
    w.mark();
    w.holder.up = false;
    w.until(() => w.server !== undefined, 6000);
    expect(w.transfers).toEqual(['silence']);
  });
});

describe('story: nobody is left unserved for ever', () => {
  it('the only member stops and starts again: it serves at the epoch that it gave up, for nobody else has held since', () => {
    const w = world({ hosts: 1 });
    const { holder } = w;
    const { epoch } = w.arbiter.state;
    holder.terminate();
    w.until(() => !holder.agentRuns, 10_000);
    w.run(3000);
    w.start(holder);
    w.until(() => w.server === holder, 15_000);
    expect(w.arbiter.state.epoch).toBe(epoch);
  });

  it('all members stop together and start together', () => {
    const w = world();
    for (const host of w.hosts) host.terminate();
    w.run(10_000);
    for (const host of w.hosts) w.start(host);
    w.until(() => w.server !== undefined, 15_000);
  });

  it('the holder stops while the arbiter is away, and starts again before it is back', () => {
    const w = world();
    const { holder } = w;
    w.arbiterUp = false;
    w.run(1000);
    holder.terminate();
    w.until(() => !holder.agentRuns, 10_000);
    w.start(holder);
    w.run(1000);
    w.arbiterUp = true;
    w.until(() => w.server !== undefined, 20_000);
  });
});
