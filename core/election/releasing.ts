/**
 * The holder has been asked to let go. In an exclusive group nobody is chosen until it has, or until it is silent for long
 * enough. In a fenced one that is asked (`reset-first`, `beforeRelease`) it is a courtesy to clients: the VIPs move when the
 * holder has let go, when it does not answer, or when its time is up.
 */
import type { GroupState, MemberState } from '../wire/item.ts';
import { elapsedMs } from './elapsed.ts';
import { bestStandby, isFit, isFresh } from './eligibility.ts';
import type { Change } from './held.ts';
import { changeOnSilence } from './held.ts';
import { isGone } from './instance.ts';
import { markedForOrder } from './marks.ts';
import { changeAfterLettingGo, isExclusive, saysReleased } from './proof.ts';
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

const holderOf = ({ holder, members }: GroupState): MemberState | undefined =>
  holder === null ? undefined : members[holder];

/** It would hear of the question, and could do something about it. */
const canBeAsked = (holder: MemberState | undefined, ctx: StepContext): boolean =>
  holder !== undefined && isFresh(holder, ctx) && holder.deafSince === undefined && !isGone(holder);

/** Fenced: whether the holder is asked before this change. */
export const mustAskRelease = (state: GroupState, { to }: Change, ctx: StepContext): boolean => {
  const holder = holderOf(state);
  if (ctx.config.release !== true || isExclusive(ctx) || state.phase !== 'held') return false;
  if (holder === undefined || to === state.holder) return false;
  return canBeAsked(holder, ctx) && !saysReleased(state, holder);
};

const isTimeUp = (state: GroupState, ctx: StepContext): boolean => {
  const waitMs = Math.max(RELEASE_WAIT_MS, RELEASE_WAIT_HEARTBEATS * ctx.config.heartbeatMs);
  return elapsedMs(state.phaseAt, ctx.now) >= waitMs;
};

/** Fenced: it has been waited for long enough, and the VIPs move all the same. */
const changeWithoutRelease = (state: GroupState, ctx: StepContext): Change | undefined => {
  if (isExclusive(ctx) || (canBeAsked(holderOf(state), ctx) && !isTimeUp(state, ctx))) return undefined;
  const ordered = state.handover?.to;
  const to = isFit(state, ordered, ctx) ? ordered : bestStandby(state, ctx);
  return to === undefined ? undefined : { to, reason: state.reason, detail: { unreleased: true } };
};

export const changeWhileReleasing = (state: GroupState, input: Input, ctx: StepContext): Change | undefined =>
  changeAfterLettingGo(state, ctx) ??
  (state.paused === true ? undefined : changeOnSilence(state, input, ctx)) ??
  changeWithoutRelease(state, ctx);

/**
 * The holder lives and still has not let go, though it has been asked for long enough: it goes on holding. A fenced group's,
 * which would be left all the same, only when there is nobody to move to.
 */
export const isReleaseOverdue = (state: GroupState, ctx: StepContext): boolean => {
  const holder = holderOf(state);
  if (holder === undefined) return false;
  if (isExclusive(ctx)) return isFresh(holder, ctx) && isTimeUp(state, ctx);
  const waits = canBeAsked(holder, ctx) && !isTimeUp(state, ctx);
  return !waits && !saysReleased(state, holder) && changeWithoutRelease(state, ctx) === undefined;
};

/** Back to holding. What called for the release will call for it again if it still stands; an operator's order does not. */
export const endRelease = (state: GroupState, ctx: StepContext): Outcome => {
  const { handover: _, ...rest } = state;
  const next: GroupState = { ...rest, phase: 'held', phaseAt: ctx.now };
  return { state: next, effects: [eventOf(next, 'release-refused', ctx)] };
};
