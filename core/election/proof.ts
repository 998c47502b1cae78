/**
 * Where the lease is the fence (`exclusive` groups), nobody else is chosen before it is proved that the holder has let
 * go: it says so itself, its last heartbeat has been the newest for longer than any clock lets it hold, or its machine has
 * ended: what a kernel had bound ends with the kernel.
 */
import type { GroupState, MemberState } from '../wire/item.ts';
import type { NodeId } from '../wire/names.ts';
import { claimFlaw } from './claim.ts';
import { elapsedMs } from './elapsed.ts';
import { bestLiving, bestStandby, isBanned, isFit, isFresh } from './eligibility.ts';
import type { Change } from './held.ts';
import { isGone, isLeaving } from './instance.ts';
import { isRestoring } from './restored.ts';
import { DEAF_HEARTBEATS } from './rules.ts';
import type { Input, StepContext } from './types.ts';

export const isExclusive = (ctx: StepContext): boolean => ctx.config.exclusive === true;

const holderOf = (state: GroupState): MemberState | undefined =>
  state.holder === null ? undefined : state.members[state.holder];

/** The holder's own word, in its newest heartbeat: it has unbound, and will not bind again at this epoch. */
export const saysReleased = (state: GroupState, holder: MemberState): boolean =>
  (holder.released ?? 0) >= state.epoch;

/**
 * The holder holds nothing now. A deaf one says that nothing is bound and that no answer to an earlier request will be
 * acted on; and it is granted nothing in the answer to that very heartbeat (`answer.ts`).
 */
export const hasLetGo = (state: GroupState, ctx: StepContext): boolean => {
  const holder = holderOf(state);
  return (
    isExclusive(ctx) &&
    holder !== undefined &&
    (saysReleased(state, holder) || holder.deafSince !== undefined || isGone(holder))
  );
};

/** A claim of silence is needed as proof. On a fenced fabric none ever is: the fabric itself keeps two apart. */
const needsClaim = (state: GroupState, ctx: StepContext): boolean =>
  isExclusive(ctx) && state.holder !== null && !isRestoring(state, ctx) && !hasLetGo(state, ctx);

const hasClaim = (state: GroupState, input: Input, ctx: StepContext): boolean => {
  const claim = input.kind === 'report' ? input.report.claim : undefined;
  return claim !== undefined && claimFlaw(claim, state, ctx) === undefined;
};

/** Another holder may be named in this step. */
export const isProved = (state: GroupState, input: Input, ctx: StepContext): boolean =>
  !needsClaim(state, ctx) || hasClaim(state, input, ctx);

/** … and only because of a claim, whatever the reason for the change is: it counts for the brake. */
export const isProvedByClaim = (state: GroupState, input: Input, ctx: StepContext): boolean =>
  needsClaim(state, ctx) && hasClaim(state, input, ctx);

/** Its own `beforeMaster` has just refused. */
const hasDeclined = (holder: MemberState, ctx: StepContext): boolean =>
  holder.banWhy !== undefined && isBanned(holder, ctx);

/** The holder could serve again at once: it is a member, it lives and hears, and it is not leaving. */
const mayGoOn = (node: NodeId, holder: MemberState, ctx: StepContext): boolean =>
  holder.deafSince === undefined &&
  holder.resignedAt === undefined &&
  !hasDeclined(holder, ctx) &&
  ctx.config.members[node] !== undefined &&
  isFresh(holder, ctx);

/** What follows when the holder was asked to let go and has. */
const afterRelease = (state: GroupState, node: NodeId, holder: MemberState, ctx: StepContext): Change => {
  const { reason } = state;
  const ordered = state.handover?.to;
  const to = isFit(state, ordered, ctx) ? ordered : bestStandby(state, ctx);
  if (to !== undefined) return { to, reason };
  // Nobody healthy is left to take over. Serving badly is better than not at all, but a leaver stays gone.
  return { to: mayGoOn(node, holder, ctx) ? node : (bestLiving(state, ctx) ?? null), reason };
};

/**
 * What follows when the lease of a living holder ran out: answers did not reach it. If they do again and it is
 * healthy, it goes on, under a new epoch. If they do not, another takes over; but only after a while, for when the
 * arbiter comes back after an outage everybody's first heartbeat says that.
 */
const afterLapse = (
  state: GroupState,
  node: NodeId,
  holder: MemberState,
  ctx: StepContext,
): Change | undefined => {
  const able = mayGoOn(node, holder, ctx);
  const stays = state.drained?.includes(node) !== true && !isLeaving(holder, ctx);
  const wanted = holder.health === 'ok' && stays;
  if (able && wanted) return { to: node, reason: 'lapsed' };
  const deafFor = holder.deafSince === undefined ? Infinity : elapsedMs(holder.deafSince, ctx.now);
  const waited = deafFor >= DEAF_HEARTBEATS * ctx.config.heartbeatMs;
  const to = waited ? bestStandby(state, ctx) : undefined;
  if (to !== undefined) return { to, reason: 'lapsed' };
  if (able) return { to: node, reason: 'lapsed' };
  const leaver = holder.resignedAt !== undefined || ctx.config.members[node] === undefined;
  if (!leaver || !saysReleased(state, holder)) return undefined;
  return { to: bestLiving(state, ctx) ?? null, reason: 'released' };
};

/** What follows when the holder's machine has ended. That is no word of the holder's, so a pause holds it up. */
const afterEnd = (state: GroupState, holder: MemberState, ctx: StepContext): Change | undefined => {
  if (state.paused === true && state.phase === 'held') return undefined;
  const ordered = state.handover?.to;
  const to = isFit(state, ordered, ctx) ? ordered : bestLiving(state, ctx);
  const reason = state.phase === 'releasing' ? state.reason : (holder.cloud?.said ?? '');
  return to === undefined ? undefined : { to, reason };
};

/** Fenced: it has unbound when it was asked to, perhaps too late, and does not bind again at this epoch. */
const afterFencedRelease = (
  state: GroupState,
  node: NodeId,
  holder: MemberState,
  ctx: StepContext,
): Change | undefined => {
  const { to, reason } = afterRelease(state, node, holder, ctx);
  // A fenced group is never vacant: whoever comes next finds this again.
  return to === null ? undefined : { to, reason: state.phase === 'releasing' ? reason : 'released' };
};

/** The change due because the holder has let go; it is honoured in every phase, and also while the group is paused. */
export const changeAfterLettingGo = (state: GroupState, ctx: StepContext): Change | undefined => {
  const node = state.holder;
  const holder = holderOf(state);
  if (node === null || holder === undefined) return undefined;
  if (!isExclusive(ctx))
    return saysReleased(state, holder) ? afterFencedRelease(state, node, holder, ctx) : undefined;
  if (!hasLetGo(state, ctx)) return undefined;
  if (isGone(holder)) return afterEnd(state, holder, ctx);
  return state.phase === 'releasing' && saysReleased(state, holder)
    ? afterRelease(state, node, holder, ctx)
    : afterLapse(state, node, holder, ctx);
};
