/** Proves what holds where no cloud can be asked where the VIPs are (l2): nobody looks, and nothing is missed. */
import { describe, expect, it } from 'vitest';
import type { GroupState } from '../../../core/wire/item.ts';
import type { Vip } from '../../../core/wire/names.ts';
import {
  A,
  at,
  B,
  beatOf,
  C,
  ctxAt,
  ENI,
  EPOCH,
  eventsIn,
  groupConfig,
  HB_MS,
  heldState,
  heldWith,
  LEASE_MS,
  looksIn,
  member,
  movedInput,
  movesIn,
  movingState,
  observedInput,
  run,
  VIP,
} from '../fixtures.ts';

const L2 = '192.168.0.100';
const l2: Vip = { address: L2, fabric: 'l2' };
const route: Vip = { address: '10.99.0.1', fabric: 'route', tables: ['rtb-00000001'] };
const ctx = (offsetMs = 0, over = {}) =>
  ctxAt(offsetMs, groupConfig({ vips: [l2], exclusive: true, ...over }));
const bound = { vips: { [L2]: { bound: true } } };
const unbound = { vips: { [L2]: { bound: false } } };

describe('unled: looks', () => {
  it('after a commit there is none, however long the holder beats', () => {
    let { state } = run(
      movingState({ holder: A, phaseAt: at(0) }),
      movedInput({ results: [{ address: L2, ok: true }] }),
      ctx(),
    );
    expect(state.phase).toBe('held');
    for (let ms = 1000; ms <= 120_000; ms += 1000) {
      const beaten = run(state, beatOf(A, bound, 10 + ms), ctx(ms));
      expect([looksIn(beaten.effects), movesIn(beaten.effects)]).toEqual([[], []]);
      state = beaten.state;
    }
    expect(state).toMatchObject({ holder: A, phase: 'held' });
    expect(state.members[A]?.absentLooks).toBeUndefined();
  });

  it('nor for a mark that a stale mover has left', () => {
    const marked = heldState({ dirtyAt: at(-1000) });
    expect(looksIn(run(marked, beatOf(A, bound), ctx()).effects)).toEqual([]);
  });

  it('beside a route there are, for the route, and they say nothing of the other', () => {
    const mixed = { vips: [l2, route] };
    const { state } = run(
      movingState({ holder: A, phaseAt: at(0) }),
      movedInput({ results: mixed.vips.map(({ address }) => ({ address, ok: true })) }),
      ctx(0, mixed),
    );
    const vips = { ...bound.vips, [route.address]: { bound: true } };
    const looked = run(state, beatOf(A, { vips }), ctx(2000, mixed));
    expect(looksIn(looked.effects)).toHaveLength(1);
    const seen = run(looked.state, observedInput(ENI[A], route.address), ctx(2050, mixed));
    expect([movesIn(seen.effects), eventsIn(seen.effects)]).toEqual([[], []]);
  });

  it('beside what members see there are none after a commit: they would tell nothing new', () => {
    const mixed = { vips: [l2, { address: VIP, fabric: 'secondary-ip' }] };
    const vips = { ...bound.vips, [VIP]: { bound: true, inFabric: true } };
    let state = heldWith({}, { phaseAt: at(0) });
    for (let ms = 1000; ms <= 90_000; ms += 1000) {
      const beaten = run(state, beatOf(A, { vips }, 10 + ms), ctx(ms, mixed));
      expect(looksIn(beaten.effects)).toEqual([]);
      state = beaten.state;
    }
  });

  it('a sweep that has seen nothing finds nothing wrong', () => {
    const state = heldState();
    const swept = run(state, { kind: 'sweep', epoch: EPOCH, seenAt: at(0), observations: [] }, ctx());
    expect(swept.state).toBe(state);
  });
});

const vacant = (over: Partial<GroupState> = {}) =>
  heldState({
    holder: null,
    phase: 'vacant',
    epoch: 0,
    firstReportAt: at(-LEASE_MS),
    members: { [B]: member({ priority: 200 }) },
    ...over,
  });

describe('unled: the first holder', () => {
  it('is the best one, at once: there is nobody to ask', () => {
    const { effects, transferred } = run(vacant(), beatOf(C, { epochSeen: 0, ...unbound }), ctx());
    expect(transferred).toEqual({ to: B, reason: 'first' });
    expect([looksIn(effects), movesIn(effects).length]).toEqual([[], 1]);
  });

  it('is asked for where a route is beside it', () => {
    const mixed = { vips: [l2, route] };
    const asked = run(vacant(), beatOf(C, { epochSeen: 0, ...unbound }), ctx(0, mixed));
    expect(looksIn(asked.effects)).toHaveLength(1);
  });
});

describe('unled, observed: another system binds the address', () => {
  const observed = { exclusive: false, observe: true };
  const without = { bound: false, inFabric: false };
  const watched = (offsetMs = 0) => ctx(offsetMs, observed);

  it('the member that has it is the first holder', () => {
    const { effects, transferred } = run(vacant(), beatOf(C, { epochSeen: 0, ...bound }), watched());
    expect(transferred).toEqual({ to: C, reason: 'adopt' });
    expect(movesIn(effects)).toEqual([]);
  });

  it('and the only one that has it now is followed', () => {
    const state = heldWith({ [A]: without });
    const { effects, transferred } = run(state, beatOf(B, bound), watched());
    expect(transferred).toEqual({ to: B, reason: 'followed' });
    expect([looksIn(effects), movesIn(effects)]).toEqual([[], []]);
    expect(run(state, beatOf(B, unbound), watched()).transferred).toBeUndefined();
  });

  it('while two have it, nobody is: whom clients reach cannot be told', () => {
    const state = heldWith({ [A]: without, [C]: { bound: true } });
    expect(run(state, beatOf(B, bound), watched()).transferred).toBeUndefined();
    expect(run(heldState(), beatOf(B, bound), watched()).transferred).toBeUndefined();
  });

  it('what a member said a while ago counts no more', () => {
    const state = heldWith({ [A]: without, [C]: { bound: true, at: at(-1.5 * HB_MS - 1) } });
    expect(run(state, beatOf(B, unbound), watched()).transferred).toBeUndefined();
    expect(run(state, beatOf(B, bound), watched()).transferred).toEqual({ to: B, reason: 'followed' });
  });

  it('one that enforces follows nobody', () => {
    const state = heldWith({ [A]: without });
    expect(run(state, beatOf(B, bound), ctx()).transferred).toBeUndefined();
  });

  it('nor does one whose VIPs the cloud can be asked for', () => {
    const mixed = { vips: [l2, route], ...observed };
    const vips = { ...bound.vips, [route.address]: { bound: true } };
    const state = heldWith({ [A]: without }, { confirmed: 4 });
    expect(run(state, beatOf(B, { vips }), ctx(0, mixed)).transferred).toBeUndefined();
  });
});
