/** Proves that where the lease is the fence no two kernels ever have the VIP, and that it is served again all the same. */
import { describe, expect, it } from 'vitest';
import { VIP } from '../fixtures.ts';
import { World } from './world.ts';

const world = (kernelExpiry: 'address' | 'nft'): World => new World({ kernelExpiry }).steady();

/** Exclusive lease of 5 s, the clocks' error, the ranks' skew, and the way of a request. */
const TAKEN_OVER_MS_MAX = 5500;

describe.each(['address', 'nft'] as const)('story: exclusive, ended by %s', (kernelExpiry) => {
  it('an agent that hangs, at any instant: its kernel lets go before another binds', () => {
    for (let phaseMs = 0; phaseMs < 1000; phaseMs += 50) {
      const w = world(kernelExpiry);
      w.run(phaseMs);
      const { holder } = w;
      holder.hang();
      w.until(() => w.server === undefined);
      expect(holder.bound.has(VIP)).toBe(false);
      w.until(() => w.server !== undefined);
      expect(w.server).not.toBe(holder);
      expect(w.outageMs).toBeLessThanOrEqual(TAKEN_OVER_MS_MAX);
      holder.thaw();
      w.run(10_000);
      expect(w.transfers).toEqual(['silence']);
    }
  });

  it('a killed agent starts again: what is left in its kernel is not taken for free by anybody', () => {
    const w = world(kernelExpiry);
    const { holder } = w;
    holder.agentRuns = false;
    w.run(500);
    expect(holder.bound.has(VIP)).toBe(true);
    w.start(holder);
    w.run(20_000);
    expect(w.server).toBe(w.holder);
  });

  it('the arbiter away for a minute: it fails closed, and the same holder goes on without the fabric', () => {
    const w = world(kernelExpiry);
    const { holder } = w;
    const { calls } = w.fabric;
    w.arbiterUp = false;
    w.run(60_000);
    expect(w.hosts.filter((host) => host.bound.size > 0)).toEqual([]);
    w.arbiterUp = true;
    w.until(() => w.server === holder, 5000);
    expect([w.transfers, w.fabric.calls]).toEqual([['lapsed'], calls]);
  });
});

describe('story: exclusive, watched', () => {
  it('two kernels with the VIP would be noticed', () => {
    const w = world('nft');
    const [standby] = w.standbys;
    standby?.kernel.bind([VIP]);
    expect(() => w.run(1)).toThrow(/^bound twice at \d+/u);
  });
});
