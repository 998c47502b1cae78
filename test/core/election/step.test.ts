/** Proves the frame around all rules: fabric work only where it may be done, one write per input, nothing lost. */
import { describe, expect, it } from 'vitest';
import {
  A,
  at,
  B,
  beatOf,
  C,
  claim,
  ctxAt,
  EPOCH,
  failedResult,
  groupConfig,
  heldState,
  heldWith,
  movedInput,
  movesIn,
  movingState,
  PRESENT,
  run,
} from '../fixtures.ts';

const noMove = ctxAt(0, groupConfig(), false);

describe('step: fabric work is ordered only by a request that may do it', () => {
  it.each([
    ['a transfer', heldState(), beatOf(A, { health: 'fault' })],
    ['a claim', heldWith({ [A]: { at: at(-3000) } }), beatOf(B, { claim: claim() })],
    ['a look', heldState(), beatOf(C, { vips: PRESENT })],
    ['the next attempt', movingState(), movedInput({ results: [failedResult(false)] })],
  ])('%s is left, and the answer asks for a request of its own', (_, state, input) => {
    const outcome = run(state, input, noMove);
    expect(outcome.work).toBe(true);
    expect(outcome.transferred).toBeUndefined();
    expect(outcome.effects.map(({ kind }) => kind)).not.toContain('move');
    expect(outcome.effects.map(({ kind }) => kind)).not.toContain('look');
    // What the report said is kept all the same.
    expect(outcome.state.rev).toBe(101);
  });

  it('says nothing of work where none is due', () => {
    expect(run(heldState(), beatOf(B), noMove)).not.toHaveProperty('work');
    expect(run(heldState(), beatOf(A, { health: 'fault' }))).not.toHaveProperty('work');
  });

  it('finds the work again in the next request that may do it', () => {
    const { state } = run(heldState(), beatOf(A, { health: 'fault' }), noMove);
    expect(run(state, beatOf(B)).transferred).toEqual({ to: B, reason: 'fault' });
  });
});

describe('step: rev', () => {
  it('rises by one with each input that changes anything, however much follows from it', () => {
    expect(run(heldState(), beatOf(B)).state.rev).toBe(101);
    expect(run(heldState(), beatOf(A, { health: 'fault' })).state.rev).toBe(101);
    expect(run(movingState(), movedInput({ results: [failedResult(true)] })).state.rev).toBe(101);
  });
});

describe('step: a heartbeat on a group at rest', () => {
  it('is taken, and moves, looks at and reports nothing', () => {
    const before = run(heldState(), beatOf(A)).state;
    const { state, effects, transferred } = run(before, beatOf(A, {}, 12));
    expect(effects).toEqual([]);
    expect(transferred).toBeUndefined();
    expect(state.members[A]).toMatchObject({ seq: 12, bound: true, inFabric: true });
    expect(state.epoch).toBe(EPOCH);
  });

  it('orders no second move while one is under way', () => {
    expect(movesIn(run(movingState(), beatOf(C)).effects)).toEqual([]);
    expect(movesIn(run(movingState(), beatOf(B)).effects)).toEqual([]);
  });
});
