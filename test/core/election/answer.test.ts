/** Proves what a member is told. */
import { describe, expect, it } from 'vitest';
import { answerFor } from '../../../core/election/answer.ts';
import { groupAnswerSchema } from '../../../core/wire/heartbeat.ts';
import { A, at, B, BOOT, C, ctxAt, EPOCH, HB_MS, heldState, heldWith, movingState } from '../fixtures.ts';

describe('answer: the role', () => {
  it('is MASTER for the item’s holder alone, also while its move is under way: it binds before the fabric is done', () => {
    expect(answerFor(heldState(), A, ctxAt()).role).toBe('MASTER');
    expect(answerFor(heldState(), B, ctxAt()).role).toBe('BACKUP');
    expect(answerFor(movingState(), B, ctxAt()).role).toBe('MASTER');
    expect(answerFor(movingState(), A, ctxAt()).role).toBe('BACKUP');
  });

  it('carries rev and epoch, by which the agent orders answers', () => {
    expect(answerFor(heldState({ rev: 123 }), B, ctxAt())).toMatchObject({
      rev: 123,
      epoch: EPOCH,
      heartbeatMs: HB_MS,
    });
  });
});

describe('answer: what a standby needs for a claim', () => {
  it('names the holder’s beat and how old it is by the arbiter’s clock, never negative', () => {
    expect(answerFor(heldState(), B, ctxAt(400)).holder).toEqual({
      node: A,
      beat: `${BOOT}:10`,
      ageMs: 400,
      holdMs: 0,
      priority: 100,
    });
    expect(answerFor(heldState(), B, ctxAt(-400)).holder?.ageMs).toBe(0);
  });

  it('gives ranks by preference, and none to who could not take over', () => {
    const state = heldWith({ [C]: { priority: 200 } });
    expect([A, B, C].map((node) => answerFor(state, node, ctxAt()).rank)).toEqual([undefined, 1, 0]);
    expect(answerFor(heldWith({ [B]: { resignedAt: at(0) } }), B, ctxAt())).not.toHaveProperty('rank');
  });

  it('has no holder when there is none, or none that ever reported', () => {
    expect(answerFor(heldState({ holder: null, phase: 'vacant' }), B, ctxAt()).holder).toBeNull();
    expect(answerFor(heldState({ members: {} }), B, ctxAt()).holder).toBeNull();
  });
});

describe('answer: on the wire', () => {
  it('passes its own schema, with and without work', () => {
    for (const work of [true, false]) {
      const answer = answerFor(heldState(), B, ctxAt(10), work);
      expect(groupAnswerSchema.parse(JSON.parse(JSON.stringify(answer)))).toEqual(answer);
      expect(answer.work).toBe(work ? true : undefined);
    }
  });
});
