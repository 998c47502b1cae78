/** Proves that the best standby beats quickly while the holder wavers, within a budget. */
import { describe, expect, it } from 'vitest';
import { answerFor } from '../../../core/election/answer.ts';
import { ALERT_TOKENS_MAX } from '../../../core/election/rules.ts';
import type { GroupState } from '../../../core/wire/item.ts';
import { A, at, B, beatOf, C, ctxAt, HB_MS, heldWith, movingState, run } from '../fixtures.ts';

const wavering = (over: Partial<GroupState> = {}): GroupState => heldWith({ [A]: { wavering: true } }, over);
const pace = (state: GroupState, node: string, now = 0): number =>
  answerFor(state, node, ctxAt(now)).heartbeatMs;

describe('alert: who is told to beat every 25 ms', () => {
  it('the best standby while a check of the holder is failing, nobody else', () => {
    expect(pace(wavering(), B)).toBe(25);
    expect(pace(wavering(), C)).toBe(HB_MS);
    expect(pace(wavering(), A)).toBe(HB_MS);
  });

  it.each([
    ['the holder does not waver', heldWith({})],
    ['the holder is already in FAULT', heldWith({ [A]: { wavering: true, health: 'fault' } })],
    [
      'a move is under way',
      {
        ...movingState(),
        members: { ...wavering().members, [B]: { ...movingState().members[B], wavering: true } },
      } as GroupState,
    ],
    ['the budget is used up', wavering({ alertTokens: 0, alertAt: at(0) })],
  ])('nobody when %s', (_, state) => {
    expect(pace(state, B)).toBe(HB_MS);
    expect(pace(state, C)).toBe(HB_MS);
  });
});

describe('alert: the budget', () => {
  const beat = (state: GroupState, seq: number, now: number): GroupState =>
    run(state, beatOf(B, {}, seq), ctxAt(now)).state;

  it('pays one token for each quick heartbeat and none for others', () => {
    expect(beat(wavering(), 11, 0).alertTokens).toBe(ALERT_TOKENS_MAX - 1);
    expect(run(wavering(), beatOf(C), ctxAt()).state.alertTokens).toBeUndefined();
    expect(run(heldWith({}), beatOf(B), ctxAt()).state.alertTokens).toBeUndefined();
  });

  it('refills one a second, also at a pace of 25 ms, and never above the burst', () => {
    let state = wavering({ alertTokens: 100, alertAt: at(0) });
    for (let beats = 1; beats <= 80; beats += 1)
      state = { ...beat(state, 10 + beats, beats * 25), members: { ...state.members } };
    expect(state.alertTokens).toBe(100 - 80 + 2);
    expect(beat(wavering({ alertTokens: 1, alertAt: at(-3_600_000) }), 11, 0).alertTokens).toBe(
      ALERT_TOKENS_MAX - 1,
    );
  });
});
