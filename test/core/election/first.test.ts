/** Proves how a group that nobody holds gets its first holder. */
import { describe, expect, it } from 'vitest';
import { initialState } from '../../../core/election/initial.ts';
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
  LEASE_MS,
  looksIn,
  member,
  movesIn,
  observedInput,
  PRESENT,
  run,
} from '../fixtures.ts';

const vacant = (members = {}) =>
  heldState({ holder: null, phase: 'vacant', epoch: 0, rev: 3, firstReportAt: at(-LEASE_MS), members });
const first = { epochSeen: 0 };

describe('vacant: the first holder', () => {
  it('is chosen one lease after the first report, not before', () => {
    const start = initialState(groupConfig(), at(0));
    const one = run(start, beatOf(C, first), ctxAt(0)).state;
    const early = run(one, beatOf(B, { ...first, priority: 200 }), ctxAt(LEASE_MS - 1));
    expect(early.transferred).toBeUndefined();
    const { transferred, state } = run(early.state, beatOf(C, first, 12), ctxAt(LEASE_MS));
    // Not the first reporter: the better member has had its lease to report.
    expect(transferred).toEqual({ to: B, reason: 'first' });
    expect(state).toMatchObject({ phase: 'moving', epoch: 1 });
  });

  it('is the member that has the VIP already, so that a deployment beside something that works moves nothing', () => {
    const state = vacant({ [B]: member({ priority: 200 }) });
    expect(run(state, beatOf(C, { ...first, vips: PRESENT })).transferred).toEqual({
      to: C,
      reason: 'adopt',
    });
  });

  it('that has the VIP already holds it at once, and nothing is written to the fabric: it is only looked at', () => {
    const adopted = run(vacant(), beatOf(C, { ...first, vips: PRESENT }));
    expect(adopted.state).toMatchObject({ phase: 'held', holder: C, epoch: 1, phaseAt: at(0) });
    expect(movesIn(adopted.effects)).toEqual([]);
    const looked = run(adopted.state, beatOf(C, { ...first, vips: PRESENT }, 12), ctxAt(10));
    expect(looksIn(looked.effects)).toHaveLength(1);
    const right = run(looked.state, observedInput(ENI[C]), ctxAt(50));
    expect(movesIn(right.effects)).toEqual([]);
    const wrong = run(looked.state, observedInput(ENI[A]), ctxAt(50));
    expect(movesIn(wrong.effects)).toMatchObject([{ to: C, toEni: ENI[C], epoch: 1 }]);
  });

  it('of an exclusive group is moved to like any other: the lease decides there, not the fabric', () => {
    const ctx = ctxAt(0, groupConfig({ exclusive: true }));
    const { state, transferred } = run(vacant(), beatOf(C, { ...first, vips: PRESENT }), ctx);
    expect([transferred?.reason, state.phase]).toEqual(['adopt', 'moving']);
  });

  it('may be adopted by a request that may not move anything', () => {
    const ctx = ctxAt(0, groupConfig(), false);
    expect(run(vacant(), beatOf(C, { ...first, vips: PRESENT }), ctx).transferred?.reason).toBe('adopt');
  });

  it('is healthy: a group of FAULTs stays vacant, even when one of them has the VIP', () => {
    expect(
      run(vacant(), beatOf(C, { ...first, health: 'fault', vips: PRESENT })).transferred,
    ).toBeUndefined();
  });

  it('gets no hold-down: there was nobody to come back', () => {
    const { state } = run(vacant(), beatOf(A, first));
    expect(state.holdDownUntil).toBeUndefined();
    expect(state.transfers).toBeUndefined();
  });

  it('is not chosen in a paused group', () => {
    expect(run({ ...vacant(), paused: true }, beatOf(A, first)).transferred).toBeUndefined();
  });
});
