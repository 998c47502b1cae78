/** Proves what a change of holder writes and orders. */
import { describe, expect, it } from 'vitest';
import type { GroupState } from '../../../core/wire/item.ts';
import {
  A,
  at,
  B,
  beatOf,
  C,
  claim,
  ctxAt,
  ENI,
  EPOCH,
  eventsIn,
  heldState,
  heldWith,
  metricsIn,
  movesIn,
  movingState,
  run,
  VIPS,
} from '../fixtures.ts';

const fault = beatOf(A, { health: 'fault' });

describe('transfer: the intent', () => {
  it('raises the epoch by one, names the holder, and orders the move under the rev it is written with', () => {
    const { state, effects } = run(heldState(), fault);
    expect(state).toMatchObject({ epoch: EPOCH + 1, holder: B, phase: 'moving', phaseAt: at(0), rev: 101 });
    expect(state.move).toEqual({ id: 101, attempt: 1, at: at(0), inFlight: true, from: A });
    expect(movesIn(effects)).toEqual([
      {
        kind: 'move',
        epoch: EPOCH + 1,
        moveId: 101,
        attempt: 1,
        to: B,
        toEni: ENI[B],
        vips: VIPS,
        orderedAt: at(0),
        abortAt: at(2000),
      },
    ]);
  });

  it('tells of the transfer before it is carried out', () => {
    const { effects } = run(heldState(), fault);
    expect(eventsIn(effects)).toEqual(['transfer']);
    expect(metricsIn(effects)).toEqual({ Transfers: 1 });
    expect(effects.at(-1)?.kind).toBe('move');
  });

  it('forgets what was counted about the VIP’s whereabouts under the old epoch', () => {
    const state = heldWith({ [A]: { absentLooks: 4 } }, { looks: 3, lookNotBefore: at(60_000) });
    const next = run(state, beatOf(A, { health: 'fault', vips: {} })).state;
    expect(next.members[A]).not.toHaveProperty('absentLooks');
    expect(next).not.toHaveProperty('looks');
    expect(next).not.toHaveProperty('lookNotBefore');
  });
});

describe('transfer: an overtaken order is looked after', () => {
  const targetFault = beatOf(B, { health: 'fault' });

  it('looks at the fabric when the time-out of the order that may still run has passed', () => {
    const { transferred, state } = run(movingState(), targetFault, ctxAt(300));
    expect(transferred).toEqual({ to: A, reason: 'target-fault' });
    expect(state.dirtyAt).toBe(at(5000));
  });

  it('not when that order has ended', () => {
    const ended = movingState({ move: { id: 100, attempt: 1, at: at(0), inFlight: false } });
    expect(run(ended, targetFault, ctxAt(300)).state.dirtyAt).toBeUndefined();
  });
});

describe('hold-down: voluntary moves are damped, more with each transfer in an hour', () => {
  const until = (state: GroupState): number => Number(run(state, fault).state.holdDownUntil) - at(0);

  it('lasts holdDown after a transfer', () => {
    expect(until(heldState())).toBe(60_000);
  });

  it.each([
    [0, 120_000],
    [1, 240_000],
    [4, 1_920_000],
    [9, 1_920_000],
  ])(
    'doubles per transfer within an hour of the last, at most five times (after %i: %i ms)',
    (transfers, ms) => {
      expect(until(heldState({ transfers, transferAt: at(-3_599_999) }))).toBe(ms);
    },
  );

  it('starts over after an hour without a transfer', () => {
    expect(until(heldState({ transfers: 4, transferAt: at(-3_600_000) }))).toBe(60_000);
  });

  it('counts a failover, so that the returning node does not take back at once', () => {
    const silent = heldWith({ [A]: { at: at(-3000) } });
    expect(run(silent, beatOf(C, { claim: claim() })).state.holdDownUntil).toBe(at(60_000));
  });
});
