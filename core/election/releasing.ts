/** An exclusive group's holder has been asked to let go. Until it has, or until it is silent for long enough, nobody is chosen. */
import type { GroupState } from '../wire/item.ts';
import { elapsedMs } from './elapsed.ts';
import { isFresh } from './eligibility.ts';
import type { Change } from './held.ts';
import { changeOnSilence } from './held.ts';
import { markedForOrder } from './marks.ts';
import { changeAfterLettingGo } from './proof.ts';
import { RELEASE_WAIT_HEARTBEATS, RELEASE_WAIT_MS } from './rules.ts';
import { eventOf } from './transfer.ts';
import type { Input, Outcome, StepContext } from './types.ts';

/** Asks the holder to let go. An order of a move that is overtaken by this is looked after when its time-out has passed. */
export const askRelease = (state: GroupState, change: Change, ctx: StepContext): Outcome => {
  const { move: _m, recheck: _r, ...rest } = markedForOrder(state, ctx);
  const next: GroupState = {
    ...rest,
    phase: 'releasing',
    phaseAt: ctx.now,
    reason: change.reason,
  };
  const event = eventOf(next, 'releasing', ctx, {
    from: state.holder,
    to: change.to,
    ...(change.detail ? { detail: change.detail } : {}),
  });
  return { state: next, effects: [event] };
};

export const changeWhileReleasing = (state: GroupState, input: Input, ctx: StepContext): Change | undefined =>
  changeAfterLettingGo(state, ctx) ??
  (state.paused === true ? undefined : changeOnSilence(state, input, ctx));

/** The holder lives and still has not let go, though it has been asked for long enough: it goes on holding. */
export const isReleaseOverdue = (state: GroupState, ctx: StepContext): boolean => {
  const holder = state.holder === null ? undefined : state.members[state.holder];
  const waitMs = Math.max(RELEASE_WAIT_MS, RELEASE_WAIT_HEARTBEATS * ctx.config.heartbeatMs);
  return holder !== undefined && isFresh(holder, ctx) && elapsedMs(state.phaseAt, ctx.now) >= waitMs;
};

/** Back to holding. What called for the release will call for it again if it still stands; an operator's order does not. */
export const endRelease = (state: GroupState, ctx: StepContext): Outcome => {
  const { handover: _, ...rest } = state;
  const next: GroupState = { ...rest, phase: 'held', phaseAt: ctx.now };
  return { state: next, effects: [eventOf(next, 'release-refused', ctx)] };
};
