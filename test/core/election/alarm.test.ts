/** Proves that an alarm about a member counts as a failed check of it, besides what it says of itself, until CloudWatch says that it is over. */
import { describe, expect, it } from 'vitest';
import type { StepContext } from '../../../core/election/types.ts';
import {
  A,
  at,
  B,
  beatOf,
  C,
  eventsIn,
  groupConfig,
  HB_MS,
  heldState,
  heldWith,
  run,
  STRANGER,
} from '../fixtures.ts';

const lag = { check: 'lag', alarm: 'replica-lag-{instance}', weight: 0 };
const disk = { check: 'disk', alarm: 'disk-{instance}', weight: -50 };
const on = (offsetMs = 0, alarms = [lag, disk]): StepContext => ({
  now: at(offsetMs),
  config: groupConfig({ alarms }),
  mayMove: true,
});
const alarm = (node: string, check = 'lag', rings = true) => ({ kind: 'alarm', node, check, rings }) as const;

describe('alarm: on', () => {
  it('of weight 0, takes the group away from its holder at once', () => {
    const { transferred, effects, state } = run(heldState(), alarm(A), on());
    expect(transferred).toEqual({ to: B, reason: 'fault' });
    expect(state.members[A]).toMatchObject({ health: 'fault', alarms: ['lag'] });
    expect(state.members[A]?.okSince).toBeUndefined();
    expect(effects[0]).toMatchObject({
      kind: 'emit',
      event: { type: 'alarm', reason: 'alarm', detail: { node: A, check: 'lag', alarm: `replica-lag-${A}` } },
    });
  });

  it('keeps a standby out, also after heartbeats and restarts in which it is well', () => {
    const rung = run(heldState(), alarm(B), on()).state;
    const beaten = run(rung, beatOf(B), on(HB_MS)).state;
    const restarted = run(beaten, beatOf(B, {}, 1, 8), on(2 * HB_MS)).state;
    for (const state of [rung, beaten, restarted])
      expect(state.members[B]).toMatchObject({ health: 'fault', alarms: ['lag'] });
    const fault = beatOf(A, { health: 'fault' });
    expect(run(run(restarted, beatOf(C), on(2 * HB_MS)).state, fault, on(2 * HB_MS)).transferred?.to).toBe(C);
  });

  it('of a negative weight, costs priority and is named', () => {
    const { state } = run(heldState(), alarm(A, 'disk'), on());
    expect(state.members[A]).toMatchObject({ health: 'ok', priority: 50, degradedBy: ['disk'] });
    const next = run(state, beatOf(A, { priority: 90, degradedBy: ['load'] }), on(HB_MS)).state;
    expect(next.members[A]).toMatchObject({ priority: 40, degradedBy: ['load', 'disk'] });
    expect(run(heldWith({ [A]: { priority: 20 } }), alarm(A, 'disk'), on()).state.members[A]?.priority).toBe(
      1,
    );
  });

  it.each([
    ['known already', heldWith({ [A]: { alarms: ['lag'] } }), alarm(A)],
    ['of a check that the group does not have', heldState(), alarm(A, 'other')],
    ['about a stranger', heldState(), alarm(STRANGER)],
    ['over, and never was on', heldState(), alarm(A, 'lag', false)],
  ])('changes nothing when it is %s', (_, state, input) => {
    const outcome = run(state, input, on());
    expect(outcome.state).toBe(state);
    expect(outcome.effects).toEqual([]);
  });
});

describe('alarm: over', () => {
  it('lets the member’s own word count alone with its next heartbeat', () => {
    const rung = run(run(heldState(), alarm(B), on()).state, alarm(B, 'disk'), on()).state;
    const over = run(rung, alarm(B, 'lag', false), on(HB_MS));
    expect(eventsIn(over.effects)).toEqual(['alarm']);
    expect(over.state.members[B]).toMatchObject({ health: 'fault', alarms: ['disk'] });
    const beaten = run(over.state, beatOf(B), on(HB_MS)).state;
    expect(beaten.members[B]).toMatchObject({ health: 'ok', priority: 50, okSince: at(HB_MS) });
    const clear = run(beaten, alarm(B, 'disk', false), on(HB_MS)).state;
    expect(clear.members[B]?.alarms).toBeUndefined();
    expect(run(clear, beatOf(B, {}, 12), on(2 * HB_MS)).state.members[B]).toMatchObject({ priority: 100 });
  });

  it('for a check that the group no longer has', () => {
    const rung = run(heldState(), alarm(B), on()).state;
    const beaten = run(rung, beatOf(B), on(HB_MS, [disk])).state;
    expect(beaten.members[B]).toMatchObject({ health: 'ok' });
    expect(beaten.members[B]?.alarms).toBeUndefined();
    expect(run(rung, alarm(B, 'lag', false), on(HB_MS, [disk])).state.members[B]?.alarms).toBeUndefined();
  });
});
