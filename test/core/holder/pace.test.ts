/** Proves when heartbeats go out: at their interval, soon after the holder's for a standby, quickly when told so. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stepHolder } from '../../../core/holder/step.ts';
import type { HolderContext, HolderInput, HolderState } from '../../../core/holder/types.ts';
import { durationMs } from '../../../core/time.ts';
import type { GroupAnswer } from '../../../core/wire/heartbeat.ts';
import { A, answer, B, boot, HB_MS, hostAt, master, profile, standby } from '../fixtures.ts';

const next = (
  state: HolderState,
  over: Partial<GroupAnswer>,
  sentAt = 0,
  receivedAt = 10,
  ctx: Partial<HolderContext> = {},
): number => {
  const input: HolderInput = { kind: 'answer', answer: answer(over), sentAt: boot(sentAt), resigned: false };
  return stepHolder(state, input, hostAt(receivedAt, ctx)).state.nextBeatAt - boot(0);
};
const own = { node: B, beat: '7:3', ageMs: 0, holdMs: 0, priority: 100 };
const aged = (ageMs: number) => ({ node: A, beat: '7:11', ageMs, holdMs: 0, priority: 100 });

describe('pace: the holder', () => {
  it('beats one heartbeat after the last was sent, however long its answer took', () => {
    expect(next(master(), { role: 'MASTER', holder: own }, 0, 350)).toBe(HB_MS);
  });

  it.each([
    ['400 ms after a heartbeat without an answer', HB_MS, 400],
    ['or one heartbeat, where that is shorter: a lost packet must not look like silence', 200, 200],
  ])('tries again %s', (_, heartbeatMs, expected) => {
    const ctx = hostAt(0, { profile: profile({ heartbeatMs: durationMs(heartbeatMs) }) });
    expect(stepHolder(master(), { kind: 'sent', claimed: false }, ctx).state.nextBeatAt).toBe(boot(expected));
  });

  it('gives an overloaded arbiter a whole heartbeat', () => {
    expect(stepHolder(master(), { kind: 'unanswered', why: 'overloaded' }, hostAt(50)).state.nextBeatAt).toBe(
      boot(50 + HB_MS),
    );
  });

  it('does not let a FAULT wait a heartbeat because the arbiter failed for a moment', () => {
    const { state: sent } = stepHolder(master(), { kind: 'sent', claimed: false }, hostAt(0));
    const failed = stepHolder(sent, { kind: 'unanswered', why: 'failing' }, hostAt(50)).state;
    expect(failed.nextBeatAt).toBe(boot(400));
  });
});

describe('pace: a standby follows the holder', () => {
  it('150 ms after the holder’s expected beat, 30 ms later for each rank', () => {
    // At 10 the holder's beat is 500 old: it was taken at -490 and the next is expected at 510.
    expect(next(standby(), { holder: aged(500) })).toBe(510 + 150);
    expect(next(standby(), { holder: aged(500), rank: 2 })).toBe(510 + 150 + 60);
  });

  it.each([
    ['while this host holds another group', { mayFollow: false }, aged(500)],
    ['of a holder that is already late', {}, aged(HB_MS + 1)],
    ['where there is no holder', {}, null],
  ])('not %s', (_, ctx, holder) => {
    expect(next(standby(), { holder }, 0, 10, ctx)).toBe(HB_MS);
  });

  it('not when it is told to be quick', () => {
    for (const ageMs of [0, 10, 500])
      expect(next(standby(), { heartbeatMs: 25, holder: aged(ageMs) })).toBe(25);
  });

  it('and its interval never leaves a quarter to one and a quarter heartbeat', () => {
    fc.assert(
      fc.property(fc.nat({ max: HB_MS }), fc.nat({ max: 7 }), fc.nat({ max: 400 }), (ageMs, rank, rttMs) => {
        const interval = next(standby(), { holder: aged(ageMs), rank }, 0, rttMs);
        expect(interval).toBeGreaterThanOrEqual(HB_MS / 4);
        expect(interval).toBeLessThan((HB_MS * 5) / 4);
      }),
    );
  });
});

describe('pace: a leaving agent', () => {
  it('repeats its resignation every 100 ms', () => {
    const leaving = master({ leaving: { by: boot(5000), acknowledged: false } });
    expect(next(leaving, { role: 'MASTER', holder: own })).toBe(100);
  });
});
