/** Proves when a group that is held changes hands, and when it does not. */
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
  EPOCH,
  groupConfig,
  HB_MS,
  heldState,
  heldWith,
  LEASE_MS,
  run,
} from '../fixtures.ts';

describe('resign: the holder serves until its successor fetches the VIP', () => {
  const resigned = heldWith({ [A]: { resignedAt: at(0) } });

  it('does not move in the resigner’s own request', () => {
    expect(run(heldState(), beatOf(A, { resign: true })).transferred).toBeUndefined();
  });

  it('moves in the best standby’s next heartbeat', () => {
    expect(run(resigned, beatOf(B), ctxAt(300)).transferred).toEqual({ to: B, reason: 'resign' });
  });

  it('does not move in another standby’s heartbeat before 1.2 heartbeats have passed, but then in anybody’s', () => {
    expect(run(resigned, beatOf(C), ctxAt(1.2 * HB_MS - 1)).transferred).toBeUndefined();
    expect(run(resigned, beatOf(C), ctxAt(1.2 * HB_MS)).transferred).toEqual({ to: B, reason: 'resign' });
    expect(run(resigned, beatOf(A, { resign: true }), ctxAt(1.2 * HB_MS)).transferred?.to).toBe(B);
  });

  it('moves nothing when nobody is healthy: a leaving holder is better than a FAULT until it has left', () => {
    const state = heldWith({
      [A]: { resignedAt: at(-5000) },
      [B]: { health: 'fault' },
      [C]: { at: at(-9000) },
    });
    expect(run(state, beatOf(B, { health: 'fault' })).transferred).toBeUndefined();
  });
});

describe('FAULT: the holder’s own word moves the VIP at once', () => {
  it('moves to the best standby in the very request that says so', () => {
    expect(run(heldState(), beatOf(A, { health: 'fault' })).transferred).toEqual({ to: B, reason: 'fault' });
  });

  it('is found again by a later request, whoever sends it', () => {
    expect(run(heldWith({ [A]: { health: 'fault' } }), beatOf(C)).transferred).toEqual({
      to: B,
      reason: 'fault',
    });
  });

  it('moves nothing when all are in FAULT: the last holder stays MASTER', () => {
    const state = heldWith({ [B]: { health: 'fault' }, [C]: { health: 'fault' } });
    expect(run(state, beatOf(A, { health: 'fault' })).transferred).toBeUndefined();
  });

  it('is not held back by hold-down', () => {
    expect(run(heldState({ holdDownUntil: at(9000) }), beatOf(A, { health: 'fault' })).transferred?.to).toBe(
      B,
    );
  });
});

describe('degraded: a holder whose own failing checks took it below a healthy standby is replaced, without preempt too', () => {
  const degraded = { priority: 90, degradedBy: ['disk'] };
  /** The holder says so, and then its best standby asks. */
  const transferred = (state: GroupState, over: object) => {
    const told = run(state, beatOf(A, over));
    expect(told.transferred).toBeUndefined();
    const { degradedBy } = told.state.members[B] ?? {};
    return run(told.state, beatOf(B, degradedBy === undefined ? {} : { degradedBy: [...degradedBy] }))
      .transferred;
  };

  it('moves to the standby that passes the check', () => {
    expect(transferred(heldState(), degraded)).toEqual({ to: B, reason: 'degraded' });
  });

  it('serves until that standby asks, whoever else does', () => {
    const { state } = run(heldState(), beatOf(A, degraded));
    expect(run(state, beatOf(A, degraded, 2)).transferred).toBeUndefined();
    expect(run(state, beatOf(C)).transferred).toBeUndefined();
  });

  it.each([
    [
      'the standby fails the same check',
      heldWith({ [B]: { degradedBy: ['disk'] }, [C]: { degradedBy: ['disk'] } }),
      degraded,
    ],
    ['the priorities are equal', heldState(), { priority: 100, degradedBy: ['disk'] }],
    ['the priority is lower by configuration, not by a check', heldState(), { priority: 90 }],
    ['the group is in hold-down', heldState({ holdDownUntil: at(1) }), degraded],
  ])('does not move when %s', (_, state, over) => {
    expect(transferred(state, over)).toBeUndefined();
  });

  it('moves when the hold-down has just ended', () => {
    expect(transferred(heldState({ holdDownUntil: at(0) }), degraded)?.to).toBe(B);
  });
});

describe('preempt: only where configured, only by the best, only after the delay on both clocks', () => {
  const config = groupConfig({ preempt: true, preemptDelayMs: groupConfig().leaseMs });
  const ctx = ctxAt(0, config);
  const wish = { priority: 150, preempt: { epoch: EPOCH, readyMs: LEASE_MS } };

  it('moves to a better standby that asks for it', () => {
    expect(run(heldState(), beatOf(B, wish), ctx).transferred).toEqual({ to: B, reason: 'preempt' });
  });

  it.each([
    ['preempt is false', heldState(), wish, ctxAt()],
    ['nobody asks', heldState(), { priority: 150 }, ctx],
    [
      'the wish speaks of an older epoch',
      heldState(),
      { ...wish, preempt: { epoch: EPOCH - 1, readyMs: LEASE_MS } },
      ctx,
    ],
    [
      'the standby counted less than the delay',
      heldState(),
      { ...wish, preempt: { epoch: EPOCH, readyMs: LEASE_MS - 1 } },
      ctx,
    ],
    [
      'the arbiter has known it ready for less than the delay',
      heldWith({ [B]: { okSince: at(-LEASE_MS + 1) } }),
      wish,
      ctx,
    ],
    ['its priority is not higher', heldState(), { ...wish, priority: 100 }, ctx],
    ['another standby is better still', heldWith({ [C]: { priority: 200 } }), wish, ctx],
    ['the group is in hold-down', heldState({ holdDownUntil: at(1) }), wish, ctx],
  ])('does not move when %s', (_, state, over, context) => {
    expect(run(state, beatOf(B, over), context).transferred).toBeUndefined();
  });
});

describe('restored: an item older than its agents starts above all they have seen', () => {
  const seen = { epochSeen: EPOCH + 37 };

  it('gives the living holder a new epoch above the highest seen', () => {
    const { transferred, state } = run(heldState(), beatOf(B, seen));
    expect(transferred).toEqual({ to: A, reason: 'restored' });
    expect(state.epoch).toBe(EPOCH + 38);
  });

  it('chooses the best standby when the item’s holder has not reported within a lease', () => {
    expect(run(heldWith({ [A]: { at: at(-LEASE_MS - 1) } }), beatOf(B, seen)).transferred).toEqual({
      to: B,
      reason: 'restored',
    });
  });

  it('also lifts an epoch that is issued for another reason', () => {
    const { state } = run(heldWith({ [A]: { health: 'fault' } }, { epochFloor: 90 }), beatOf(C));
    expect(state.epoch).toBe(91);
  });
});

describe('removed: a holder that left the roster may always be replaced', () => {
  const { [A]: _, ...others } = groupConfig().members;
  const ctx = ctxAt(0, groupConfig({ members: others }));

  it('moves in anybody’s request', () => {
    expect(run(heldState(), beatOf(C), ctx).transferred).toEqual({ to: B, reason: 'removed' });
  });

  it('keeps the holder while nobody healthy is there', () => {
    const state = heldWith({ [B]: { health: 'fault' }, [C]: { health: 'fault' } });
    expect(run(state, beatOf(B, { health: 'fault' }), ctx).transferred).toBeUndefined();
  });
});

describe('paused: no new epoch for any reason', () => {
  it.each([
    ['FAULT', beatOf(A, { health: 'fault' })],
    ['resign', beatOf(B)],
    ['silence', beatOf(B, { claim: claim() })],
  ])('%s', (_, input) => {
    const state = heldWith({ [A]: { resignedAt: at(-60_000) } }, { paused: true });
    expect(run(state, input).transferred).toBeUndefined();
  });
});
