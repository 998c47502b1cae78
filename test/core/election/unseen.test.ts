/** Proves what holds where no member can see its VIPs (routes): the fabric itself is asked, at the start and after each commit. */
import { describe, expect, it } from 'vitest';
import { CONFIRM_AFTER_MS } from '../../../core/election/rules.ts';
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
  groupConfig,
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
  STRANGER_ENI,
  VIP2,
} from '../fixtures.ts';

const ROUTE = '10.99.0.1';
const route: Vip = { address: ROUTE, fabric: 'route', tables: ['rtb-00000001'] };
const elastic: Vip = { address: '203.0.113.5', fabric: 'elastic-ip', allocation: 'eipalloc-00000001' };
const config = (over = {}) => groupConfig({ vips: [route], ...over });
const ctx = (offsetMs = 0, over = {}) => ctxAt(offsetMs, config(over));
const bound = { vips: { [ROUTE]: { bound: true } } };
const unbound = { vips: { [ROUTE]: { bound: false } } };
const seenAt = (owner: string | null) => observedInput(owner, ROUTE);

describe('unseen: the first holder', () => {
  const vacant = (over: Partial<GroupState> = {}) =>
    heldState({
      holder: null,
      phase: 'vacant',
      epoch: 0,
      firstReportAt: at(-LEASE_MS),
      members: { [B]: member({ priority: 200 }) },
      ...over,
    });
  const beat = (seq = 11) => beatOf(C, { epochSeen: 0, ...unbound }, seq);

  it('is looked for in the fabric before anything is moved', () => {
    const { state, effects, transferred } = run(vacant(), beat(), ctx());
    expect(transferred).toBeUndefined();
    expect([looksIn(effects).length, movesIn(effects).length]).toEqual([1, 0]);
    expect(looksIn(run(state, beat(12), ctx(500)).effects)).toEqual([]);
    expect(looksIn(run(state, beat(12), ctx(1000)).effects)).toHaveLength(1);
  });

  it('is the member to which the routes lead already, and nothing is written', () => {
    const asked = run(vacant(), beat(), ctx()).state;
    const found = run(asked, seenAt(ENI[C]), ctx(100));
    expect(found.transferred).toEqual({ to: C, reason: 'adopt' });
    expect(movesIn(found.effects)).toEqual([]);
  });

  it.each([
    ['nowhere', null],
    ['to a stranger', STRANGER_ENI],
    ['to a member that does not answer', ENI[A]],
  ])('is the best one when they lead %s', (_, owner) => {
    const asked = run(vacant(), beat(), ctx()).state;
    const found = run(asked, seenAt(owner), ctx(100));
    expect(found.transferred).toEqual({ to: B, reason: 'first' });
    expect(movesIn(found.effects)).toMatchObject([{ toEni: ENI[B] }]);
  });

  it('is the best one at once where nobody is to be adopted', () => {
    expect(run(vacant(), beat(), ctx(0, { adopt: false })).transferred).toEqual({ to: B, reason: 'first' });
  });

  it('is not looked for before its time, nor in a paused group', () => {
    const early = vacant({ firstReportAt: at(1 - LEASE_MS) });
    expect(looksIn(run(early, beat(), ctx()).effects)).toEqual([]);
    expect(looksIn(run(vacant({ paused: true }), beat(), ctx()).effects)).toEqual([]);
  });
});

describe('unseen: after a commit', () => {
  /** When looks are ordered, by a holder that beats every second and a fabric that is right. */
  const looksOf = (vips: Vip[], owner: string, forMs: number): number[] => {
    const groups = { vips };
    let { state } = run(
      movingState({ holder: A, phaseAt: at(0) }),
      movedInput({ results: vips.map(({ address }) => ({ address, ok: true })) }),
      ctx(0, groups),
    );
    const looks: number[] = [];
    const vipsOf = Object.fromEntries(vips.map(({ address }) => [address, { bound: true, inFabric: true }]));
    for (let ms = 1000; ms <= forMs; ms += 1000) {
      const beaten = run(state, beatOf(A, { vips: vipsOf }, 10 + ms), ctx(ms, groups));
      state = beaten.state;
      if (looksIn(beaten.effects).length === 0) continue;
      looks.push(ms);
      const observations = vips.map(({ address }) => ({ address, owner }));
      state = run(state, { kind: 'observed', observations }, ctx(ms + 50, groups)).state;
    }
    return looks;
  };

  it('the fabric is asked four times, and then no more', () => {
    expect(looksOf([route], ENI[A], 300_000)).toEqual([...CONFIRM_AFTER_MS]);
  });

  it('it is so for one VIP that nobody sees, too, and not where members see them all', () => {
    const seen: Vip = { address: VIP2, fabric: 'secondary-ip' };
    expect(looksOf([route, seen], ENI[A], 300_000)).toEqual([...CONFIRM_AFTER_MS]);
    expect(looksOf([elastic, seen], ENI[A], 100_000)).toEqual([]);
  });

  it('what it shows elsewhere is moved back, and that is confirmed anew', () => {
    const due = heldWith({ [A]: { bound: true, inFabric: false } }, { phaseAt: at(-2000) });
    const looked = run(due, beatOf(A, bound), ctx()).state;
    const wrong = run(looked, seenAt(STRANGER_ENI), ctx(50));
    expect(movesIn(wrong.effects)).toMatchObject([{ to: A, toEni: ENI[A] }]);
    const { id = 0 } = wrong.state.move ?? {};
    const results = [{ address: ROUTE, ok: true }];
    const moved = run(wrong.state, movedInput({ moveId: id, results }), ctx(300)).state;
    expect(moved.phase).toBe('held');
    // No faster than any repair: two systems that fight must not fight at API speed.
    expect(looksIn(run(moved, beatOf(A, bound, 12), ctx(2400)).effects)).toEqual([]);
    expect(looksIn(run(moved, beatOf(A, bound, 12), ctx(10_100)).effects)).toHaveLength(1);
  });
});

describe('unseen: what reports mean', () => {
  it('nothing is missed by a holder that cannot see it', () => {
    let state = heldWith({ [A]: { inFabric: false } }, { confirmed: 4 });
    for (let seq = 11; seq < 16; seq += 1) {
      const beaten = run(state, beatOf(A, bound, seq), ctx(seq * 1000));
      expect(looksIn(beaten.effects)).toEqual([]);
      state = beaten.state;
    }
    expect(state.members[A]).toMatchObject({ bound: true, inFabric: false });
    expect(state.members[A]?.absentLooks).toBeUndefined();
  });

  it('of an Elastic IP only what the witness lists counts: no host binds it', () => {
    const vips = { [elastic.address]: { bound: false, inFabric: true } };
    const { state } = run(heldState(), beatOf(A, { vips }), ctx(0, { vips: [elastic] }));
    expect(state.members[A]).toMatchObject({ bound: true, inFabric: true });
  });

  it('of a route beside an Elastic IP both are told', () => {
    const vips = { ...bound.vips, [elastic.address]: { bound: false, inFabric: false } };
    const { state } = run(heldState(), beatOf(A, { vips }), ctx(0, { vips: [route, elastic] }));
    expect(state.members[A]).toMatchObject({ bound: true, inFabric: false, absentLooks: 1 });
  });
});
