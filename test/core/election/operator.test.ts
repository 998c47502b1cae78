/** Proves that an operator's command is taken once, as meant, and moves by the same rules as everything else. */
import { describe, expect, it } from 'vitest';
import type { Command } from '../../../core/election/types.ts';
import {
  A,
  at,
  B,
  beatOf,
  C,
  ctxAt,
  ENI,
  EPOCH,
  eventsIn,
  groupConfig,
  heldState,
  heldWith,
  member,
  movingState,
  run,
  STRANGER,
} from '../fixtures.ts';

const order = (command: Command, over: { ifEpoch?: number } = {}) =>
  ({ kind: 'operator', command, by: 'arn:aws:iam::1:user/ops', reason: 'maintenance', ...over }) as const;
const failover = (to?: string) => order({ do: 'failover', to });

describe('operator: failover', () => {
  it('waits for the successor’s own heartbeat, which binds in its answer', () => {
    const ordered = run(heldState(), failover());
    expect(ordered.transferred).toBeUndefined();
    expect(ordered.state.handover).toEqual({ to: B, at: at(0) });
    expect(eventsIn(ordered.effects)).toEqual(['operator']);
    expect(run(ordered.state, beatOf(A), ctxAt(100)).transferred).toBeUndefined();
    expect(run(ordered.state, beatOf(C), ctxAt(100)).transferred).toBeUndefined();
    const moved = run(ordered.state, beatOf(B), ctxAt(100));
    expect(moved.transferred).toEqual({ to: B, reason: 'operator' });
    expect(moved.state.handover).toBeUndefined();
  });

  it('goes to the member that was named', () => {
    const ordered = run(heldState(), failover(C));
    expect(run(ordered.state, beatOf(B), ctxAt(100)).transferred).toBeUndefined();
    expect(run(ordered.state, beatOf(C), ctxAt(100)).transferred).toEqual({ to: C, reason: 'operator' });
  });

  it('is not carried out by a target that has fallen ill since', () => {
    const ordered = run(heldState(), failover(C));
    const ill = run(ordered.state, beatOf(C, { health: 'fault' }), ctxAt(100));
    expect(ill.transferred).toBeUndefined();
  });

  it('is dropped after 10 s', () => {
    const { state } = run(heldState(), failover(C));
    const fresh = (ms: number) => ({
      ...state,
      members: { ...state.members, [A]: member({ at: at(ms) }) },
    });
    expect(run(fresh(10_000), beatOf(C), ctxAt(10_000)).transferred?.to).toBe(C);
    const late = run(fresh(10_001), beatOf(C), ctxAt(10_001));
    expect(late.transferred).toBeUndefined();
    expect(late.state.handover).toBeUndefined();
  });

  it.each([
    ['to a stranger', failover(STRANGER), heldState(), 'NotAMember'],
    ['to the holder', failover(A), heldState(), 'NothingToDo'],
    ['to a silent member', failover(B), heldWith({ [B]: { at: at(-9000) } }), 'NotEligible'],
    ['to a member in FAULT', failover(B), heldWith({ [B]: { health: 'fault' } }), 'NotEligible'],
    [
      'with no standby',
      failover(),
      heldWith({ [B]: { at: at(-9000) }, [C]: { at: at(-9000) } }),
      'NoStandby',
    ],
    ['while paused', failover(), heldState({ paused: true }), 'Paused'],
    ['while moving', failover(C), movingState(), 'NotHeld'],
  ])('%s is refused and changes nothing', (_, input, state, code) => {
    const refused = run(state, input);
    expect(refused.refusal?.code).toBe(code);
    expect(refused.state).toBe(state);
    expect(refused.effects).toEqual([]);
  });
});

describe('operator: the epoch that was meant', () => {
  it('another one refuses any command', () => {
    for (const command of [{ do: 'failover' }, { do: 'drain', node: A }, { do: 'pause' }] as const) {
      expect(run(heldState(), order(command, { ifEpoch: EPOCH - 1 })).refusal?.code).toBe('EpochMismatch');
      expect(run(heldState(), order(command, { ifEpoch: EPOCH })).refusal).toBeUndefined();
    }
  });
});

describe('operator: drain', () => {
  it('moves the group off the member, at the successor’s heartbeat, and keeps it off', () => {
    const drained = run(heldState(), order({ do: 'drain', node: A }));
    expect(drained.state.drained).toEqual([A]);
    expect(run(drained.state, beatOf(A), ctxAt(100)).transferred).toBeUndefined();
    const moved = run(drained.state, beatOf(B), ctxAt(100));
    expect(moved.transferred).toEqual({ to: B, reason: 'drained' });
    const away = heldState({ holder: B, drained: [A, C] });
    expect(run(away, beatOf(B, { health: 'fault' })).transferred).toBeUndefined();
  });

  it('undrain takes it back; what is asked for already is refused', () => {
    const state = heldState({ drained: [B, C] });
    expect(run(state, order({ do: 'undrain', node: B })).state.drained).toEqual([C]);
    expect(run(heldState({ drained: [B] }), order({ do: 'undrain', node: B })).state.drained).toBeUndefined();
    expect(run(state, order({ do: 'drain', node: B })).refusal?.code).toBe('NothingToDo');
    expect(run(heldState(), order({ do: 'undrain', node: B })).refusal?.code).toBe('NothingToDo');
    expect(run(heldState(), order({ do: 'drain', node: STRANGER })).refusal?.code).toBe('NotAMember');
  });

  it('a member that left the roster can still be undrained', () => {
    const config = groupConfig({ members: { [A]: { eni: ENI[A], address: '172.31.0.11', priority: 100 } } });
    const state = heldState({ drained: [B] });
    expect(run(state, order({ do: 'undrain', node: B }), ctxAt(0, config)).refusal).toBeUndefined();
  });
});

describe('operator: pause and resume', () => {
  it('nothing moves while paused, and what is due moves afterwards', () => {
    const paused = run(heldState(), order({ do: 'pause' })).state;
    const faulty = run(paused, beatOf(A, { health: 'fault' }), ctxAt(100));
    expect(faulty.transferred).toBeUndefined();
    const resumed = run(faulty.state, order({ do: 'resume' }), ctxAt(200));
    expect(resumed.transferred).toEqual({ to: B, reason: 'fault' });
  });

  it('a pause drops an ordered failover', () => {
    const ordered = run(heldState(), failover()).state;
    expect(run(ordered, order({ do: 'pause' })).state.handover).toBeUndefined();
  });

  it('twice is refused', () => {
    expect(run(heldState({ paused: true }), order({ do: 'pause' })).refusal?.code).toBe('NothingToDo');
    expect(run(heldState(), order({ do: 'resume' })).refusal?.code).toBe('NothingToDo');
  });
});
