/** Proves that a heartbeat counts only if it is newer than what is stored and comes from a member. */
import { describe, expect, it } from 'vitest';
import { A, B, BOOT, beatOf, ctxAt, groupConfig, heldState, run, STRANGER } from '../fixtures.ts';

describe('identity: a heartbeat that does not rise changes nothing', () => {
  const state = heldState();

  it.each([
    ['the same beat again', BOOT, 10],
    ['an older seq of the same boot', BOOT, 9],
    ['an older boot with a higher seq', BOOT - 1, 99],
  ])('refuses %s, names the stored pair and returns the same object', (_, bootNumber, seq) => {
    const outcome = run(state, beatOf(B, {}, seq, bootNumber));
    expect(outcome.refusal).toMatchObject({ code: 'StaleBeat', stored: { boot: BOOT, seq: 10 } });
    expect(outcome.state).toBe(state);
    expect(outcome.effects).toEqual([]);
  });

  it.each([
    ['the next seq', BOOT, 11],
    ['a newer boot that counts from 1 again', BOOT + 1, 1],
  ])('takes %s', (_, bootNumber, seq) => {
    const { refusal, state: next } = run(state, beatOf(B, {}, seq, bootNumber));
    expect(refusal).toBeUndefined();
    expect(next.members[B]).toMatchObject({ boot: bootNumber, seq });
  });
});

describe('identity: only members are heard', () => {
  const { [A]: _, ...others } = groupConfig().members;
  const withoutA = groupConfig({ members: others });

  it('refuses a host that is not in the roster and says what to do', () => {
    const state = heldState();
    const outcome = run(state, beatOf(STRANGER));
    expect(outcome.refusal?.code).toBe('NotEnrolled');
    expect(outcome.refusal?.message).toContain('deploy again');
    expect(outcome.state).toBe(state);
  });

  it('still hears the holder after it left the roster: a claim is checked against its beats', () => {
    const state = heldState({ paused: true });
    expect(run(state, beatOf(A), ctxAt(0, withoutA)).state.members[A]?.seq).toBe(11);
  });

  it('forgets other members that left the roster', () => {
    const state = heldState({ holder: B });
    expect(Object.keys(run(state, beatOf(B), ctxAt(0, withoutA)).state.members)).not.toContain(A);
  });
});
