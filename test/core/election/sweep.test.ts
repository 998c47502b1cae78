/** Proves what the backstop does that nobody else would, and that it costs nothing when all is right. */
import { describe, expect, it } from 'vitest';
import type { Input, Observation } from '../../../core/election/types.ts';
import type { GroupState } from '../../../core/wire/item.ts';
import {
  A,
  at,
  B,
  beatOf,
  C,
  ctxAt,
  ENI,
  EPOCH,
  groupConfig,
  heldState,
  heldWith,
  metricsIn,
  movesIn,
  movingState,
  run,
  STRANGER_ENI,
  TWO_VIPS,
  VIP,
  VIP2,
} from '../fixtures.ts';

const sweep = (observations: readonly Observation[] = [], seenMs = 0, epoch = EPOCH): Input => ({
  kind: 'sweep',
  epoch,
  seenAt: at(seenMs),
  observations,
});
const seen = (owner: string | null, address = VIP): Observation => ({ address, owner });

describe('sweep: the fabric', () => {
  it('changes nothing, and writes nothing, when the holder has its VIP', () => {
    const state = heldState();
    expect(run(state, sweep([seen(ENI[A])])).state).toBe(state);
    expect(run(state, sweep()).state).toBe(state);
  });

  it.each([ENI[B], STRANGER_ENI, null])('moves it back from %s under the same epoch, and counts', (owner) => {
    const { state, effects } = run(heldState(), sweep([seen(owner)]));
    expect(state).toMatchObject({ phase: 'moving', epoch: EPOCH, holder: A, reason: 'drift', repairs: 1 });
    expect(movesIn(effects)).toMatchObject([{ toEni: ENI[A] }]);
    expect(metricsIn(effects)).toEqual({ DriftRepaired: 1 });
  });

  it('moves back only what is wrong', () => {
    const ctx = ctxAt(0, groupConfig({ vips: [...TWO_VIPS] }));
    const { effects } = run(heldState(), sweep([seen(ENI[A]), seen(ENI[C], VIP2)]), ctx);
    expect(movesIn(effects)[0]?.vips).toEqual([{ address: VIP2, fabric: 'secondary-ip' }]);
  });

  it('takes nothing for wrong that was seen within the settle after a commit, or before it', () => {
    const wrong = [seen(ENI[B])];
    const committed = (beforeMs: number): GroupState => heldState({ phaseAt: at(-beforeMs) });
    expect(movesIn(run(committed(10_001), sweep(wrong)).effects)).toHaveLength(1);
    expect(movesIn(run(committed(10_000), sweep(wrong)).effects)).toEqual([]);
    // The Lambda stood still between its look and its write, and something was committed meanwhile.
    expect(movesIn(run(committed(60_000), sweep(wrong, -50_500), ctxAt(0)).effects)).toEqual([]);
  });

  it('is not kept away by a commit that a clock has dated ahead (simulation, seed 2071719)', () => {
    const wrong = [seen(ENI[B])];
    const ahead = heldState({ phaseAt: at(3_600_000) });
    expect(movesIn(run(ahead, sweep(wrong)).effects)).toHaveLength(1);
    // A little ahead is another Lambda's clock: that commit has just been made.
    expect(movesIn(run(heldState({ phaseAt: at(1500) }), sweep(wrong)).effects)).toEqual([]);
  });

  it('nor what was seen under another epoch, or while anything is under way', () => {
    const wrong = [seen(ENI[B])];
    expect(movesIn(run(heldState(), sweep(wrong, 0, EPOCH - 1)).effects)).toEqual([]);
    expect(movesIn(run(movingState(), sweep([seen(ENI[A])], 60_000)).effects)).toEqual([]);
  });

  it('keeps the pace of all repairs', () => {
    const { state } = run(heldState(), sweep([seen(ENI[B])]));
    expect(state.lookNotBefore).toBe(at(10_000));
    const waiting = heldState({ lookNotBefore: at(1) });
    expect(run(waiting, sweep([seen(ENI[B])])).state).toBe(waiting);
  });

  it('orders nothing when there is no time left to do it', () => {
    const state = heldState();
    expect(run(state, sweep([seen(ENI[B])]), ctxAt(0, groupConfig(), false)).state).toBe(state);
  });
});

describe('sweep: work that nobody has finished', () => {
  it('a move that was lost with its Lambda is ordered again', () => {
    const { state, effects } = run(movingState(), sweep(), ctxAt(5000));
    expect(state.move?.attempt).toBe(2);
    expect(movesIn(effects)).toHaveLength(1);
  });

  it('a mark is looked at', () => {
    const { effects } = run(heldState({ dirtyAt: at(-1) }), sweep());
    expect(effects).toMatchObject([{ kind: 'look' }]);
  });

  it('an exclusive holder that lives and does not let go goes on', () => {
    const config = groupConfig({ exclusive: true });
    const state = heldWith({ [A]: { at: at(3000) } }, { phase: 'releasing', phaseAt: at(0) });
    expect(run(state, sweep(), ctxAt(3000, config)).state.phase).toBe('held');
  });

  it('a leaving holder is replaced', () => {
    const state = heldWith({ [A]: { resignedAt: at(-5000) } });
    expect(run(state, sweep()).transferred).toEqual({ to: B, reason: 'resign' });
  });
});

describe('sweep: silence that nobody claims', () => {
  /** A silent for so long, B ready for so long and just heard of. */
  const silent = (holderMs: number, readyMs: number): GroupState =>
    heldWith({ [A]: { at: at(-holderMs) }, [B]: { okSince: at(-readyMs) }, [C]: { at: at(-90_000) } });

  it('moves the group after many leases, and is a matter of the brake', () => {
    const outcome = run(silent(30_000, 30_000), sweep());
    expect(outcome.transferred).toEqual({ to: B, reason: 'silence' });
    expect(outcome.onSilence).toBe(true);
  });

  it('only by the sweep: others leave it to the claim', () => {
    expect(run(silent(90_000, 90_000), beatOf(B)).transferred).toBeUndefined();
  });

  it('not a moment earlier, and not for a standby that was away itself: the arbiter may have been', () => {
    expect(run(silent(29_999, 90_000), sweep()).transferred).toBeUndefined();
    expect(run(silent(90_000, 29_999), sweep()).transferred).toBeUndefined();
  });

  it('with a long lease after ten of them', () => {
    const slow = groupConfig({ leaseMs: 9000 as never });
    expect(run(silent(89_999, 90_000), sweep(), ctxAt(0, slow)).transferred).toBeUndefined();
    expect(run(silent(90_000, 90_000), sweep(), ctxAt(0, slow)).transferred?.to).toBe(B);
  });

  it('not against a clock that has gone back: how long ago that was is unknown', () => {
    expect(run(silent(-60_000, 90_000), sweep()).transferred).toBeUndefined();
  });

  it('not while the brake is on, not while the group is paused', () => {
    const state = silent(90_000, 90_000);
    expect(run(state, sweep(), { ...ctxAt(), braked: true }).transferred).toBeUndefined();
    expect(run({ ...state, paused: true }, sweep()).transferred).toBeUndefined();
  });

  it('never in an exclusive group: it proves nothing', () => {
    const ctx = ctxAt(0, groupConfig({ exclusive: true }));
    const { state, transferred } = run(silent(90_000, 90_000), sweep(), ctx);
    expect([state.phase, transferred]).toEqual(['held', undefined]);
  });
});
