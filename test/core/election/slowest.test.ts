/** Proves that the longest pause of the holder's heartbeats is remembered for one to two minutes, and forgotten then. */
import { describe, expect, it } from 'vitest';
import { leaseMarginMs } from '../../../core/election/slowest.ts';
import type { GroupState } from '../../../core/wire/item.ts';
import { A, B, beatOf, ctxAt, EPOCH, heldState, heldWith, LEASE_MS, run } from '../fixtures.ts';

const marginOf = (state: GroupState): number | undefined => leaseMarginMs(state, ctxAt());

/** The holder's heartbeats at these instants, milliseconds after NOW; its last one before was at NOW. */
const beats = (...offsets: number[]): GroupState => {
  let state = heldState();
  let seq = 11;
  for (const offset of offsets) state = run(state, beatOf(A, {}, (seq += 1)), ctxAt(offset)).state;
  return state;
};
/** Once a second, from one second to another, both included. */
const seconds = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => (from + index) * 1000);

describe('slowest', () => {
  it('is what the lease had left at the longest pause, not at the last', () => {
    expect(marginOf(beats(1000, 3200, 4200))).toBe(LEASE_MS - 2200);
  });

  it('is none of a lease that was exceeded', () => {
    expect(marginOf(beats(1000, 9000))).toBe(0);
  });

  it('is remembered in the minute after, and forgotten in the next', () => {
    const bad = [1000, 3500, 4500];
    expect(marginOf(beats(...bad, ...seconds(6, 62)))).toBe(LEASE_MS - 2500);
    expect(marginOf(beats(...bad, ...seconds(6, 119)))).toBe(LEASE_MS - 2500);
    expect(marginOf(beats(...bad, ...seconds(6, 122)))).toBe(LEASE_MS - 1000);
  });

  it('is not a standby’s, whose pauses cost nothing', () => {
    expect(run(heldWith({ [B]: { at: heldState().phaseAt } }), beatOf(B)).state.slowest).toBeUndefined();
  });

  it('begins anew with each epoch: it was another holder’s, or from before a move', () => {
    const earlier = { ...beats(1000, 3500), epoch: EPOCH + 1 };
    expect(marginOf(earlier)).toBeUndefined();
    const later = run(earlier, beatOf(A, {}, 20), ctxAt(4500)).state;
    expect(marginOf(later)).toBe(LEASE_MS - 1000);
  });
});
