// Proves what becomes of VIPs that another hand has bound for ever although their group's lease is the fence.
import { describe, expect, it } from 'vitest';
import { endAgainBy, endlessOf, isWatched } from '../../../core/holder/endless.ts';
import { initialHolder } from '../../../core/holder/step.ts';
import type { GroupProfile, HolderState } from '../../../core/holder/types.ts';
import { bootMs, durationMs } from '../../../core/time.ts';

const VIP = '172.31.0.201';
const OTHER = '172.31.0.202';
const EVER = Number.POSITIVE_INFINITY;
const profile: GroupProfile = {
  name: 'mysql',
  vips: [VIP],
  configHash: 'c',
  heartbeatMs: durationMs(1000),
  leaseMs: durationMs(5000),
  preemptDelayMs: durationMs(0),
  kernelExpiry: 'address',
};

describe('an agent that starts', () => {
  it('has to take away what the kernel would never end, once for each address', () => {
    const bound = [VIP, VIP, OTHER].map((address) => ({ address, lifetimeS: EVER }));
    expect(endlessOf([profile], bound)).toEqual([VIP]);
  });

  it('leaves what has a lifetime', () => {
    expect(endlessOf([profile], [{ address: VIP, lifetimeS: 3 }])).toEqual([]);
  });

  it.each([
    ['the fabric fences', { kernelExpiry: undefined }],
    ['an nft guard ends the packets', { kernelExpiry: 'nft' as const }],
    ['another system binds', { observes: true }],
  ])('leaves it where %s', (_, over) => {
    expect(endlessOf([{ ...profile, ...over }], [{ address: VIP, lifetimeS: EVER }])).toEqual([]);
  });
});

describe('a holder', () => {
  const holder: HolderState = {
    ...initialHolder({ epoch: 7, relEpoch: 0, master: false }, profile),
    role: 'MASTER',
    deadline: bootMs(9000),
  };
  const ctx = { profile, now: bootMs(8000) };
  const found = { bound: [VIP] };

  it('binds anew what has no end, up to the deadline that it has', () => {
    expect(endAgainBy(holder, found, ctx)).toBe(9000);
  });

  it('leaves what has one, and what is not bound at all', () => {
    expect(endAgainBy(holder, { ...found, expiresInMs: 2000 }, ctx)).toBeUndefined();
    expect(endAgainBy(holder, { bound: [] }, ctx)).toBeUndefined();
  });

  it.each([
    ['at its deadline', holder, bootMs(9000)],
    ['when it has let the epoch go', { ...holder, relEpoch: 7 }, ctx.now],
    ['when it holds no more', { ...holder, role: 'BACKUP' as const }, ctx.now],
    ['when it has no deadline yet', { ...holder, deadline: undefined }, ctx.now],
  ])('binds nothing %s', (_, state, now) => {
    expect(endAgainBy(state, found, { profile, now })).toBeUndefined();
  });

  it('is looked at only where the address itself has the lifetime', () => {
    expect(isWatched(holder, ctx)).toBe(true);
    expect(isWatched(holder, { profile: { ...profile, kernelExpiry: 'nft' } })).toBe(false);
    expect(isWatched(holder, { profile: { ...profile, observes: true } })).toBe(false);
    expect(isWatched({ ...holder, role: 'INIT' }, ctx)).toBe(false);
  });
});
