/** Proves that what a group lacks (a holder, its entry, a successor, an order) stops nothing and moves nothing wrongly. */
import { describe, expect, it } from 'vitest';
import { answerFor } from '../../../core/election/answer.ts';
import { claimFlaw } from '../../../core/election/claim.ts';
import { lookDue, takeObservation } from '../../../core/election/drift.ts';
import { changeWhileHeld } from '../../../core/election/held.ts';
import { changeWhileMoving, takeResults } from '../../../core/election/moving.ts';
import { regrant, reorder } from '../../../core/election/transfer.ts';
import type { Input } from '../../../core/election/types.ts';
import { durationMs } from '../../../core/time.ts';
import type { GroupState } from '../../../core/wire/item.ts';
import {
  A,
  at,
  B,
  beatOf,
  C,
  claim,
  ctxAt,
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
  VIPS,
} from '../fixtures.ts';

const LOOK: Input = { kind: 'observed', observations: [] };
const exclusive = groupConfig({ exclusive: true, leaseMs: durationMs(5000) });
const without = (state: GroupState, node: string): GroupState => {
  const { [node]: _, ...members } = state.members;
  return { ...state, members };
};
const rosterWithout = (node: string) => {
  const config = groupConfig();
  const { [node]: _, ...members } = config.members;
  return { ...config, members };
};

describe('absent: the holder’s entry', () => {
  const state = without(heldState(), A);

  it('a holder that nobody knows of is as good as removed', () => {
    expect(changeWhileHeld(state, LOOK, ctxAt())).toEqual({ to: B, reason: 'removed' });
    expect(changeWhileHeld({ ...state, members: {} }, LOOK, ctxAt())).toBeUndefined();
  });

  it('a claim against it is judged by the lease alone', () => {
    expect(claimFlaw(claim(), state, ctxAt(), B)).toBeUndefined();
    expect(claimFlaw(claim({ silentMs: 2999 }), state, ctxAt(), B)).toContain('3000 ms');
  });

  it('nothing is concluded from what it does not say', () => {
    expect(lookDue(state, LOOK, ctxAt())).toBe(false);
    expect(lookDue(without(heldState(), C), beatOf(C, { vips: PRESENT }), ctxAt())).toBe(false);
    expect(answerFor(state, B, ctxAt()).holder).toBeNull();
    expect(answerFor(state, A, ctxAt(0, exclusive)).role).toBe('MASTER');
  });

  it('a target without an entry is given up, and cannot be banned', () => {
    const moving = without(movingState(), B);
    expect(changeWhileMoving(moving, LOOK, ctxAt())).toEqual({ to: A, reason: 'target-removed' });
    const failed = movedInput({ results: [failedResult(true)] });
    if (failed.kind !== 'moved') throw new Error('not a result');
    expect(takeResults(moving, failed, ctxAt()).state.members).toEqual(moving.members);
  });
});

describe('absent: a place in the roster', () => {
  it('a target that left it is moved to no more, and nothing else is either while nobody is fit', () => {
    const others = { [A]: { resignedAt: at(-1) }, [C]: { resignedAt: at(-1) } };
    const state = { ...heldWith(others, { holder: B, phase: 'moving', reason: 'silence' }) };
    const ordered = reorder(state, 'silence', VIPS, ctxAt(0, rosterWithout(B)));
    expect(ordered.effects).toEqual([]);
    expect(reorder(state, 'silence', VIPS, ctxAt()).effects).toHaveLength(1);
  });

  it('a VIP found anywhere is misplaced when its holder has no ENI in the roster', () => {
    const observations = [{ address: VIPS[0].address, owner: null }];
    const looked = takeObservation(heldState(), observations, ctxAt(0, rosterWithout(A)));
    expect(looked.state.phase).toBe('moving');
    expect(movesIn(looked.effects)).toEqual([]);
  });
});

describe('absent: a successor', () => {
  it('a claim that stands moves nothing when nobody lives but the silent holder', () => {
    const state = heldWith({ [B]: { resignedAt: at(-1) }, [C]: { at: at(-60_000) } });
    expect(run(state, beatOf(B, { claim: claim() })).transferred).toBeUndefined();
  });

  it('a drained holder stays when nobody else can, whatever happens', () => {
    const alone = { [B]: { resignedAt: at(-1) }, [C]: { at: at(-60_000) } };
    const state = heldWith(alone, { drained: [A] });
    expect(changeWhileHeld(state, LOOK, ctxAt())).toBeUndefined();
    expect(run(state, beatOf(A)).transferred).toBeUndefined();
  });

  it('a leaving holder is not taken over from by what is no report at all', () => {
    const state = heldWith({ [A]: { resignedAt: at(-100) } });
    expect(changeWhileHeld(state, LOOK, ctxAt())).toBeUndefined();
    expect(changeWhileHeld(state, LOOK, ctxAt(2000))).toBeUndefined();
    expect(changeWhileHeld(heldWith({ [A]: { resignedAt: at(-1200) } }), LOOK, ctxAt())?.to).toBe(B);
  });
});

describe('absent: an order, a mark, a deaf member’s entry', () => {
  it('results of an order that the item does not have are a stale mover’s', () => {
    const { move: _, ...state } = movingState();
    const taken = takeResults(state, { kind: 'moved', epoch: 5, moveId: 100, results: [] }, ctxAt());
    expect(taken.state).toMatchObject({ phase: 'moving', dirtyAt: at(0) });
  });

  it('a look without a mark leaves none behind', () => {
    const state = heldState({ lookNotBefore: at(500) });
    const looked = takeObservation(state, [{ address: VIPS[0].address, owner: 'eni-0000000a' }], ctxAt());
    expect(Object.keys(looked.state)).not.toContain('dirtyAt');
  });

  it('one that is deaf stays MASTER of a fenced group, and of an exclusive one is told nothing to act on', () => {
    const state = heldWith({ [A]: { deafSince: at(-100) } });
    expect(answerFor(state, A, ctxAt()).role).toBe('MASTER');
    expect(answerFor(state, A, ctxAt(0, exclusive)).role).toBe('BACKUP');
    expect(answerFor(without(state, C), C, ctxAt(0, exclusive)).role).toBe('BACKUP');
  });
});

describe('absent: a reason to ask', () => {
  it('a silent target of an exclusive group is waited for: only a claim proves that it has let go', () => {
    const members = { [A]: member(), [B]: member({ at: at(-3000), holdMs: 5000 }), [C]: member() };
    const state = movingState({ members });
    const waited = run(state, beatOf(C), ctxAt(0, exclusive));
    expect(waited.state).toMatchObject({ phase: 'moving', holder: B });
    const claimed = beatOf(C, { claim: claim({ holder: B, silentMs: 5250 }) });
    expect(run(state, claimed, ctxAt(0, exclusive)).transferred?.to).toBe(A);
  });

  it('a fenced target that does not know of its group’s epoch and hears nothing is given up', () => {
    const deaf = member({ behind: true, deafSince: at(-1500) });
    const state = movingState({ members: { [A]: member(), [B]: deaf, [C]: member() } });
    expect(run(state, beatOf(C)).transferred).toEqual({ to: A, reason: 'target-deaf' });
  });

  it('to go on without a move the holder must have held, and its VIPs must be there', () => {
    const here = { [A]: { inFabric: true } };
    const ctx = ctxAt(0, exclusive);
    expect(regrant(heldWith(here), 'lapsed', ctx).state.phase).toBe('held');
    expect(regrant(heldWith({ [A]: { inFabric: false } }), 'lapsed', ctx).state.phase).toBe('moving');
    const moving = heldWith(here, {
      phase: 'moving',
      move: { id: 100, attempt: 1, at: at(0), inFlight: true },
    });
    expect(movesIn(regrant(moving, 'lapsed', ctx).effects)).toHaveLength(1);
    expect(regrant(without(heldState(), A), 'lapsed', ctx).state.phase).toBe('moving');
  });
});
