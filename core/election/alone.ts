/** Whether a held group has a healthy standby, for those who want to hear of it when the last one goes. */
import type { GroupState } from '../wire/item.ts';
import { elapsedMs } from './elapsed.ts';
import { bestStandby } from './eligibility.ts';
import { eventOf } from './transfer.ts';
import type { Effect, Input, StepContext } from './types.ts';

interface Noted {
  readonly state: GroupState;
  readonly effects: readonly Effect[];
}

const without = ({ alone: _, ...rest }: GroupState): GroupState => rest;

/** One late heartbeat is no news: it is told when there has been no standby for a lease, and when there is one again. */
export const noteAlone = (state: GroupState, input: Input, ctx: StepContext): Noted => {
  if (input.kind !== 'report' || state.phase !== 'held' || state.holder === null)
    return { state, effects: [] };
  const { alone } = state;
  const standby = bestStandby(state, ctx);
  if (standby !== undefined) {
    if (alone === undefined) return { state, effects: [] };
    const back = eventOf(state, 'standby', ctx, { to: standby, reason: 'back' });
    return { state: without(state), effects: alone.told ? [back] : [] };
  }
  if (alone === undefined)
    return { state: { ...state, alone: { since: ctx.now, told: false } }, effects: [] };
  if (alone.told || elapsedMs(alone.since, ctx.now) < ctx.config.leaseMs) return { state, effects: [] };
  const lost = eventOf(state, 'standby', ctx, { reason: 'lost' });
  return { state: { ...state, alone: { ...alone, told: true } }, effects: [lost] };
};
