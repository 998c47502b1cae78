/** Proves that where candidates are asked first nobody is named who has not prepared for just that, and that no answer holds the group up. */
import { describe, expect, it } from 'vitest';
import { answerFor } from '../../../core/election/answer.ts';
import type { Effect, GroupEvent, Input, StepContext } from '../../../core/election/types.ts';
import { durationMs } from '../../../core/time.ts';
import { type Asked, type GroupState, groupStateSchema } from '../../../core/wire/item.ts';
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
  member,
  movesIn,
  movingState,
  PRESENT,
  run,
} from '../fixtures.ts';

const PREPARE_MS = 10_000;
const WAIT_MS = 3000;
const NEXT = EPOCH + 1;
type Over = Parameters<typeof groupConfig>[0];
const on = (offsetMs = 0, over: Over = {}, mayMove = true): StepContext =>
  ctxAt(offsetMs, groupConfig({ prepareMs: durationMs(PREPARE_MS), ...over }), mayMove);
const exclusive: Over = { exclusive: true, leaseMs: durationMs(5000) };
const FAULTY = { [A]: { health: 'fault' as const } };

const asked = (over: Partial<Asked> = {}): Asked => ({
  to: B,
  epoch: NEXT,
  at: at(0),
  reason: 'fault',
  ...over,
});
const ready = (over: Partial<Asked> = {}): Asked => asked({ readyAt: at(0), hookMs: 310, ...over });
const prepared = (epoch = NEXT, ms = 310) => ({ prepared: { epoch, ms } });
const told = (effects: readonly Effect[], type: GroupEvent['type']): GroupEvent[] =>
  effects.flatMap((effect) => (effect.kind === 'emit' && effect.event.type === type ? [effect.event] : []));
const over = { epoch: NEXT, at: at(0), reason: 'fault' };

describe('prepare: before anything changes', () => {
  it.each<[string, GroupState, Input]>([
    ['a FAULT', heldState(), beatOf(A, { health: 'fault' })],
    ['silence', heldState(), beatOf(B, { claim: claim() })],
    ['a resignation', heldWith({ [A]: { resignedAt: at(-500) } }), beatOf(B)],
    ['an order', heldState({ handover: { to: B, at: at(0) } }), beatOf(B)],
    ['a machine that has ended', heldWith({ [A]: { cloud: { said: 'stopped', at: at(0) } } }), beatOf(B)],
    ['a drained holder', heldState({ drained: [A] }), beatOf(B)],
  ])('%s asks the candidate, and the holder holds', (_, state, input) => {
    const outcome = run(state, input, on());
    expect(outcome.state).toMatchObject({ phase: 'held', holder: A, epoch: EPOCH });
    expect(outcome.state.asked).toMatchObject({ to: B, epoch: NEXT, at: at(0) });
    expect(movesIn(outcome.effects)).toEqual([]);
    expect(eventsIn(outcome.effects)).toEqual(['preparing']);
    expect(told(outcome.effects, 'preparing')[0]).toMatchObject({ epoch: NEXT, from: A, to: B });
  });

  it('needs no request of its own, and asks one member once', () => {
    const first = run(heldState(), beatOf(A, { health: 'fault' }), on(0, {}, false));
    expect(first.work).toBeUndefined();
    const again = run(first.state, beatOf(A, { health: 'fault' }, 12), on(100));
    expect(again.state.asked).toEqual(first.state.asked);
    expect(eventsIn(again.effects)).toEqual([]);
  });

  it('a group without the hook, and one that observes, asks nobody', () => {
    expect(run(heldState(), beatOf(A, { health: 'fault' })).state).toMatchObject({
      phase: 'moving',
      holder: B,
    });
    expect(run(heldState(), beatOf(A, { health: 'fault' })).state.asked).toBeUndefined();
    expect(
      run(heldState(), beatOf(A, { health: 'fault' }), on(0, { observe: true })).state.asked,
    ).toBeUndefined();
  });

  it('the candidate is told, and nobody else; a leaver, that its successor prepares', () => {
    const state = heldState({ asked: asked() });
    expect(answerFor(state, B, on())).toMatchObject({ role: 'BACKUP', prepare: { epoch: NEXT } });
    expect(answerFor(state, C, on())).not.toHaveProperty('prepare');
    expect(answerFor(state, A, on())).not.toHaveProperty('preparing');
    const leaving = heldWith({ [A]: { resignedAt: at(0) } }, { asked: asked() });
    expect(answerFor(leaving, A, on()).preparing).toBe(true);
    expect(answerFor({ ...leaving, asked: over }, A, on())).not.toHaveProperty('preparing');
  });

  it('the item with a question comes back whole', () => {
    const state = heldWith({ [B]: { banUntil: at(9), banWhy: 'timeout' } }, { asked: ready() });
    expect(groupStateSchema.parse(JSON.parse(JSON.stringify(state)))).toEqual(state);
  });

  it('the first holder is asked, one that has the VIPs already is not', () => {
    const vacant = (bound: boolean): GroupState =>
      heldWith({ [A]: { inFabric: bound } }, { epoch: 0, holder: null, phase: 'vacant' });
    const first = run(vacant(false), beatOf(C), on());
    expect(first.state).toMatchObject({ phase: 'vacant', asked: { to: A, reason: 'first' } });
    expect(run(vacant(true), beatOf(C), on()).state).toMatchObject({ phase: 'held', holder: A });
  });
});

describe('prepare: prepared', () => {
  it('the group changes hands in that very request, under the epoch that was prepared for', () => {
    const state = heldWith(FAULTY, { asked: asked() });
    const outcome = run(state, beatOf(B, prepared()), on(310));
    expect(outcome.state).toMatchObject({ phase: 'moving', holder: B, epoch: NEXT, reason: 'fault' });
    expect(outcome.state.asked).toBeUndefined();
    expect(movesIn(outcome.effects)[0]).toMatchObject({ toEni: ENI[B], epoch: NEXT });
    expect(told(outcome.effects, 'prepared')[0]).toMatchObject({
      epoch: NEXT,
      to: B,
      detail: { hookMs: 310 },
    });
    expect(told(outcome.effects, 'transfer')[0]?.detail).toMatchObject({ hookMs: 310 });
  });

  it('in a request that may not move it asks for one that may', () => {
    const outcome = run(heldWith(FAULTY, { asked: asked() }), beatOf(B, prepared()), on(310, {}, false));
    expect(outcome.work).toBe(true);
    expect(outcome.state).toMatchObject({ holder: A, asked: { readyAt: at(310) } });
  });

  it('for another epoch, or said by another member, counts for nothing', () => {
    const state = heldWith(FAULTY, { asked: asked() });
    expect(run(state, beatOf(B, prepared(NEXT + 1)), on()).transferred).toBeUndefined();
    expect(run(state, beatOf(C, prepared()), on()).transferred).toBeUndefined();
  });

  it('is true of the newest heartbeat: a restarted agent has prepared nothing', () => {
    const state = heldState({ asked: ready() });
    const outcome = run(state, beatOf(B, {}, 1, 8), on(100));
    expect(outcome.state.asked).toEqual(asked());
    expect(
      run(
        { ...outcome.state, members: { ...outcome.state.members, [A]: member(FAULTY[A]) } },
        beatOf(C),
        on(200),
      ).transferred,
    ).toBeUndefined();
  });

  it('silence must still be claimed then: a holder that has come back keeps the group', () => {
    const state = heldState({ asked: asked({ reason: 'silence' }) });
    const late = beatOf(B, { ...prepared(), claim: claim({ silentMs: 3310 }) });
    expect(run(state, late, on(310)).transferred).toEqual({ to: B, reason: 'silence' });
    const back = heldWith({ [A]: { seq: 11 } }, { asked: asked({ reason: 'silence' }) });
    expect(run(back, late, on(310)).transferred).toBeUndefined();
  });

  it('a claim that asks is shown to the brake, and again when it moves', () => {
    expect(run(heldState(), beatOf(B, { claim: claim() }), on()).onSilence).toBe(true);
    const braked = { ...on(), braked: true };
    expect(run(heldState(), beatOf(B, { claim: claim() }), braked).state.asked).toBeUndefined();
    expect(run(heldState(), beatOf(A, { health: 'fault' }), on()).onSilence).toBeUndefined();
  });

  it('what the sweep has found goes on at the heartbeats', () => {
    const long = { [A]: { at: at(-40_000) } };
    const state = heldWith(long, { asked: asked({ reason: 'silence' }) });
    expect(run(state, beatOf(B, prepared()), on()).transferred).toMatchObject({ to: B, reason: 'silence' });
    expect(run(heldWith(long), beatOf(B), on()).state.asked).toBeUndefined();
  });

  it('who prepares is not passed over for a better one', () => {
    const state = heldWith({ ...FAULTY, [C]: { priority: 200 } }, { asked: asked() });
    expect(run(state, beatOf(C, { priority: 200 }), on()).state.asked?.to).toBe(B);
    expect(run(state, beatOf(B, prepared()), on()).transferred?.to).toBe(B);
  });

  it('an order is for one alone', () => {
    const state = heldState({ handover: { to: C, at: at(0) }, asked: asked({ reason: 'degraded' }) });
    expect(run(state, beatOf(C), on()).state.asked).toMatchObject({
      to: C,
      epoch: NEXT + 1,
      reason: 'operator',
    });
  });

  it('an order does not lapse while its member prepares', () => {
    const handover = { to: B, at: at(-11_000) };
    const state = heldState({ handover, asked: asked({ reason: 'operator' }) });
    expect(run(state, beatOf(C), on()).state.handover).toEqual(handover);
    expect(run(heldState({ handover }), beatOf(C), on()).state.handover).toBeUndefined();
  });

  it('another epoch came in between: the question is over', () => {
    const state = heldWith(FAULTY, { epoch: NEXT, asked: ready() });
    const outcome = run(state, beatOf(C), on());
    expect(outcome.transferred).toBeUndefined();
    expect(outcome.state.asked).toMatchObject({ to: B, epoch: NEXT + 1 });
    const seen = run(heldWith(FAULTY, { asked: ready() }), beatOf(C, { epochSeen: NEXT }), on());
    expect(seen.state.epoch === EPOCH || seen.state.epoch > NEXT).toBe(true);
  });
});

describe('prepare: not to be had', () => {
  it.each(['refused', 'failed'] as const)('%s: not for a minute, and the next one is asked', (why) => {
    const state = heldWith(FAULTY, { asked: asked() });
    const outcome = run(state, beatOf(B, { declined: { epoch: NEXT, ms: 40, why } }), on(100));
    expect(outcome.state.members[B]).toMatchObject({ banUntil: at(60_100), banWhy: why });
    expect(outcome.state).toMatchObject({ holder: A, epoch: EPOCH });
    // The next one prepares for an epoch of its own.
    expect(outcome.state.asked).toMatchObject({ to: C, epoch: NEXT + 1 });
    const reason = why === 'refused' ? 'refused by beforeMaster' : 'beforeMaster failed';
    expect(told(outcome.effects, 'not-prepared')[0]).toMatchObject({
      epoch: NEXT,
      to: B,
      reason,
      detail: { hookMs: 40 },
    });
  });

  it('of another epoch, it is an old story', () => {
    const state = heldState({ asked: asked() });
    const outcome = run(state, beatOf(B, { declined: { epoch: EPOCH, ms: 1, why: 'refused' } }), on());
    expect(outcome.state.members[B]?.banUntil).toBeUndefined();
  });

  it('why it is not chosen outlives its next heartbeats, and ends with the minute', () => {
    const state = heldWith({ [B]: { banUntil: at(60_000), banWhy: 'refused' } });
    expect(run(state, beatOf(B), on()).state.members[B]?.banWhy).toBe('refused');
    expect(run(state, beatOf(B), on(60_001)).state.members[B]?.banWhy).toBeUndefined();
  });

  it('everybody refuses: a living holder stays, a dead one is replaced by nobody, and a minute later they are asked again', () => {
    const no = { banUntil: at(60_000), banWhy: 'refused' as const };
    const state = heldWith({ ...FAULTY, [B]: no, [C]: no }, { asked: over });
    expect(run(state, beatOf(C), on()).state).toMatchObject({ holder: A, asked: over });
    const dead = heldWith({ [B]: no, [C]: no }, { asked: over });
    expect(run(dead, beatOf(B, { claim: claim() }), on()).state).toMatchObject({ holder: A, asked: over });
    const later = run(dead, beatOf(B, { claim: claim({ silentMs: 63_000 }) }), on(60_001));
    expect(later.state.asked).toMatchObject({ to: B, epoch: NEXT + 1, reason: 'silence' });
  });

  it('no answer in time counts as no; the hook’s own time, and then as long as a release', () => {
    const state = heldWith({ ...FAULTY, [B]: { at: at(PREPARE_MS + WAIT_MS) } }, { asked: asked() });
    const waits = run(state, beatOf(A, { health: 'fault' }), on(PREPARE_MS + WAIT_MS));
    expect(waits.state.asked?.to).toBe(B);
    const late = run(state, beatOf(A, { health: 'fault' }), on(PREPARE_MS + WAIT_MS + 1));
    expect(late.state.members[B]).toMatchObject({ banWhy: 'timeout' });
    expect(told(late.effects, 'not-prepared')[0]?.reason).toBe('beforeMaster took too long');
  });

  it('one that has prepared does not run out of that time', () => {
    const state = heldWith(
      { [B]: { at: at(20_000) } },
      { phase: 'releasing', phaseAt: at(20_000), asked: ready() },
    );
    expect(run(state, beatOf(C), on(20_000, exclusive)).state.asked?.to).toBe(B);
  });

  it.each<[string, NonNullable<Parameters<typeof member>[0]>, Partial<GroupState>, string]>([
    ['silent', { at: at(-2001) }, {}, 'target-silent'],
    ['in FAULT', { health: 'fault' }, {}, 'target-fault'],
    ['leaving', { resignedAt: at(-1) }, {}, 'target-resigned'],
    ['drained', {}, { drained: [B] }, 'drained'],
  ])('%s while it is asked: another is', (_, fields, more, reason) => {
    const state = heldWith({ ...FAULTY, [B]: fields }, { asked: ready(), ...more });
    const outcome = run(state, beatOf(C), on());
    expect(outcome.state.asked).toMatchObject({ to: C, epoch: NEXT + 1 });
    expect(told(outcome.effects, 'not-prepared')[0]).toMatchObject({ to: B, reason });
  });

  it('an ordered failover ends with its member’s refusal', () => {
    const state = heldState({ handover: { to: B, at: at(0) }, asked: asked({ reason: 'operator' }) });
    const no = beatOf(B, { declined: { epoch: NEXT, ms: 1, why: 'refused' } });
    expect(run(state, no, on()).state.handover).toBeUndefined();
    const other = heldState({ handover: { to: C, at: at(0) }, asked: asked() });
    expect(run(other, no, on()).state.handover?.to).toBe(C);
  });

  it('where nobody is well, who prepares is not passed over for a better one either', () => {
    const ill = { health: 'fault' as const };
    const members = { [B]: ill, [C]: { ...ill, priority: 200 } };
    const state = heldWith(members, { asked: asked({ reason: 'silence' }) });
    const input = beatOf(C, { ...ill, priority: 200, claim: claim() });
    expect(run(state, input, on()).state.asked?.to).toBe(B);
  });

  it('a lesser living one is asked where nobody is well', () => {
    const ill = { health: 'fault' as const };
    const state = heldWith({ [B]: ill, [C]: { at: at(-9000) } }, { asked: asked({ reason: 'silence' }) });
    expect(run(state, beatOf(B, { ...ill, claim: claim() }), on()).state.asked?.to).toBe(B);
  });
});

describe('prepare: prepared in vain', () => {
  it('nothing calls for it any more: after three heartbeats it is told so', () => {
    const state = heldState({ asked: ready() });
    expect(run(state, beatOf(B, prepared(), 12), on(WAIT_MS)).state.asked?.to).toBe(B);
    const outcome = run(state, beatOf(B, prepared(), 12), on(WAIT_MS + 1));
    expect(outcome.state.asked).toEqual(over);
    expect(outcome.state.members[B]?.banUntil).toBeUndefined();
    expect(told(outcome.effects, 'not-prepared')[0]).toMatchObject({ to: B, reason: 'not needed any more' });
  });

  it('the epoch is spent: the next question has another', () => {
    const state = heldWith(FAULTY, { asked: over });
    expect(run(state, beatOf(C), on()).state.asked).toMatchObject({ to: B, epoch: NEXT + 1 });
  });

  it('… and so has a change that asks nobody', () => {
    const state = heldWith(FAULTY, { asked: over });
    const outcome = run(state, beatOf(C));
    expect(outcome.state.epoch).toBe(NEXT + 1);
    expect(told(outcome.effects, 'transfer')[0]?.detail).toMatchObject({ previousEpoch: EPOCH });
  });

  it('the hook was taken out of the file: the question is over', () => {
    expect(run(heldState({ asked: ready() }), beatOf(C)).state.asked).toEqual(over);
  });
});

describe('prepare: while a move runs', () => {
  it('a target that cannot serve goes on being moved to until another has prepared', () => {
    const state = movingState({ members: { [B]: member({ at: at(-2500) }), [C]: member() } });
    const first = run(state, beatOf(C), on());
    expect(first.state).toMatchObject({
      phase: 'moving',
      holder: B,
      asked: { to: C, reason: 'target-silent' },
    });
    const second = run(first.state, beatOf(C, prepared(), 12), on(100));
    expect(second.transferred).toEqual({ to: C, reason: 'target-silent' });
  });
});

describe('prepare: exclusive', () => {
  const hold = { holdMs: 5000 };
  const held = (fields: Parameters<typeof heldWith>[0], more: Partial<GroupState> = {}): GroupState =>
    heldWith({ [A]: { ...hold, ...fields[A] }, [B]: { ...hold, ...fields[B] }, [C]: hold }, more);

  it('first the candidate, then the release', () => {
    const asks = run(held({}), beatOf(A, { health: 'fault' }), on(0, exclusive));
    expect(asks.state).toMatchObject({ phase: 'held', asked: { to: B } });
    const lets = run(asks.state, beatOf(B, prepared()), on(100, exclusive));
    expect(lets.state).toMatchObject({ phase: 'releasing', holder: A, epoch: EPOCH });
    const free = { vips: { ...PRESENT }, released: EPOCH };
    const moves = run(lets.state, beatOf(A, free, 12), on(200, exclusive));
    expect(moves.transferred).toEqual({ to: B, reason: 'fault' });
  });

  it('after a restore the holder is asked, under an epoch that nobody has seen', () => {
    const state = held({}, { epochFloor: EPOCH + 3, restoredAt: at(-20_000) });
    const outcome = run(state, beatOf(A), on(0, exclusive));
    expect(outcome.state).toMatchObject({
      epoch: EPOCH,
      asked: { to: A, epoch: EPOCH + 4, reason: 'restored' },
    });
  });

  it('a lease that ran out: the holder is a candidate, and one that refuses goes on with nothing', () => {
    const lapsed = { vips: PRESENT, released: EPOCH };
    const asks = run(held({}), beatOf(A, lapsed), on(0, exclusive));
    expect(asks.state).toMatchObject({ epoch: EPOCH, asked: { to: A, reason: 'lapsed' } });
    const goes = run(asks.state, beatOf(A, { ...lapsed, ...prepared() }, 12), on(100, exclusive));
    expect(goes.transferred).toEqual({ to: A, reason: 'lapsed' });
    const no = { ...lapsed, declined: { epoch: NEXT, ms: 1, why: 'refused' as const } };
    expect(run(asks.state, beatOf(A, no, 12), on(100, exclusive)).state.asked).toMatchObject({ to: B });
  });
});
