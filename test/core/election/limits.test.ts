/** Proves on which side of each limit the limit itself lies, and that limits scale with what they are made of. */
import { describe, expect, it } from 'vitest';
import { isAlerted } from '../../../core/election/alert.ts';
import { orderLook } from '../../../core/election/drift.ts';
import { isUnaware } from '../../../core/election/eligibility.ts';
import { changeWhileHeld } from '../../../core/election/held.ts';
import { dropStaleHandover } from '../../../core/election/operator.ts';
import { durationMs } from '../../../core/time.ts';
import {
  A,
  at,
  B,
  beatOf,
  C,
  ctxAt,
  EPOCH,
  groupConfig,
  heldState,
  heldWith,
  LEASE_MS,
  member,
  movingState,
  run,
} from '../fixtures.ts';

describe('limits: of time', () => {
  it('a member is unaware from exactly one and a half heartbeats on', () => {
    const deaf = (ms: number) => member({ behind: true, deafSince: at(-ms) });
    expect([1499, 1500].map((ms) => isUnaware(deaf(ms), ctxAt()))).toEqual([false, true]);
  });

  it('a preemption is due when its delay has passed, not a moment later', () => {
    const config = groupConfig({ preempt: true, preemptDelayMs: durationMs(5000) });
    const state = heldWith({ [B]: { priority: 200, okSince: at(-5000) } });
    const wish = (readyMs: number) => beatOf(B, { priority: 200, preempt: { epoch: EPOCH, readyMs } });
    expect(run(state, wish(5000), ctxAt(0, config)).transferred).toEqual({ to: B, reason: 'preempt' });
    expect(run(state, wish(4999), ctxAt(0, config)).transferred).toBeUndefined();
    expect(run(state, wish(5000), ctxAt(-1, config)).transferred).toBeUndefined();
  });

  it('hold-down lasts as long as it can have been set for: thirty-two times the configured time', () => {
    const config = groupConfig({ preempt: true });
    const until = (ms: number) => heldWith({ [B]: { priority: 200 } }, { holdDownUntil: at(ms) });
    const wish = beatOf(B, { priority: 200, preempt: { epoch: EPOCH, readyMs: 0 } });
    expect(run(until(32 * 60_000), wish, ctxAt(0, config)).transferred).toBeUndefined();
    expect(run(until(33 * 60_000), wish, ctxAt(0, config)).transferred).toEqual({ to: B, reason: 'preempt' });
  });

  it('an epoch that agents have seen is only restored from if it is higher', () => {
    const floor = (epochFloor: number) => run(heldState({ epochFloor }), beatOf(A)).transferred;
    expect(floor(EPOCH)).toBeUndefined();
    expect(floor(EPOCH + 1)).toEqual({ to: A, reason: 'restored' });
  });

  it('a holder is alive for a restore for exactly a lease', () => {
    const seen = (ms: number) =>
      run(heldWith({ [A]: { at: at(-ms) } }, { epochFloor: EPOCH + 1 }), beatOf(B)).transferred;
    expect(seen(LEASE_MS)?.to).toBe(A);
    expect(seen(LEASE_MS + 1)?.to).toBe(B);
  });

  it('looks count as following each other for exactly a minute', () => {
    const looks = (ms: number) =>
      orderLook(heldState({ looks: 2, lookNotBefore: at(-ms) }), ctxAt()).state.looks;
    expect([looks(60_000), looks(60_001)]).toEqual([2, 0]);
  });

  it('an ordered failover is kept for five heartbeats when they are long', () => {
    const config = groupConfig({ heartbeatMs: durationMs(10_000) });
    const kept = (ms: number) =>
      dropStaleHandover(heldState({ handover: { to: B, at: at(-ms) } }), ctxAt(0, config)).handover;
    expect([kept(50_000) !== undefined, kept(50_001)]).toEqual([true, undefined]);
  });
});

describe('limits: of an ordered failover', () => {
  it('while the holder is being asked to release, it stands, however late', () => {
    const state = heldState({ phase: 'releasing', handover: { to: B, at: at(-60_000) } });
    expect(dropStaleHandover(state, ctxAt())).toBe(state);
  });

  it('one whose target holds already is done', () => {
    const state = heldState({ handover: { to: A, at: at(0) } });
    expect(dropStaleHandover(state, ctxAt())).not.toHaveProperty('handover');
  });
});

describe('limits: of who is meant', () => {
  it('nobody is alerted while the fabric still moves', () => {
    const wavering = { [B]: member({ wavering: true }), [C]: member(), [A]: member() };
    expect(isAlerted(heldState({ holder: B, members: wavering }), A, ctxAt())).toBe(true);
    expect(isAlerted(movingState({ members: wavering }), A, ctxAt())).toBe(false);
  });

  it.each([true, false])(
    'the better of two equals is the one with the lower id (in order: %s)',
    (inOrder) => {
      const names = inOrder ? [B, C] : [C, B];
      const equals = Object.fromEntries(names.map((node) => [node, member({ okSince: at(-9000) })]));
      const state = heldState({ members: { [A]: member({ health: 'fault' }), ...equals } });
      expect(changeWhileHeld(state, { kind: 'observed', observations: [] }, ctxAt())).toEqual({
        to: B,
        reason: 'fault',
      });
    },
  );

  it.each([true, false])('a FAULT is behind the healthy, whatever its priority (in order: %s)', (inOrder) => {
    const sick = [B, member({ health: 'fault', priority: 254 })] as const;
    const well = [C, member({ priority: 1 })] as const;
    const state = heldState({
      members: Object.fromEntries([
        [A, member({ health: 'fault' })],
        ...(inOrder ? [sick, well] : [well, sick]),
      ]),
    });
    expect(changeWhileHeld(state, { kind: 'observed', observations: [] }, ctxAt())?.to).toBe(C);
  });

  it('one check in common is enough for a degraded holder to stay', () => {
    const degraded = (names: string[]) =>
      run(
        heldWith({ [A]: { priority: 50, degradedBy: ['disk'] } }),
        beatOf(B, { priority: 100, degradedBy: names }),
      ).transferred;
    expect(degraded(['load', 'disk'])).toBeUndefined();
    expect(degraded(['load'])).toEqual({ to: B, reason: 'degraded' });
  });

  it('a drained holder is taken over from by the best standby only', () => {
    const state = heldState({ drained: [A] });
    expect(run(state, beatOf(C)).transferred).toBeUndefined();
    expect(run(state, beatOf(B)).transferred).toEqual({ to: B, reason: 'drained' });
  });

  it('a removed holder’s beats are remembered while others report', () => {
    const config = groupConfig();
    const { [A]: _, ...members } = config.members;
    const paused = heldState({ paused: true });
    expect(run(paused, beatOf(B), ctxAt(0, { ...config, members })).state.members[A]).toEqual(
      paused.members[A],
    );
  });
});
