/** Proves when the fabric is looked at, what counts as drift, and that repairs do not fight the fabric's own delay. */
import { describe, expect, it } from 'vitest';
import type { GroupState } from '../../../core/wire/item.ts';
import {
  A,
  ABSENT,
  at,
  B,
  beatOf,
  C,
  ctxAt,
  ENI,
  EPOCH,
  eventsIn,
  groupConfig,
  heldState,
  heldWith,
  looksIn,
  metricsIn,
  movedInput,
  movesIn,
  movingState,
  observedInput,
  PRESENT,
  run,
  TWO_VIPS,
  VIP,
  VIP2,
  VIPS,
} from '../fixtures.ts';

const looks = (state: GroupState, input: Parameters<typeof run>[1], ctx = ctxAt()): number =>
  looksIn(run(state, input, ctx).effects).length;
const once = heldWith({ [A]: { absentLooks: 1 } });

describe('look: the holder misses its VIP', () => {
  it('after two consecutive absences, more than 10 s after the commit', () => {
    expect(looks(once, beatOf(A, { vips: ABSENT }))).toBe(1);
  });

  it.each([
    ['the first absence', heldState()],
    ['before the fabric has settled', heldWith({ [A]: { absentLooks: 1 } }, { phaseAt: at(-10_000) })],
    [
      'while a look is under way or backing off',
      heldWith({ [A]: { absentLooks: 1 } }, { lookNotBefore: at(1) }),
    ],
    ['while a move is under way', movingState({ holder: A })],
  ])('not: %s', (_, state) => {
    expect(looks(state, beatOf(A, { vips: ABSENT }))).toBe(0);
  });

  it('what is nowhere while a move runs may be between two calls of it: that is no drift', () => {
    const state = movingState({ holder: A });
    expect(run(state, observedInput(null))).toEqual({ state, effects: [] });
  });

  it('orders one look at a time', () => {
    const { state } = run(once, beatOf(A, { vips: ABSENT }));
    expect(state.lookNotBefore).toBe(at(1000));
    expect(looks(state, beatOf(A, { vips: ABSENT }, 12), ctxAt(999))).toBe(0);
    expect(looks(state, beatOf(A, { vips: ABSENT }, 12), ctxAt(1000))).toBe(1);
  });
});

describe('look: another member says it has the VIP', () => {
  it('at once when that member had reported it absent in this epoch', () => {
    expect(looks(heldState({ phaseAt: at(-100) }), beatOf(C, { vips: PRESENT }))).toBe(1);
  });

  it('only after the settle when it had not: right after a transfer that is old metadata', () => {
    const fresh = heldWith({ [C]: { absentEpoch: EPOCH - 1 } }, { phaseAt: at(-10_000) });
    expect(looks(fresh, beatOf(C, { vips: PRESENT }))).toBe(0);
    expect(looks(fresh, beatOf(C, { vips: PRESENT }), ctxAt(1))).toBe(1);
  });

  it('not for the holder’s own presence', () => {
    expect(looks(heldState(), beatOf(A, { vips: PRESENT }))).toBe(0);
  });
});

describe('look: a dirty item', () => {
  it('is looked at once more after 2 s, for a stale mover’s doing shows later than its answer', () => {
    const first = run(heldState({ dirtyAt: at(0) }), observedInput(ENI[A]), ctxAt(50)).state;
    expect(first).toMatchObject({ dirtyAt: at(2050), recheck: true });
    const second = run(first, observedInput(ENI[A]), ctxAt(2100)).state;
    expect(second.dirtyAt).toBeUndefined();
    expect(second.recheck).toBeUndefined();
    const stale = run({ ...first, recheck: true }, movedInput({ epoch: EPOCH - 1 }), ctxAt(100)).state;
    expect(stale.recheck).toBeUndefined();
    expect(
      run(heldState({ dirtyAt: at(0) }), observedInput(ENI[B]), ctxAt(50)).state.dirtyAt,
    ).toBeUndefined();
  });

  it('at its instant, settled or not', () => {
    const dirty = heldState({ dirtyAt: at(100), phaseAt: at(0) });
    expect(looks(dirty, beatOf(C), ctxAt(99))).toBe(0);
    expect(looks(dirty, beatOf(C), ctxAt(100))).toBe(1);
  });

  it('although looks back off: a stale mover may just have taken the VIP away', () => {
    const backedOff = heldState({ dirtyAt: at(0), lookNotBefore: at(55_000), looks: 3 });
    expect(looks(backedOff, beatOf(C))).toBe(1);
  });

  it('but once: while that look is under way nobody orders another', () => {
    const ordered = run(heldState({ dirtyAt: at(0) }), beatOf(C)).state;
    expect(looks(ordered, beatOf(C, {}, 12), ctxAt(500))).toBe(0);
  });

  it('again a second later, when that look was lost with its Lambda', () => {
    const ordered = run(heldState({ dirtyAt: at(0) }), beatOf(C)).state;
    expect(looks(ordered, beatOf(C, {}, 12), ctxAt(1000))).toBe(1);
  });

  it('is clean after the look that it ordered, but looked at again when it was marked anew while that look was under way', () => {
    const ordered = run(heldState({ dirtyAt: at(0) }), beatOf(C)).state;
    expect(run(ordered, observedInput(ENI[A]), ctxAt(50)).state.recheck).toBe(true);
    const marked = run(ordered, movedInput({ moveId: 1 }), ctxAt(20, groupConfig(), false)).state;
    expect(looks(marked, observedInput(ENI[A]), ctxAt(50))).toBe(1);
  });

  it('right after the commit of the move that was under way', () => {
    expect(looks(movingState({ dirtyAt: at(0) }), movedInput(), ctxAt(50))).toBe(1);
  });

  it('is clean after a look, but not after one that came before its instant', () => {
    expect(
      run(heldState({ dirtyAt: at(0), recheck: true }), observedInput(ENI[A])).state.dirtyAt,
    ).toBeUndefined();
    expect(run(heldState({ dirtyAt: at(1) }), observedInput(ENI[A])).state.dirtyAt).toBe(at(1));
  });
});

describe('observed: right is lag, wrong is moved back', () => {
  it('changes nothing but the pace when the holder has it', () => {
    const { state, effects, transferred } = run(heldState(), observedInput(ENI[A]));
    expect(effects).toEqual([]);
    expect(transferred).toBeUndefined();
    expect(state).toMatchObject({ phase: 'held', looks: 1, lookNotBefore: at(10_000) });
  });

  it.each([
    ['another ENI', ENI[C]],
    ['no ENI', null],
  ])('moves it back from %s under the same epoch, and counts', (_, owner) => {
    const { state, effects } = run(heldState(), observedInput(owner));
    expect(state).toMatchObject({ phase: 'moving', holder: A, epoch: EPOCH, reason: 'drift', repairs: 1 });
    expect(movesIn(effects)).toMatchObject([{ to: A, toEni: ENI[A], epoch: EPOCH, vips: VIPS }]);
    expect(eventsIn(effects)).toEqual(['drift']);
    expect(metricsIn(effects)).toEqual({ DriftRepaired: 1 });
  });

  it('moves back only what is wrong, and takes silence about a VIP for nothing', () => {
    const config = groupConfig({ vips: [...TWO_VIPS] });
    const { effects } = run(heldState(), observedInput(ENI[C], VIP2), ctxAt(0, config));
    expect(movesIn(effects)[0]?.vips.map(({ address }) => address)).toEqual([VIP2]);
    expect(
      movesIn(run(heldState(), { kind: 'observed', observations: [] }, ctxAt(0, config)).effects),
    ).toEqual([]);
    expect(movesIn(run(heldState(), observedInput(ENI[C], '10.9.9.9')).effects)).toEqual([]);
  });

  it('comes too late while a move is under way', () => {
    const state = movingState();
    const outcome = run(state, observedInput(ENI[C]));
    expect(outcome.state).toBe(state);
    expect(outcome.effects).toEqual([]);
  });

  it('backs off 10, 20, 60, 60 s while looks follow each other', () => {
    let state = heldState();
    const waits: number[] = [];
    for (let now = 0, round = 0; round < 4; round += 1) {
      state = run(state, observedInput(ENI[A]), ctxAt(now)).state;
      waits.push(Number(state.lookNotBefore) - at(now));
      now = Number(state.lookNotBefore) - at(0);
    }
    expect(waits).toEqual([10_000, 20_000, 60_000, 60_000]);
  });

  it('keeps a hand that fights for the VIP at the same pace: a repair does not reset it', () => {
    const first = run(heldState(), observedInput(ENI[C])).state;
    const id = first.move?.id ?? 0;
    const committed = run(first, movedInput({ moveId: id }), ctxAt(10)).state;
    expect(committed.lookNotBefore).toBe(at(10_000));
    expect(looks(committed, beatOf(C, { vips: PRESENT }), ctxAt(9999))).toBe(0);
    expect(looks(committed, beatOf(C, { vips: PRESENT }), ctxAt(10_000))).toBe(1);
  });

  it('starts over after a quiet minute', () => {
    const tired = heldState({ looks: 3, lookNotBefore: at(-600_000) });
    const ordered = run(tired, beatOf(C, { vips: PRESENT }));
    expect(looksIn(ordered.effects)).toHaveLength(1);
    expect(run(ordered.state, observedInput(ENI[A]), ctxAt(50)).state).toMatchObject({
      looks: 1,
      lookNotBefore: at(10_050),
    });
  });

  it('names the owners it saw', () => {
    const { effects } = run(heldState(), observedInput(null));
    expect(effects[0]).toMatchObject({ event: { detail: { owners: `${VIP}=none` } } });
  });

  it('is no business of a standby', () => {
    const said = run(heldState(), beatOf(B)).state;
    expect(run(said, beatOf(B, {}, 12)).effects).toEqual([]);
  });
});
