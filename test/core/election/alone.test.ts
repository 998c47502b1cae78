/** Proves when listeners are told that the last healthy standby has gone, and that there is one again. */
import { expect, it } from 'vitest';
import {
  A,
  at,
  B,
  beatOf,
  C,
  ctxAt,
  eventsIn,
  HB_MS,
  heldWith,
  LEASE_MS,
  movingState,
  run,
} from '../fixtures.ts';

const lonely = heldWith({ [B]: { health: 'fault' }, [C]: { health: 'fault' } });
const since = { since: at(0), told: false };

it('alone: told after a lease without a standby, once', () => {
  const first = run(lonely, beatOf(A));
  expect([first.state.alone, eventsIn(first.effects)]).toEqual([since, []]);
  const second = run(first.state, beatOf(A, {}, 12), ctxAt(LEASE_MS - 1));
  expect([second.state.alone, eventsIn(second.effects)]).toEqual([since, []]);
  const third = run(second.state, beatOf(A, {}, 13), ctxAt(LEASE_MS));
  expect(third.state.alone).toEqual({ ...since, told: true });
  expect(third.effects).toContainEqual({
    kind: 'emit',
    event: expect.objectContaining({ type: 'standby', reason: 'lost' }) as unknown,
  });
  expect(eventsIn(run(third.state, beatOf(A, {}, 14), ctxAt(2 * LEASE_MS)).effects)).toEqual([]);
});

it('alone no more: told if it had been told', () => {
  const told = heldWith({ [B]: {} }, { alone: { ...since, told: true } });
  const back = run(told, beatOf(B), ctxAt(HB_MS));
  expect(back.state.alone).toBeUndefined();
  expect(back.effects).toContainEqual({
    kind: 'emit',
    event: expect.objectContaining({ type: 'standby', reason: 'back', to: B }) as unknown,
  });
  const untold = run({ ...told, alone: since }, beatOf(B), ctxAt(HB_MS));
  expect([untold.state.alone, eventsIn(untold.effects)]).toEqual([undefined, []]);
});

it('alone: not while the group moves', () => {
  expect(
    run({ ...lonely, ...movingState(), members: lonely.members }, beatOf(A)).state.alone,
  ).toBeUndefined();
});
