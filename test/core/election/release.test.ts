/** Proves that a fenced group's holder is asked to let go before a planned move, and that it holds no move up for long. */
import { describe, expect, it } from 'vitest';
import { answerFor } from '../../../core/election/answer.ts';
import type { Input, StepContext } from '../../../core/election/types.ts';
import { durationMs } from '../../../core/time.ts';
import type { GroupState, MemberState } from '../../../core/wire/item.ts';
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
  groupConfig,
  heldState,
  heldWith,
  movesIn,
  run,
  VIP,
} from '../fixtures.ts';

type Over = Parameters<typeof groupConfig>[0];
const on = (offsetMs = 0, over: Over = {}, mayMove = true): StepContext =>
  ctxAt(offsetMs, groupConfig({ release: true, ...over }), mayMove);
const released = { vips: { [VIP]: { bound: false, inFabric: true } }, released: EPOCH };
const releasing = (members: Record<string, Partial<MemberState>> = {}, over: Partial<GroupState> = {}) =>
  heldWith(members, { phase: 'releasing', phaseAt: at(0), reason: 'fault', ...over });
const gone = { at: at(-9000) };

describe('release: asked', () => {
  it.each<[string, GroupState, Input]>([
    ['a FAULT', heldState(), beatOf(A, { health: 'fault' })],
    ['a resignation', heldWith({ [A]: { resignedAt: at(-500) } }), beatOf(B)],
    ['a notice', heldWith({ [A]: { cloud: { said: 'spot', at: at(-500) } } }), beatOf(B)],
    ['an order', heldState({ handover: { to: B, at: at(0) } }), beatOf(B)],
    ['a drained holder', heldState({ drained: [A] }), beatOf(B)],
  ])('%s: the holder is asked, and nothing moves yet', (_, state, input) => {
    const outcome = run(state, input, on(0, {}, false));
    expect(outcome.state).toMatchObject({ phase: 'releasing', holder: A, epoch: EPOCH });
    expect(eventsIn(outcome.effects)).toEqual(['releasing']);
    expect(outcome.work).toBeUndefined();
    expect(answerFor(outcome.state, A, on())).toMatchObject({ role: 'MASTER', release: true });
    expect(answerFor(outcome.state, B, on()).heartbeatMs).toBe(25);
  });

  it.each<[string, GroupState, Input]>([
    ['silent', heldWith({ [A]: { at: at(-3000) } }), beatOf(B, { claim: claim() })],
    ['gone', heldWith({ [A]: { cloud: { said: 'stopped', at: at(0) } } }), beatOf(B)],
    ['deaf', heldWith({ [A]: { deafSince: at(-2000), behind: true } }), beatOf(B)],
  ])('one that is %s is not', (_, state, input) => {
    expect(run(state, input, on()).transferred?.to).toBe(B);
  });

  it('a group without the words moves at once', () => {
    expect(run(heldState(), beatOf(A, { health: 'fault' })).state.phase).toBe('moving');
  });

  it('after a restore nobody is asked: the living holder goes on', () => {
    const outcome = run(heldState(), beatOf(A, { epochSeen: EPOCH + 3 }), on());
    expect(outcome.state).toMatchObject({ phase: 'moving', holder: A, epoch: EPOCH + 4, reason: 'restored' });
  });
});

describe('release: answered', () => {
  it('the VIPs move in that very request', () => {
    const outcome = run(releasing(), beatOf(A, released), on(200));
    expect(outcome.transferred).toEqual({ to: B, reason: 'fault' });
    expect(movesIn(outcome.effects)[0]).toMatchObject({ toEni: ENI[B], epoch: EPOCH + 1 });
  });

  it('to whom an operator has ordered', () => {
    const state = releasing({}, { reason: 'operator', handover: { to: C, at: at(0) } });
    expect(run(state, beatOf(A, released), on(200)).transferred).toEqual({ to: C, reason: 'operator' });
  });

  it('with nobody else left the holder goes on, under a new epoch', () => {
    const outcome = run(releasing({ [B]: gone, [C]: gone }), beatOf(A, released), on(200));
    expect(outcome.state).toMatchObject({ phase: 'held', holder: A, epoch: EPOCH + 1 });
    expect(movesIn(outcome.effects)).toEqual([]);
  });

  it('nobody else left, and it is leaving: the group stays its own', () => {
    const state = releasing({ [A]: { resignedAt: at(-1) }, [B]: gone, [C]: gone });
    const outcome = run(state, beatOf(A, { ...released, resign: true }), on(3100));
    expect(outcome.state).toMatchObject({ phase: 'releasing', holder: A, epoch: EPOCH });
    expect(run(outcome.state, beatOf(B), on(3200)).transferred).toEqual({ to: B, reason: 'fault' });
  });

  it('too late, when it was left alone again: it holds nothing, and somebody must', () => {
    expect(run(heldState(), beatOf(A, released), on(200)).transferred).toEqual({ to: B, reason: 'released' });
    const alone = run(heldWith({ [B]: gone, [C]: gone }), beatOf(A, released), on(200));
    expect(alone.transferred).toEqual({ to: A, reason: 'released' });
  });

  it('in a group that is asked no more, too', () => {
    expect(run(heldState(), beatOf(A, released)).transferred).toEqual({ to: B, reason: 'released' });
  });

  it('of an older epoch it is an old story', () => {
    expect(
      run(heldState(), beatOf(A, { ...released, released: EPOCH - 1 }), on()).transferred,
    ).toBeUndefined();
  });
});

describe('release: not answered', () => {
  it('the VIPs move all the same after three seconds, and three heartbeats', () => {
    const alive = { [A]: { at: at(2900) }, [B]: { at: at(2900) }, [C]: { at: at(2900) } };
    expect(run(releasing(alive), beatOf(B), on(2999)).transferred).toBeUndefined();
    expect(run(releasing(alive), beatOf(B), on(3000)).transferred).toEqual({ to: B, reason: 'fault' });
    const later = { [A]: { at: at(5000) }, [B]: { at: at(5000) }, [C]: { at: at(5000) } };
    const slow: Over = { heartbeatMs: durationMs(2000) };
    expect(run(releasing(later), beatOf(B), on(5999, slow)).transferred).toBeUndefined();
    expect(run(releasing(later), beatOf(B), on(6000, slow)).transferred?.to).toBe(B);
  });

  it.each<[string, Partial<MemberState>]>([
    ['silent', { at: at(-1501) }],
    ['deaf', { deafSince: at(0) }],
    ['gone', { cloud: { said: 'stopped', at: at(0) } }],
  ])('at once, when the holder is %s', (_, fields) => {
    expect(run(releasing({ [A]: fields }), beatOf(B), on()).transferred).toEqual({ to: B, reason: 'fault' });
  });

  it('then to whom an operator has ordered', () => {
    const handover = { to: C, at: at(0) };
    const state = releasing({ [A]: { at: at(-1501) } }, { reason: 'operator', handover });
    expect(run(state, beatOf(B), on()).transferred).toEqual({ to: C, reason: 'operator' });
  });

  it('a pause holds nothing up that has begun', () => {
    const state = releasing({ [A]: { at: at(-1501) } }, { paused: true });
    expect(run(state, beatOf(B), on()).transferred?.to).toBe(B);
  });

  it('with nobody to move to the holder goes on', () => {
    const state = releasing({ [B]: gone, [C]: gone }, { phaseAt: at(-3000) });
    const outcome = run(state, beatOf(A), on());
    expect(outcome.state).toMatchObject({ phase: 'held', holder: A, epoch: EPOCH });
    expect(eventsIn(outcome.effects)).toContain('release-refused');
    // Whatever the file says by now: a question that is open must end.
    expect(run(state, beatOf(A)).state.phase).toBe('held');
  });

  it('also where an exclusive group has become a fenced one in the middle of it', () => {
    const state = releasing({}, { phaseAt: at(-3000) });
    expect(run(state, beatOf(B)).transferred).toEqual({ to: B, reason: 'fault' });
  });
});

describe('release: with candidates that are asked first', () => {
  const both = (offsetMs = 0) => on(offsetMs, { prepareMs: durationMs(10_000) });

  it('the candidate, then the holder, then the move', () => {
    const first = run(heldState(), beatOf(A, { health: 'fault' }), both());
    expect(first.state).toMatchObject({ phase: 'held', asked: { to: B } });
    const second = run(first.state, beatOf(B, { prepared: { epoch: EPOCH + 1, ms: 5 } }), both(100));
    expect(second.state).toMatchObject({ phase: 'releasing', holder: A, asked: { to: B } });
    const third = run(second.state, beatOf(A, released, 12), both(200));
    expect(third.transferred).toEqual({ to: B, reason: 'fault' });
  });

  it('a holder that has let go is asked like any other before it goes on', () => {
    const state = releasing({ [B]: gone, [C]: gone });
    const outcome = run(state, beatOf(A, released), both(200));
    expect(outcome.state).toMatchObject({ phase: 'releasing', epoch: EPOCH, asked: { to: A } });
    const prepared = { ...released, prepared: { epoch: EPOCH + 1, ms: 5 } };
    expect(run(outcome.state, beatOf(A, prepared, 12), both(300)).transferred?.to).toBe(A);
  });
});
