/** Proves when a VIP that another hand has moved is left to it: `drift: adopt`, `drift: alarm`, and an operator's adopt. */
import { describe, expect, it } from 'vitest';
import type { Input, StepContext } from '../../../core/election/types.ts';
import {
  A,
  at,
  B,
  beatOf,
  ENI,
  EPOCH,
  eventsIn,
  groupConfig,
  heldState,
  heldWith,
  looksIn,
  metricsIn,
  movesIn,
  movingState,
  observedInput,
  run,
  STRANGER_ENI,
  TWO_VIPS,
  VIP,
  VIP2,
} from '../fixtures.ts';

const on = (config: Parameters<typeof groupConfig>[0], offsetMs = 0): StepContext => ({
  now: at(offsetMs),
  config: groupConfig(config),
  mayMove: true,
});
const adopting = on({ drift: 'adopt' });
const alarming = on({ drift: 'alarm' });

describe('drift: adopt', () => {
  it('makes a healthy member that has the VIPs the holder, and moves nothing', () => {
    const { state, effects, transferred } = run(heldState(), observedInput(ENI[B]), adopting);
    expect(transferred).toEqual({ to: B, reason: 'drift' });
    expect(state).toMatchObject({ phase: 'held', epoch: EPOCH + 1 });
    expect(movesIn(effects)).toEqual([]);
  });

  it('counts as a change of hands for damping', () => {
    expect(run(heldState(), observedInput(ENI[B]), adopting).state.holdDownUntil).toBe(at(60_000));
  });

  it.each([
    ['at a member in FAULT', heldWith({ [B]: { health: 'fault' } }), ENI[B]],
    ['at nobody', heldState(), null],
    ['at a stranger', heldState(), STRANGER_ENI],
    ['after an overtaken mover of its own', heldState({ dirtyAt: at(-1) }), ENI[B]],
  ])('not: %s', (_, state, owner) => {
    const { effects, transferred } = run(state, observedInput(owner), adopting);
    expect(transferred).toBeUndefined();
    expect(movesIn(effects)).toMatchObject([{ to: A }]);
  });

  it('not when only some of the VIPs are there', () => {
    const halves: Input = {
      kind: 'observed',
      observations: [
        { address: VIP, owner: ENI[B] },
        { address: VIP2, owner: null },
      ],
    };
    const { transferred } = run(heldState(), halves, on({ drift: 'adopt', vips: [...TWO_VIPS] }));
    expect(transferred).toBeUndefined();
  });

  it('not where the lease is the fence', () => {
    const { transferred } = run(heldState(), observedInput(ENI[B]), on({ drift: 'adopt', exclusive: true }));
    expect(transferred).toBeUndefined();
  });

  it('also what a sweep has seen', () => {
    const sweep: Input = {
      kind: 'sweep',
      epoch: EPOCH,
      seenAt: at(0),
      observations: [{ address: VIP, owner: ENI[B] }],
    };
    expect(run(heldState(), sweep, adopting).transferred).toEqual({ to: B, reason: 'drift' });
    expect(movesIn(run(heldState({ dirtyAt: at(2000) }), sweep, adopting).effects)).toHaveLength(1);
  });
});

describe('drift: alarm', () => {
  it('tells and counts, moves nothing, and looks again later and later', () => {
    const { state, effects, transferred } = run(heldState(), observedInput(ENI[B]), alarming);
    expect([transferred, movesIn(effects)]).toEqual([undefined, []]);
    expect(eventsIn(effects)).toEqual(['drift']);
    expect(metricsIn(effects)).toEqual({ DriftLeft: 1 });
    expect(state.lookNotBefore).toBe(at(10_000));
    expect(state.repairs).toBeUndefined();
  });

  it('not after an overtaken mover of its own: that is nobody’s wish', () => {
    const { effects } = run(heldState({ dirtyAt: at(-1) }), observedInput(ENI[B]), alarming);
    expect(movesIn(effects)).toHaveLength(1);
    expect(metricsIn(effects)).toEqual({ DriftRepaired: 1 });
  });
});

describe('operator: adopt', () => {
  const adopt: Input = {
    kind: 'operator',
    command: { do: 'adopt' },
    by: 'arn:aws:iam::1:user/ops',
    reason: 'moved by hand',
  };
  const plain = on({});

  it('looks, and makes the member that has the VIPs the holder', () => {
    const asked = run(heldState({ paused: true }), adopt, plain);
    expect(looksIn(asked.effects)).toHaveLength(1);
    expect(eventsIn(asked.effects)).toEqual(['operator']);
    const seen = run(asked.state, observedInput(ENI[B]), on({}, 100));
    expect(seen.transferred).toEqual({ to: B, reason: 'adopt' });
    expect(movesIn(seen.effects)).toEqual([]);
    expect(seen.state.adoptAt).toBeUndefined();
  });

  it('is for that look alone', () => {
    const asked = run(heldState(), adopt, plain);
    const right = run(asked.state, observedInput(ENI[A]), on({}, 100));
    expect(right.state.adoptAt).toBeUndefined();
    const alive = run(asked.state, beatOf(B), on({}, 5000)).state;
    expect(run(alive, observedInput(ENI[B]), on({}, 5000)).transferred).toEqual({ to: B, reason: 'adopt' });
    const late = run(alive, observedInput(ENI[B]), on({}, 5001));
    expect(movesIn(late.effects)).toHaveLength(1);
    expect(late.state.adoptAt).toBeUndefined();
  });

  it('does not believe a stranger', () => {
    const asked = run(heldState(), adopt, plain);
    expect(movesIn(run(asked.state, observedInput(STRANGER_ENI), on({}, 100)).effects)).toHaveLength(1);
  });

  it.each([
    ['Exclusive', heldState(), on({ exclusive: true })],
    ['NotHeld', movingState(), plain],
    ['NotHeld', heldState({ holder: null, phase: 'vacant' }), plain],
  ])('is refused with %s', (code, state, ctx) => {
    expect(run(state, adopt, ctx).refusal).toMatchObject({ code });
  });
});
