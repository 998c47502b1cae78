// Proves that nothing of a group that observes reaches the kernel, whatever orders it, and that a lifetime which another hand has
// taken away comes back. The host is a double.
import { describe, expect, it } from 'vitest';
import { GroupKernel } from '../../../agent/loop/kernel.ts';
import type { Leftovers } from '../../../agent/loop/ports.ts';
import { initialHolder } from '../../../core/holder/step.ts';
import type { GroupProfile, HolderState } from '../../../core/holder/types.ts';
import { bootMs, durationMs } from '../../../core/time.ts';
import { always, FENCED, hostWith, VIP } from './double.ts';

it.each([
  [true, []],
  [false, ['bind', 'unbind']],
])('a group that observes (%s) changes %s', async (observes, events) => {
  const host = hostWith(always({}));
  let state = { ...initialHolder({ epoch: 1, relEpoch: 0, master: false }, {}), role: 'MASTER' as const };
  const client = {
    get state() {
      return state;
    },
    confirmed: () => undefined,
    failed: () => undefined,
  };
  const kernel = new GroupKernel({ ...FENCED, observes }, host.ports, client);
  kernel.bind({ kind: 'bind', vips: [VIP], epoch: 1 });
  await kernel.ended();
  state = { ...state, role: 'BACKUP' as never };
  kernel.unbind({ kind: 'unbind', vips: [VIP] });
  await kernel.ended();
  expect(host.events).toEqual(events);
});

describe('an exclusive holder whose address another hand has bound for ever', () => {
  const profile: GroupProfile = { ...FENCED, kernelExpiry: 'address' };
  const scene = (leftovers: Leftovers, over: Partial<HolderState> = {}) => {
    const host = hostWith(always({}), { leftovers });
    let nowMs = 10_000;
    const state: HolderState = {
      ...initialHolder({ epoch: 1, relEpoch: 0, master: false }, profile),
      role: 'MASTER',
      deadline: bootMs(20_000),
      bound: [VIP],
      ...over,
    };
    const client = { state, confirmed: () => undefined, failed: () => undefined };
    const kernel = new GroupKernel(profile, { ...host.ports, now: () => bootMs(nowMs) }, client);
    const looks = async (forMs: number): Promise<void> => {
      nowMs += forMs;
      kernel.verify();
      await kernel.ended();
    };
    const bound = async (): Promise<void> => {
      kernel.bind({ kind: 'bind', vips: [VIP], epoch: 1, until: bootMs(20_000) });
      await kernel.ended();
    };
    return { host, bound, looks };
  };

  it('gives it its end back, up to the deadline that it had', async () => {
    const { host, bound, looks } = scene({ bound: [VIP] });
    await bound();
    await looks(999);
    expect(host.untils).toEqual([20_000]);
    await looks(1);
    expect(host.untils).toEqual([20_000, 20_000]);
  });

  it('leaves it alone while the kernel will end it, and looks once a second', async () => {
    const { host, bound, looks } = scene({ bound: [VIP], expiresInMs: durationMs(2000) });
    await bound();
    for (let look = 0; look < 5; look += 1) await looks(1000);
    expect(host.untils).toHaveLength(1);
  });

  it.each([
    ['its deadline has passed', { deadline: bootMs(10_500) }],
    ['it has let the epoch go', { relEpoch: 1 }],
    ['it is not the holder', { role: 'BACKUP' as const }],
  ])('binds nothing when %s', async (_, over) => {
    const { host, bound, looks } = scene({ bound: [VIP] }, over);
    await bound();
    const before = host.untils.length;
    await looks(1000);
    expect(host.untils).toHaveLength(before);
  });
});
