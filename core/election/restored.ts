/**
 * An exclusive group whose item is older than what its agents have seen: it was restored from a backup. The true holder
 * may be another than the item's, and it may still hold. So nobody is granted anything until every grant that the lost
 * item can have given has run out on any clock, and then the group goes on above all epochs that were seen.
 */
import { silenceOf } from '../lease.ts';

import type { GroupState } from '../wire/item.ts';
import { elapsedMs } from './elapsed.ts';
import { bestStandby, isFresh } from './eligibility.ts';
import type { Change } from './held.ts';
import type { StepContext } from './types.ts';

export const isRestoring = (state: GroupState, ctx: StepContext): boolean =>
  ctx.config.exclusive === true && (state.epochFloor ?? 0) > state.epoch;

/** Notes when this was first seen. */
export const noteRestored = (state: GroupState, ctx: StepContext): GroupState =>
  isRestoring(state, ctx) && state.restoredAt === undefined ? { ...state, restoredAt: ctx.now } : state;

/** The arbiter's own clock is good enough here: no promise is made for a restored item (docs/safety.md). */
const hasWaited = (state: GroupState, ctx: StepContext): boolean => {
  const holds = Object.values(state.members).map((member) => member.holdMs);
  const waitMs = silenceOf(Math.max(ctx.config.leaseMs, ...holds));
  return state.restoredAt !== undefined && elapsedMs(state.restoredAt, ctx.now) >= waitMs;
};

/** Whom the group goes on with, once it may. */
export const changeWhileRestoring = (state: GroupState, ctx: StepContext): Change | undefined => {
  if (state.paused === true || !hasWaited(state, ctx)) return undefined;
  const holder = state.holder === null ? undefined : state.members[state.holder];
  const able =
    holder !== undefined &&
    isFresh(holder, ctx) &&
    holder.resignedAt === undefined &&
    ctx.config.members[state.holder ?? ''] !== undefined;
  const to = able ? state.holder : bestStandby(state, ctx);
  return to === undefined || to === null ? undefined : { to, reason: 'restored' };
};
