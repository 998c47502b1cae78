/** Proves that where the lease is the fence nobody succeeds a holder that may still hold, and somebody always does in the end. */
import { describe, expect, it } from 'vitest';
import { answerFor } from '../../../core/election/answer.ts';
import type { StepContext } from '../../../core/election/types.ts';
import { durationMs } from '../../../core/time.ts';
import type { GroupState } from '../../../core/wire/item.ts';
import {
  A,
  ABSENT,
  at,
  B,
  beatOf,
  C,
  claim,
  ctxAt,
  ENI,
  EPOCH,
  eventsIn,
  failedResult,
  groupConfig,
  heldState,
  heldWith,
  member,
  movedInput,
  movesIn,
  movingState,
  PRESENT,
  run,
  VIP,
} from '../fixtures.ts';

const LEASE_MS = 5000;
const exclusive = (over: Parameters<typeof groupConfig>[0] = {}) =>
  groupConfig({ exclusive: true, leaseMs: durationMs(LEASE_MS), ...over });
const on = (offsetMs = 0, mayMove = true, over = {}): StepContext =>
  ctxAt(offsetMs, exclusive(over), mayMove);
const hold = { holdMs: LEASE_MS };
const held = (members: Parameters<typeof heldWith>[0] = {}, over: Partial<GroupState> = {}): GroupState =>
  heldWith(
    {
      [A]: { ...hold, ...members[A] },
      [B]: { ...hold, ...members[B] },
      [C]: { ...hold, ...members[C] },
    },
    over,
  );
const releasing = (
  over: Partial<GroupState> = {},
  members: Parameters<typeof heldWith>[0] = {},
): GroupState => held(members, { phase: 'releasing', phaseAt: at(0), reason: 'fault', ...over });
const unbound = { vips: { [VIP]: { bound: false, inFabric: true } } };
const released = { ...unbound, released: EPOCH };

describe('exclusive: asked to let go', () => {
  it.each([
    ['a FAULT', beatOf(A, { health: 'fault' }), {}, 'fault'],
    ['a resignation, at the successor', beatOf(B), { [A]: { resignedAt: at(-500) } }, 'resign'],
    [
      'a degraded holder, at the successor',
      beatOf(B),
      { [A]: { priority: 50, degradedBy: ['load'] } },
      'degraded',
    ],
    ['a drained holder, at the successor', beatOf(B), {}, 'drained'],
  ])('%s moves nothing yet: the holder is asked to release', (_, input, members, reason) => {
    const state = held(members, reason === 'drained' ? { drained: [A] } : {});
    const outcome = run(state, input, on());
    expect(outcome.state).toMatchObject({ phase: 'releasing', epoch: EPOCH, holder: A, reason });
    expect(movesIn(outcome.effects)).toEqual([]);
    expect(eventsIn(outcome.effects)).toEqual(['releasing']);
  });

  it('needs no request of its own', () => {
    const outcome = run(held(), beatOf(A, { health: 'fault' }), on(0, false));
    expect(outcome.state.phase).toBe('releasing');
    expect(outcome.work).toBeUndefined();
  });

  it('the holder is told, and nobody else', () => {
    expect(answerFor(releasing(), A, on())).toMatchObject({ role: 'MASTER', release: true });
    expect(answerFor(releasing(), B, on()).release).toBeUndefined();
    expect(answerFor(held(), A, on()).release).toBeUndefined();
  });

  it('the best standby beats quickly meanwhile', () => {
    expect(answerFor(releasing(), B, on()).heartbeatMs).toBe(25);
    expect(answerFor(releasing(), C, on()).heartbeatMs).toBe(1000);
  });

  it('a fenced group moves at once', () => {
    expect(run(heldState(), beatOf(A, { health: 'fault' })).state.phase).toBe('moving');
  });

  it('a pause asks nobody', () => {
    expect(run(held({}, { paused: true }), beatOf(A, { health: 'fault' }), on()).state.phase).toBe('held');
  });

  it('a holder that was removed from the roster is asked too', () => {
    const { [A]: _, ...members } = groupConfig().members;
    const outcome = run(held(), beatOf(B), on(0, true, { members }));
    expect(outcome.state).toMatchObject({ phase: 'releasing', holder: A, reason: 'removed' });
  });

  it('a living holder that does not let go for 3 s goes on holding', () => {
    const state = releasing({ phaseAt: at(-3000) });
    expect(run(state, beatOf(B), on(0)).state.phase).toBe('held');
    expect(run(releasing({ phaseAt: at(-2999) }), beatOf(B), on(0)).state.phase).toBe('releasing');
    // Three heartbeats, if they are longer.
    expect(run(state, beatOf(B), on(0, true, { heartbeatMs: durationMs(2000) })).state.phase).toBe(
      'releasing',
    );
  });

  it('an operator’s order ends with a release that was refused', () => {
    const state = releasing({ phaseAt: at(-3000), reason: 'operator', handover: { to: B, at: at(-3000) } });
    expect(run(state, beatOf(C), on()).state.handover).toBeUndefined();
  });
});

describe('exclusive: the holder’s word', () => {
  it('released: the best standby is chosen in that very request', () => {
    const outcome = run(releasing(), beatOf(A, released), on());
    expect(outcome.transferred).toEqual({ to: B, reason: 'fault' });
    expect(movesIn(outcome.effects)[0]).toMatchObject({ toEni: ENI[B], epoch: EPOCH + 1 });
  });

  it('is found in the item by whoever comes next', () => {
    const state = releasing({}, { [A]: { ...hold, released: EPOCH } });
    expect(run(state, beatOf(C), on()).transferred?.to).toBe(B);
  });

  it('of an older epoch proves nothing', () => {
    const outcome = run(releasing(), beatOf(A, { ...unbound, released: EPOCH - 1 }), on());
    expect(outcome.transferred).toBeUndefined();
    expect(run(held(), beatOf(A, { ...unbound, released: EPOCH - 1 }), on()).state.phase).toBe('held');
  });

  it('holds for the heartbeat that said it: a restarted agent has not released anything', () => {
    const state = releasing({}, { [A]: { ...hold, released: EPOCH } });
    const outcome = run(state, beatOf(A, {}, 1, 8), on());
    expect(outcome.state.members[A]?.released).toBeUndefined();
    expect(outcome.transferred).toBeUndefined();
  });

  it('counts while the group is paused: somebody has to serve', () => {
    const outcome = run(releasing({ paused: true }), beatOf(A, released), on());
    expect(outcome.transferred?.to).toBe(B);
  });

  it('with no standby left, a living holder goes on under a new epoch', () => {
    const gone = { [B]: { at: at(-9000) }, [C]: { at: at(-9000) } };
    const outcome = run(releasing({}, gone), beatOf(A, { ...released, health: 'fault' }), on());
    expect(outcome.transferred?.to).toBe(A);
    expect(outcome.state.phase).toBe('held');
    expect(movesIn(outcome.effects)).toEqual([]);
  });

  it('with no standby left, a leaver leaves nobody behind', () => {
    const gone = { [B]: { at: at(-9000) }, [C]: { at: at(-9000) } };
    const outcome = run(
      releasing({ reason: 'resign' }, gone),
      beatOf(A, { ...released, resign: true }),
      on(),
    );
    expect(outcome.state).toMatchObject({ phase: 'vacant', holder: null, epoch: EPOCH + 1 });
    expect(run(outcome.state, beatOf(B), on()).transferred?.to).toBe(B);
  });

  it('with no healthy one left, a living FAULT succeeds a leaver', () => {
    const sick = { [B]: { at: at(-9000) }, [C]: { health: 'fault' } } as const;
    const outcome = run(
      releasing({ reason: 'resign' }, sick),
      beatOf(A, { ...released, resign: true }),
      on(),
    );
    expect(outcome.transferred?.to).toBe(C);
    expect(run(held(sick), beatOf(A, { ...released, resign: true }), on()).transferred?.to).toBe(C);
  });

  it('the operator’s choice is preferred while it can serve', () => {
    const order = { reason: 'operator', handover: { to: C, at: at(-100) } };
    expect(run(releasing(order), beatOf(A, released), on()).transferred?.to).toBe(C);
    const silent = releasing(order, { [C]: { at: at(-9000) } });
    expect(run(silent, beatOf(A, released), on()).transferred?.to).toBe(B);
  });
});

describe('exclusive: a lease that ran out', () => {
  it('a healthy holder that hears again goes on under a new epoch, without the fabric', () => {
    const outcome = run(held(), beatOf(A, released), on(0, false));
    expect(outcome.transferred).toEqual({ to: A, reason: 'lapsed' });
    expect(outcome.state.phase).toBe('held');
    expect(outcome.effects.filter(({ kind }) => kind === 'move' || kind === 'look')).toEqual([]);
  });

  it('the fabric is asked when its VIP is not known to be there', () => {
    const outcome = run(held(), beatOf(A, { ...released, vips: ABSENT }), on());
    expect(outcome.transferred?.to).toBe(A);
    expect(movesIn(outcome.effects)[0]?.toEni).toBe(ENI[A]);
  });

  it('one in FAULT makes room', () => {
    expect(run(held(), beatOf(A, { ...released, health: 'fault' }), on()).transferred?.to).toBe(B);
  });

  it('a drained one makes room, if there is somebody', () => {
    expect(run(held({}, { drained: [A] }), beatOf(A, released), on()).transferred?.to).toBe(B);
    const alone = held({ [B]: { at: at(-9000) }, [C]: { at: at(-9000) } }, { drained: [A] });
    expect(run(alone, beatOf(A, released), on()).transferred?.to).toBe(A);
  });

  it('a deaf one is given a heartbeat and a half, for after an outage everybody’s first heartbeat is deaf', () => {
    const first = run(held(), beatOf(A, { ...unbound, deaf: true }), on());
    expect(first.transferred).toBeUndefined();
    expect(first.state.members[A]?.deafSince).toBe(at(0));
    const fresh = (ms: number) =>
      ({
        ...first.state,
        members: { ...first.state.members, [B]: member({ ...hold, at: at(ms) }) },
      }) as GroupState;
    expect(run(fresh(1400), beatOf(A, { ...unbound, deaf: true }, 12), on(1400)).transferred).toBeUndefined();
    expect(run(fresh(1500), beatOf(B, {}, 12), on(1500)).transferred).toEqual({ to: B, reason: 'lapsed' });
  });

  it('a deaf holder is granted nothing in the answer to that heartbeat', () => {
    const { state } = run(held(), beatOf(A, { ...unbound, deaf: true }), on());
    expect(answerFor(state, A, on()).role).toBe('BACKUP');
    const heard = run(state, beatOf(A, unbound, 12), on(1000));
    expect(answerFor(heard.state, A, on(1000)).role).toBe('MASTER');
  });

  it('a deaf standby is not chosen', () => {
    const { state } = run(releasing(), beatOf(B, { deaf: true }), on());
    expect(run(state, beatOf(A, released), on()).transferred?.to).toBe(C);
  });

  it('a deaf fenced holder keeps serving, unless it never heard that it is one', () => {
    const deaf = { deafSince: at(-5000) };
    expect(run(heldWith({ [A]: deaf }), beatOf(B)).transferred).toBeUndefined();
    const unaware = heldWith({ [A]: { ...deaf, behind: true } });
    expect(run(unaware, beatOf(B)).transferred).toEqual({ to: B, reason: 'deaf' });
    const young = heldWith({ [A]: { deafSince: at(-1000), behind: true } });
    expect(run(young, beatOf(B)).transferred).toBeUndefined();
  });
});

describe('exclusive: silence', () => {
  const needed = 5250;
  it('takes the hold of the holder’s own beat, and the clocks’ error', () => {
    const enough = beatOf(B, { claim: claim({ silentMs: needed }) });
    const short = beatOf(B, { claim: claim({ silentMs: needed - 1 }) });
    expect(run(held(), enough, on()).transferred).toEqual({ to: B, reason: 'silence' });
    expect(run(held(), short, on()).transferred).toBeUndefined();
  });

  it('a beat that holds longer than the present lease is waited for', () => {
    const state = held({ [A]: { holdMs: 10_000 } });
    expect(run(state, beatOf(B, { claim: claim({ silentMs: 10_499 }) }), on()).transferred).toBeUndefined();
    expect(run(state, beatOf(B, { claim: claim({ silentMs: 10_500 }) }), on()).transferred?.to).toBe(B);
  });

  it('the hold is stored with each heartbeat', () => {
    expect(run(held(), beatOf(A, { holdMs: 9400 }), on()).state.members[A]?.holdMs).toBe(10_000);
    expect(run(heldState(), beatOf(A, { holdMs: 9400 })).state.members[A]?.holdMs).toBe(0);
  });

  it('of a leaver or of a target proves as much', () => {
    const gone = { [A]: { at: at(-9000) } };
    const input = beatOf(B, { claim: claim({ silentMs: needed }) });
    expect(run(releasing({}, gone), input, on()).transferred?.to).toBe(B);
    const target = {
      ...held(gone),
      phase: 'moving',
      move: { id: 100, attempt: 1, at: at(0), inFlight: true },
    } as const;
    expect(run(target, input, on()).transferred?.to).toBe(B);
  });

  it('names the beat: a newer one refuses it', () => {
    const state = held({ [A]: { seq: 11 } });
    expect(run(state, beatOf(B, { claim: claim({ silentMs: needed }) }), on()).transferred).toBeUndefined();
  });

  it('is refused while the brake is on', () => {
    const input = beatOf(B, { claim: claim({ silentMs: needed }) });
    expect(run(held(), input, { ...on(), braked: true }).transferred).toBeUndefined();
    expect(run(held(), input, on()).onSilence).toBe(true);
    // On a fenced fabric it is the reason alone that tells.
    expect(run(heldState(), beatOf(B, { claim: claim() })).onSilence).toBe(true);
    expect(run(heldState(), beatOf(A, { health: 'fault' })).onSilence).toBeUndefined();
    // A holder that said FAULT and then nothing more: it is replaced for the FAULT, but only the claim allows it.
    const faulty = run(held({ [A]: { health: 'fault' } }), input, on());
    expect([faulty.transferred?.to, faulty.onSilence]).toEqual([B, true]);
    expect(run(held(), beatOf(A, released), on()).onSilence).toBeUndefined();
  });
});

describe('exclusive: a target that cannot serve', () => {
  const moving = (members: Parameters<typeof heldWith>[0] = {}): GroupState => {
    const state = movingState();
    return { ...held(members), ...state, members: held(members).members };
  };

  it('that is silent is not given up on the arbiter’s clock', () => {
    expect(run(moving({ [B]: { at: at(-2500) } }), beatOf(C), on()).state).toMatchObject({
      phase: 'moving',
      holder: B,
    });
    expect(
      run(movingState({ members: moving({ [B]: { at: at(-2500) } }).members }), beatOf(C)).transferred?.to,
    ).toBe(A);
  });

  it('that the fabric refuses is asked to let go, and the order under way is looked after', () => {
    const outcome = run(moving(), movedInput({ results: [failedResult(true)] }), on(100));
    expect(outcome.state).toMatchObject({
      phase: 'releasing',
      epoch: EPOCH,
      holder: B,
      reason: 'target-refused',
    });
    const overtaken = run(moving({ [B]: { health: 'fault' } }), beatOf(C), on(100));
    expect(overtaken.state).toMatchObject({ phase: 'releasing', dirtyAt: at(5000) });
  });

  it('its release is honoured in the middle of the move', () => {
    const outcome = run(moving(), beatOf(B, { released: EPOCH }), on(100));
    expect(outcome.transferred).toEqual({ to: B, reason: 'lapsed' });
    expect(movesIn(outcome.effects)).toHaveLength(1);
  });
});

describe('exclusive: an item restored from a backup', () => {
  const seen = beatOf(C, { epochSeen: EPOCH + 4 });
  const noticed = run(held(), seen, on()).state;
  const later = (ms: number, over: Partial<GroupState> = {}): GroupState => ({
    ...noticed,
    members: {
      [A]: member({ ...hold, at: at(ms), inFabric: true }),
      [B]: member({ ...hold, at: at(ms), okSince: at(-50_000) }),
      [C]: member({ ...hold, at: at(ms), okSince: at(-40_000) }),
    },
    ...over,
  });

  it('grants nothing to anybody: the true holder may be another, and may still hold', () => {
    expect(noticed).toMatchObject({ phase: 'held', epoch: EPOCH, restoredAt: at(0) });
    expect(answerFor(noticed, A, on()).role).toBe('BACKUP');
    const claimed = run(later(5000), beatOf(B, { claim: claim({ silentMs: 9999 }) }), on(5000));
    expect(claimed.transferred).toBeUndefined();
  });

  it('goes on above all epochs when every older grant has run out', () => {
    expect(run(later(5249), beatOf(B, {}, 12), on(5249)).transferred).toBeUndefined();
    const { state, transferred } = run(later(5250), beatOf(B, {}, 12), on(5250));
    expect(transferred).toEqual({ to: A, reason: 'restored' });
    expect(state.epoch).toBe(EPOCH + 5);
    expect(state.restoredAt).toBeUndefined();
    expect(answerFor(state, A, on(5250)).role).toBe('MASTER');
    const { [A]: _, ...others } = later(5250).members;
    expect(run(later(5250, { members: others }), beatOf(C, {}, 12), on(5250)).transferred?.to).toBe(B);
  });

  it('not while the group is paused', () => {
    expect(run(later(5250, { paused: true }), beatOf(B, {}, 12), on(5250)).transferred).toBeUndefined();
  });
});

describe('exclusive: what a holder in a group of its own reports', () => {
  it('present and bound changes nothing', () => {
    expect(run(held(), beatOf(A, { vips: PRESENT }), on()).transferred).toBeUndefined();
  });
});
