/** Proves that what is marked for later is looked at then, whatever is marked for now in the meantime. */
import { describe, expect, it } from 'vitest';
import type { GroupState } from '../../../core/wire/item.ts';
import { A, at, B, beatOf, ctxAt, ENI, heldState, movedInput, observedInput, run } from '../fixtures.ts';

const LATER = at(5000);
/** An order that was overtaken may take effect until then. */
const overtaken = (over: Partial<GroupState> = {}): GroupState => heldState({ dirtyAt: LATER, ...over });
/** The word of a mover whose order is not the item's. */
const stale = movedInput({ moveId: 1 });

describe('marks: one for now and one for later', () => {
  it('stand side by side', () => {
    const { state } = run(overtaken(), stale, ctxAt(10));
    // The look for now is ordered in the same step, which puts its mark off by a second.
    expect(state).toMatchObject({ dirtyAt: at(1010), dirtyLaterAt: LATER });
    expect(run(state, stale, ctxAt(20)).state).toMatchObject({ dirtyAt: at(1020), dirtyLaterAt: LATER });
  });

  it('the later one is there again when the look for the other has found nothing, twice', () => {
    const now = run(overtaken(), stale, ctxAt(10)).state;
    const once = run(now, observedInput(ENI[A]), ctxAt(50)).state;
    expect(once).toMatchObject({ dirtyAt: at(2050), recheck: true, dirtyLaterAt: LATER });
    const twice = run(once, observedInput(ENI[A]), ctxAt(2100)).state;
    expect(twice.dirtyAt).toBe(LATER);
    expect([twice.dirtyLaterAt, twice.recheck]).toEqual([undefined, undefined]);
  });

  it('or when it has found something, which is put right', () => {
    const now = run(overtaken(), stale, ctxAt(10)).state;
    expect(run(now, observedInput(ENI[B]), ctxAt(50)).state).toMatchObject({
      phase: 'moving',
      dirtyAt: LATER,
    });
  });

  it('only a mark of an order is kept: not one that has come, that a look has put off or that asks for a second look', () => {
    const laterOf = (state: GroupState): number | undefined =>
      run(state, stale, ctxAt(10)).state.dirtyLaterAt;
    expect(laterOf(overtaken({ dirtyAt: at(5) }))).toBeUndefined();
    expect(laterOf(overtaken({ lookNotBefore: LATER }))).toBeUndefined();
    expect(laterOf(overtaken({ recheck: true }))).toBeUndefined();
    // Left over from before a clock stepped back by an hour: it limits nothing, and comes now.
    expect(laterOf(overtaken({ dirtyAt: at(3_600_000) }))).toBeUndefined();
  });

  it('a mark for a later order stands for those of all orders before it', () => {
    const state: GroupState = {
      ...overtaken({ dirtyAt: at(3000), dirtyLaterAt: at(4000) }),
      phase: 'moving',
      move: { id: 9, attempt: 1, at: at(0), inFlight: true },
    };
    const next = run(state, beatOf(state.holder === A ? A : B, { health: 'fault' }), ctxAt(100)).state;
    expect(next.dirtyAt).toBe(at(5000));
    expect(next.dirtyLaterAt).toBeUndefined();
  });
});
