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
  groupConfig,
  heldState,
  LEASE_MS,
  member,
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
