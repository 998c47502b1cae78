/** Proves that what the arbiter stores is parsed strictly enough to find a corrupt row, and passes through JSON. */
import { describe, expect, it } from 'vitest';
import { initialState } from '../../../core/election/initial.ts';
import { groupConfigSchema, groupStateSchema } from '../../../core/wire/item.ts';
import { A, at, groupConfig, heldState, movingState } from '../fixtures.ts';

const whole = () => ({
  ...movingState(),
  epochFloor: 9,
  dirtyAt: at(1),
  paused: true,
  drained: [A],
  looks: 1,
  lookNotBefore: at(2),
  repairs: 3,
  holdDownUntil: at(3),
  transferAt: at(4),
  transfers: 5,
  alertTokens: 6,
  alertAt: at(5),
});

describe('item: round trip', () => {
  it.each([
    ['a new group', initialState(groupConfig(), at(0))],
    ['a group at rest', heldState()],
    ['one with every field', whole()],
  ])('%s', (_, state) => {
    expect(groupStateSchema.parse(JSON.parse(JSON.stringify(state)))).toStrictEqual(state);
  });

  it('of the configuration', () => {
    expect(groupConfigSchema.parse(JSON.parse(JSON.stringify(groupConfig())))).toStrictEqual(groupConfig());
  });
});

describe('item: a corrupt row is found', () => {
  it.each([
    ['a fractional epoch', { epoch: 1.5 }],
    ['a negative rev', { rev: -1 }],
    ['an unknown phase', { phase: 'floating' }],
    ['a holder that is no instance', { holder: 'nobody' }],
    ['a member that is no instance', { members: { bad: heldState().members[A] } }],
    ['an order without an id', { move: { attempt: 1, at: at(0), inFlight: true } }],
    ['a time in text', { phaseAt: '2026-11-01' }],
    ['no holder at all', { holder: undefined }],
  ])('%s', (_, over) => {
    expect(groupStateSchema.safeParse({ ...heldState(), ...over }).success).toBe(false);
  });

  it('a configuration with too many members, or without a VIP', () => {
    const entry = { eni: 'eni-00000001', address: '10.0.0.1', priority: 1 };
    const members = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`i-0000000${index}`, entry]));
    expect(groupConfigSchema.safeParse(groupConfig({ members })).success).toBe(false);
    expect(groupConfigSchema.safeParse(groupConfig({ vips: [] })).success).toBe(false);
  });
});
