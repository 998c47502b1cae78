/** Proves that the brake lets single failures through, stops a mass of them, and lets go again. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  admit,
  BRAKE_GROUPS_MIN,
  BRAKE_HOLD_MS,
  BRAKE_MOVES_MAX,
  BRAKE_SHARE,
  BRAKE_WINDOW_MS,
  type BrakeState,
  brakeStateSchema,
  initialBrake,
  isBraked,
  withGroup,
} from '../../core/brake.ts';
import { at, NOW } from './fixtures.ts';
import { deepFreeze } from './freeze.ts';

/** The state after these groups asked one after the other at one instant, and which of them were admitted. */
const askAll = (before: BrakeState, groups: readonly string[], offsetMs = 0) => {
  let state = before;
  const admitted: boolean[] = [];
  const tripped: boolean[] = [];
  for (const group of groups) {
    const answer = admit(deepFreeze(state), group, at(offsetMs));
    ({ state } = answer);
    admitted.push(answer.admitted);
    tripped.push(answer.tripped);
  }
  return { state, admitted, tripped };
};

const names = (count: number, prefix = 'g'): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
const brakeOf = (groups: number): BrakeState => ({ ...initialBrake(), groups });
const yes = (count: number): boolean[] => Array.from({ length: count }, () => true);

describe('brake: what it lets through', () => {
  it('nine groups of nine: fewer than ten never trip it', () => {
    const { admitted, state } = askAll(brakeOf(9), names(9));
    expect(admitted).toEqual(yes(9));
    expect(state.trippedAt).toBeUndefined();
  });

  it('a fifth of a hundred groups, and not one more', () => {
    const { admitted, tripped } = askAll(brakeOf(100), names(21));
    expect(admitted).toEqual([...yes(20), false]);
    expect(tripped.filter(Boolean)).toHaveLength(1);
    expect(tripped.at(-1)).toBe(true);
  });

  it('the tenth of ten is refused', () => {
    expect(askAll(brakeOf(10), names(10)).admitted).toEqual([...yes(9), false]);
  });

  it('as many claims of one group as it likes: each group counts once', () => {
    const again = Array.from({ length: 50 }, () => 'g-0');
    const { admitted, state } = askAll(brakeOf(10), again);
    expect(admitted).toEqual(yes(50));
    expect(state.recent).toEqual([{ group: 'g-0', at: at(0) }]);
  });

  it('moves that are half a minute old count no more', () => {
    const before = askAll(brakeOf(10), names(9)).state;
    expect(askAll(before, ['late'], BRAKE_WINDOW_MS - 1).admitted).toEqual([false]);
    const later = askAll(before, ['late'], BRAKE_WINDOW_MS);
    expect(later.admitted).toEqual([true]);
    expect(later.state.recent).toEqual([{ group: 'late', at: at(BRAKE_WINDOW_MS) }]);
  });

  it('a group that moves again counts from its newest move', () => {
    const first = askAll(brakeOf(10), names(9)).state;
    const again = askAll(first, ['g-0'], 20_000).state;
    const late = askAll(again, ['g-9'], BRAKE_WINDOW_MS).state;
    expect(late.recent.map(({ group }) => group)).toEqual(['g-0', 'g-9']);
  });

  it('however many groups there are, what it remembers stays bounded', () => {
    const recent = names(BRAKE_MOVES_MAX).map((group) => ({ group, at: at(0) }));
    const state = { ...brakeOf(1_000_000), recent };
    expect(admit(state, 'one-more', at(0))).toMatchObject({ admitted: false, tripped: true });
    expect(admit({ ...state, recent: recent.slice(1) }, 'one-more', at(0)).admitted).toBe(true);
  });
});

describe('brake: while it is on', () => {
  const tripped = askAll(brakeOf(10), names(10)).state;

  it('refuses everybody, and there is nothing to write', () => {
    for (const group of ['g-0', 'another']) {
      const answer = admit(tripped, group, at(BRAKE_HOLD_MS - 1));
      expect(answer).toEqual({ state: tripped, admitted: false, tripped: false });
      expect(answer.state).toBe(tripped);
    }
  });

  it('does not count the claim that tripped it: its group did not move', () => {
    expect(tripped.recent).toHaveLength(9);
    expect(tripped.recent.map(({ group }) => group)).not.toContain('g-9');
  });

  it('ends after two minutes, forgotten by the next claim', () => {
    expect(isBraked(tripped, at(0))).toBe(true);
    expect(isBraked(tripped, at(BRAKE_HOLD_MS - 1))).toBe(true);
    expect(isBraked(tripped, at(BRAKE_HOLD_MS))).toBe(false);
    const next = admit(tripped, 'next', at(BRAKE_HOLD_MS));
    expect(next).toMatchObject({ admitted: true, tripped: false });
    expect(next.state.trippedAt).toBeUndefined();
    expect(next.state.recent).toEqual([{ group: 'next', at: at(BRAKE_HOLD_MS) }]);
  });

  it('is not held on by a clock that stepped back', () => {
    expect(isBraked(tripped, at(1 - BRAKE_HOLD_MS))).toBe(true);
    expect(isBraked(tripped, at(0 - BRAKE_HOLD_MS))).toBe(false);
  });

  it('trips again if as many claim again', () => {
    const again = askAll(tripped, names(10, 'h'), BRAKE_HOLD_MS);
    expect(again.admitted).toEqual([...yes(9), false]);
    expect(again.state.trippedAt).toBe(NOW + BRAKE_HOLD_MS);
  });
});

describe('brake: the item', () => {
  it('one that nothing has touched is valid, off, and knows no group', () => {
    expect(brakeStateSchema.parse(initialBrake())).toEqual({ rev: 0, nonce: '', groups: 0, recent: [] });
    expect(isBraked(initialBrake(), at(0))).toBe(false);
  });

  it('each change raises its rev by one; a new group changes nothing else', () => {
    const moved = admit(brakeOf(5), 'g', at(0)).state;
    expect(moved.rev).toBe(1);
    const tripped = askAll(brakeOf(10), names(10)).state;
    expect(tripped.rev).toBe(10);
    expect(withGroup(tripped)).toEqual({ ...tripped, rev: 11, groups: 11 });
  });

  it('for any sequence: never more groups within the window than it allows, and the item stays valid', () => {
    const asks = fc.array(
      fc.record({ group: fc.nat({ max: 40 }), waitMs: fc.integer({ min: 0, max: 20_000 }) }),
      { maxLength: 120 },
    );
    fc.assert(
      fc.property(asks, fc.nat({ max: 100 }), (sequence, groups) => {
        let state = brakeOf(groups);
        let offsetMs = 0;
        const moved: { group: string; at: number }[] = [];
        for (const { group, waitMs } of sequence) {
          offsetMs += waitMs;
          const name = `g-${group}`;
          const answer = admit(deepFreeze(state), name, at(offsetMs));
          state = brakeStateSchema.parse(answer.state);
          if (answer.admitted) moved.push({ group: name, at: offsetMs });
          const within = moved.filter((move) => offsetMs - move.at < BRAKE_WINDOW_MS);
          const distinct = new Set(within.map((move) => move.group)).size;
          expect(distinct).toBeLessThanOrEqual(Math.max(BRAKE_GROUPS_MIN - 1, BRAKE_SHARE * groups));
        }
      }),
    );
  });
});
