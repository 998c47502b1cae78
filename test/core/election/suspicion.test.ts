/** Proves when a claim by suspicion moves a group, and whom it helps. */
import { describe, expect, it } from 'vitest';
import { claimFlaw } from '../../../core/election/claim.ts';
import { durationMs } from '../../../core/time.ts';
import type { Claim } from '../../../core/wire/heartbeat.ts';
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
  groupConfig,
  heldState,
  heldWith,
  metricsIn,
  run,
} from '../fixtures.ts';

const watching = (over: object = {}) =>
  ctxAt(0, groupConfig({ peerDetection: { intervalMs: durationMs(50), multiplier: 3 }, ...over }));
const suspicion = (over: Partial<Claim> = {}): Claim =>
  claim({ evidence: 'suspect', silentMs: 200, loss: { n: 1, holderBoot: BOOT }, ...over });
const claims = (over: Partial<Claim> = {}, node = B) => beatOf(node, { claim: suspicion(over) });

describe('suspicion: granted', () => {
  it('at once, under a new epoch, and counted by the brake', () => {
    const { transferred, state, onSilence, effects } = run(heldState(), claims(), watching());
    expect(transferred).toEqual({ to: B, reason: 'suspicion' });
    expect(state.epoch).toBe(EPOCH + 1);
    expect(onSilence).toBe(true);
    expect(effects.find((effect) => effect.kind === 'emit')).toMatchObject({
      event: { from: A, to: B, detail: { silentMs: 200, beat: `${BOOT}:10`, by: B } },
    });
  });

  it('once for each loss: when the same holder is back with the session still down, that loss is spent', () => {
    const { state } = run(heldState(), claims(), watching());
    expect(state.members[B]?.suspected).toBe(1);
    const back = heldWith({ [B]: { suspected: 1 } });
    expect(run(back, claims(), watching()).transferred).toBeUndefined();
    expect(run(back, claims({ loss: { n: 2, holderBoot: BOOT } }), watching()).transferred?.to).toBe(B);
    // A later heartbeat keeps that in mind, a restarted agent counts anew.
    expect(run(back, beatOf(B), watching()).state.members[B]?.suspected).toBe(1);
    expect(run(back, beatOf(B, {}, 1, BOOT + 1), watching()).state.members[B]?.suspected).toBeUndefined();
  });
});

describe('suspicion: refused, counted and explained', () => {
  it.each([
    ['in an exclusive group', {}, { exclusive: true }, /only silence/],
    ['where peers do not watch each other', {}, { peerDetection: undefined }, /not configured/],
    ['without the loss', { loss: undefined }, {}, /which session/],
    ['of another run of the holder', { loss: { n: 1, holderBoot: BOOT - 1 } }, {}, /run/],
    ['before the beat has stood still for long enough', { silentMs: 199 }, {}, /199 ms of 200/],
    ['against another beat', { beat: `${BOOT}:9` }, {}, /beat is/],
    ['against another epoch', { epoch: EPOCH - 1 }, {}, /epoch is/],
    ['against another holder', { holder: C }, {}, /holder is/],
  ])('%s', (_, over, config, why) => {
    const refused = run(heldState(), claims(over), watching(config));
    expect(refused.transferred).toBeUndefined();
    expect(refused.state.phase).toBe('held');
    expect(metricsIn(refused.effects)).toEqual({ ClaimsRefused: 1 });
    expect(eventsIn(refused.effects)).toEqual(['claim-refused']);
    expect(claimFlaw(suspicion(over), heldState(), watching(config), B)).toMatch(why);
  });

  it('while the brake is on, while a group is paused, and by somebody nobody knows', () => {
    expect(run(heldState(), claims(), { ...watching(), braked: true }).transferred).toBeUndefined();
    expect(run(heldState({ paused: true }), claims(), watching()).transferred).toBeUndefined();
    expect(claimFlaw(suspicion(), heldState(), watching(), 'i-0000000000000000f')).toMatch(/counted already/);
  });

  it('of a longer wait where sessions are slower', () => {
    const slower = watching({ peerDetection: { intervalMs: durationMs(200), multiplier: 3 } });
    expect(run(heldState(), claims({ silentMs: 799 }), slower).transferred).toBeUndefined();
    expect(run(heldState(), claims({ silentMs: 800 }), slower).transferred?.to).toBe(B);
  });
});

describe('suspicion: whom it helps', () => {
  const slow = watching({ heartbeatMs: durationMs(10_000), leaseMs: durationMs(30_000) });

  it('the best of those that were heard a moment ago: others may have died with the holder', () => {
    const old = heldWith({ [B]: { at: at(-1201) } });
    expect(run(old, claims({}, C), slow).transferred?.to).toBe(C);
    const heard = heldWith({ [B]: { at: at(-1200) } });
    expect(run(heard, claims({}, C), slow).transferred?.to).toBe(B);
  });

  it('a living FAULT when nobody is healthy', () => {
    const state = heldWith({ [B]: { health: 'fault' }, [C]: { health: 'fault' } });
    expect(run(state, beatOf(B, { health: 'fault', claim: suspicion() }), slow).transferred?.reason).toBe(
      'suspicion',
    );
  });

  it('a claim of silence is not judged by that', () => {
    const old = heldWith({ [A]: { at: at(-30_000) }, [B]: { at: at(-9000) } });
    const silence = beatOf(C, { claim: claim({ silentMs: 30_000 }) });
    expect(run(old, silence, slow).transferred).toEqual({ to: B, reason: 'silence' });
  });
});
