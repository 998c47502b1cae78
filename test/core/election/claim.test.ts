/** Proves that a claim of silence is granted only against exactly what its sender watched. */
import { describe, expect, it } from 'vitest';
import { claimFlaw } from '../../../core/election/claim.ts';
import {
  A,
  at,
  B,
  BOOT,
  beatOf,
  C,
  claim,
  ctxAt,
  EPOCH,
  eventsIn,
  heldState,
  heldWith,
  LEASE_MS,
  metricsIn,
  movesIn,
  movingState,
  run,
} from '../fixtures.ts';

const silent = () => heldWith({ [A]: { at: at(-LEASE_MS) } });

describe('claim: three things must still be true', () => {
  it('is granted when epoch, holder and beat are the item’s: the claimant gets the VIP under the next epoch', () => {
    const { transferred, state, effects } = run(silent(), beatOf(B, { claim: claim() }));
    expect(transferred).toEqual({ to: B, reason: 'silence' });
    expect(state.epoch).toBe(EPOCH + 1);
    expect(movesIn(effects)).toHaveLength(1);
  });

  it.each([
    ['a later beat of the same boot', { beat: `${BOOT}:9` }, /beat is 7:10/],
    ['a beat of another boot', { beat: `${BOOT - 1}:10` }, /beat is 7:10/],
    ['another epoch', { epoch: EPOCH - 1 }, /epoch is 5/],
    ['another holder', { holder: C }, /holder is/],
    ['less silence than the lease', { silentMs: LEASE_MS - 1 }, /less than the lease/],
    ['suspicion, which nobody configured', { evidence: 'suspect' as const }, /peer detection/],
  ])('is refused, counted and explained against %s', (_, over, why) => {
    const refused = run(silent(), beatOf(B, { claim: claim(over) }));
    expect(refused.transferred).toBeUndefined();
    expect(movesIn(refused.effects)).toEqual([]);
    expect(metricsIn(refused.effects)).toEqual({ ClaimsRefused: 1 });
    expect(eventsIn(refused.effects)).toEqual(['claim-refused']);
    expect(claimFlaw(claim(over), silent(), ctxAt(), B)).toMatch(why);
  });

  it('is refused while a move is under way, and in a group nobody holds', () => {
    expect(claimFlaw(claim({ holder: B }), movingState(), ctxAt(), B)).toMatch(/moving/);
    expect(claimFlaw(claim(), heldState({ phase: 'vacant', holder: null }), ctxAt(), B)).toMatch(/vacant/);
  });

  it('does not depend on the arbiter’s clock: the holder’s report may look fresh or old', () => {
    expect(run(heldState(), beatOf(B, { claim: claim() }), ctxAt(-5000)).transferred).toEqual({
      to: B,
      reason: 'silence',
    });
  });
});

describe('claim: whom it helps', () => {
  it('goes to the best member, not to the one that claims', () => {
    expect(run(silent(), beatOf(C, { claim: claim() })).transferred).toEqual({ to: B, reason: 'silence' });
  });

  it('goes to a living FAULT when nobody is healthy', () => {
    const state = heldWith({
      [A]: { at: at(-LEASE_MS) },
      [B]: { health: 'fault' },
      [C]: { health: 'fault' },
    });
    const { transferred } = run(state, beatOf(B, { health: 'fault', claim: claim() }));
    expect(transferred?.reason).toBe('silence');
  });

  it('is not held back by hold-down, which damps wishes and not failures', () => {
    const state = heldWith({ [A]: { at: at(-LEASE_MS) } }, { holdDownUntil: at(60_000) });
    expect(run(state, beatOf(B, { claim: claim() })).transferred?.to).toBe(B);
  });

  it('says in its event how long the silence was and whose claim it was', () => {
    const { effects } = run(silent(), beatOf(C, { claim: claim({ silentMs: 3100 }) }));
    expect(effects.find((effect) => effect.kind === 'emit')).toMatchObject({
      event: { from: A, to: B, detail: { silentMs: 3100, beat: '7:10', by: C } },
    });
  });
});
