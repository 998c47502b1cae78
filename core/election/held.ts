/** Somebody holds the group. Should somebody else? */
import { heardWithinMsOf } from '../suspicion.ts';
import type { EpochMs } from '../time.ts';
import type { Claim, GroupReport } from '../wire/heartbeat.ts';
import type { GroupState, MemberState } from '../wire/item.ts';
import type { NodeId } from '../wire/names.ts';
import { claimFlaw } from './claim.ts';
import { elapsedMs, isAhead } from './elapsed.ts';
import { bestHeard, bestLiving, bestStandby, isFit, isUnaware } from './eligibility.ts';
import { isGone, isLeaving, isRetiring } from './instance.ts';
import { changeAfterLettingGo } from './proof.ts';
import { HANDOVER_WAIT_HEARTBEATS, HOLD_DOWN_DOUBLINGS_MAX } from './rules.ts';
import { changeOnSweep } from './sweep.ts';
import type { GroupEvent, Input, StepContext } from './types.ts';

/** A change of holder that the rules call for. */
export interface Change {
  /** Null, exclusive groups only: to nobody. */
  readonly to: NodeId | null;
  readonly reason: string;
  readonly detail?: NonNullable<GroupEvent['detail']>;
}

const reportIn = (input: Input): { node: NodeId; report: GroupReport } | undefined =>
  input.kind === 'report' ? input : undefined;

/** Since when the holder is about to leave, and why: by its own word, or by the cloud's about its machine. */
const leavingSince = (
  { resignedAt, cloud }: MemberState,
  leaving: boolean,
): { at: EpochMs; reason: string } | undefined => {
  if (resignedAt !== undefined) return { at: resignedAt, reason: 'resign' };
  return leaving && cloud !== undefined ? { at: cloud.at, reason: cloud.said } : undefined;
};

/**
 * A leaving holder serves until its successor takes the VIP in the successor's own request, so that the successor
 * binds it in the answer to the very request that moved it. If no successor comes in time, anybody's request does.
 */
const onResign = (
  state: GroupState,
  holder: MemberState,
  input: Input,
  ctx: StepContext,
): Change | undefined => {
  const leaving = leavingSince(holder, isLeaving(holder, ctx));
  if (leaving === undefined) return undefined;
  const to = bestStandby(state, ctx);
  if (to === undefined) return undefined;
  const waited = elapsedMs(leaving.at, ctx.now) >= HANDOVER_WAIT_HEARTBEATS * ctx.config.heartbeatMs;
  return reportIn(input)?.node === to || waited ? { to, reason: leaving.reason } : undefined;
};

/** The holder's machine has ended: whoever lives is better. Exclusive groups: `proof.ts`. */
const onGone = (state: GroupState, holder: MemberState, ctx: StepContext): Change | undefined => {
  const to = isGone(holder) ? bestLiving(state, ctx) : undefined;
  return to === undefined ? undefined : { to, reason: holder.cloud?.said ?? '' };
};

const onFault = (state: GroupState, holder: MemberState, ctx: StepContext): Change | undefined => {
  const to = holder.health === 'fault' ? bestStandby(state, ctx) : undefined;
  return to === undefined ? undefined : { to, reason: 'fault' };
};

/** The reason of a change that rests on a suspicion. */
export const SUSPICION = 'suspicion';

/** Whom a claim helps: the best living member. What has taken the holder within a second may have taken others, too. */
const successor = ({ evidence }: Claim, state: GroupState, ctx: StepContext): NodeId | undefined =>
  evidence === 'suspect' && ctx.config.peerDetection !== undefined
    ? bestHeard(state, heardWithinMsOf(ctx.config.peerDetection), ctx)
    : bestLiving(state, ctx);

export const changeOnSilence = (state: GroupState, input: Input, ctx: StepContext): Change | undefined => {
  const { node: by = '', report } = reportIn(input) ?? {};
  const claim = report?.claim;
  if (claim === undefined || claimFlaw(claim, state, ctx, by) !== undefined) return undefined;
  const to = successor(claim, state, ctx);
  const reason = claim.evidence === 'suspect' ? SUSPICION : 'silence';
  return to === undefined
    ? undefined
    : { to, reason, detail: { silentMs: claim.silentMs, beat: claim.beat, by } };
};

/** The holder's own failing checks took it below a standby that passes them. This holds without `preempt` too. */
const onDegraded = (state: GroupState, holder: MemberState, ctx: StepContext): Change | undefined => {
  const failing = holder.degradedBy ?? [];
  if (failing.length === 0) return undefined;
  const to = bestStandby(state, ctx);
  const better = to === undefined ? undefined : state.members[to];
  if (to === undefined || better === undefined || better.priority <= holder.priority) return undefined;
  if (isRetiring(better)) return undefined;
  const sameCheck = better.degradedBy?.some((check) => failing.includes(check)) === true;
  return sameCheck ? undefined : { to, reason: 'degraded' };
};

/**
 * Its hardware will be retired, some day. That is no reason to prefer one that is degraded or will be retired, too; and
 * nothing voluntary leads to such a one, or the group would come and go.
 */
const onRetiring = (state: GroupState, holder: MemberState, ctx: StepContext): Change | undefined => {
  const to = isRetiring(holder) ? bestStandby(state, ctx) : undefined;
  const member = to === undefined ? undefined : state.members[to];
  if (to === undefined || member === undefined || isRetiring(member)) return undefined;
  return member.degradedBy === undefined ? { to, reason: 'retiring' } : undefined;
};

const onPreempt = (
  state: GroupState,
  holder: MemberState,
  input: Input,
  ctx: StepContext,
): Change | undefined => {
  const asked = reportIn(input);
  const wish = asked?.report.preempt;
  if (!ctx.config.preempt || asked === undefined || wish === undefined || wish.epoch !== state.epoch)
    return undefined;
  const candidate = state.members[asked.node];
  if (
    candidate === undefined ||
    isRetiring(candidate) ||
    bestStandby(state, ctx) !== asked.node ||
    candidate.priority <= holder.priority
  )
    return undefined;
  const ready =
    candidate.okSince !== undefined && elapsedMs(candidate.okSince, ctx.now) >= ctx.config.preemptDelayMs;
  return ready && wish.readyMs >= ctx.config.preemptDelayMs
    ? { to: asked.node, reason: 'preempt' }
    : undefined;
};

/** The holder serves on until its successor asks: a host learns what it is only in an answer to its own request. */
const inOwnRequest = (change: Change | undefined, input: Input): Change | undefined =>
  change !== undefined && reportIn(input)?.node === change.to ? change : undefined;

/** It was named but never heard of it, and hears nothing: what is sent to it arrives nowhere. */
const onDeaf = (state: GroupState, holder: MemberState, ctx: StepContext): Change | undefined => {
  const to = isUnaware(holder, ctx) ? bestStandby(state, ctx) : undefined;
  return to === undefined ? undefined : { to, reason: 'deaf' };
};

/** A drained holder, or an ordered failover: both in the successor's own request, as with a leaving holder. */
const onOperator = (state: GroupState, input: Input, ctx: StepContext): Change | undefined => {
  const asks = reportIn(input)?.node;
  if (asks === undefined || asks === state.holder) return undefined;
  if (state.handover?.to === asks && isFit(state, asks, ctx)) return { to: asks, reason: 'operator' };
  const drained = state.holder !== null && state.drained?.includes(state.holder) === true;
  return drained && bestStandby(state, ctx) === asks ? { to: asks, reason: 'drained' } : undefined;
};

/** The item is older than what its agents have seen: it was restored from a backup. Start above all of it. */
const onRestored = (
  state: GroupState,
  node: NodeId,
  holder: MemberState,
  ctx: StepContext,
): Change | undefined => {
  if ((state.epochFloor ?? 0) <= state.epoch) return undefined;
  const alive = elapsedMs(holder.at, ctx.now) <= ctx.config.leaseMs && ctx.config.members[node] !== undefined;
  const to = alive ? node : bestStandby(state, ctx);
  return to === undefined ? undefined : { to, reason: 'restored' };
};

/**
 * The change of holder due in phase held, if any, in order of urgency. Every rule reads the item, not only the
 * message at hand: what one request could not carry out, the next one finds again.
 */
export const changeWhileHeld = (state: GroupState, input: Input, ctx: StepContext): Change | undefined => {
  const letGo = changeAfterLettingGo(state, ctx);
  if (letGo !== undefined) return letGo;
  if (state.paused === true || state.holder === null) return undefined;
  const node = state.holder;
  const holder = state.members[node];
  if (holder === undefined || ctx.config.members[node] === undefined) {
    const to = bestStandby(state, ctx);
    return to === undefined ? undefined : { to, reason: 'removed' };
  }
  const urgent =
    onRestored(state, node, holder, ctx) ??
    onGone(state, holder, ctx) ??
    onResign(state, holder, input, ctx) ??
    onFault(state, holder, ctx) ??
    changeOnSilence(state, input, ctx) ??
    onDeaf(state, holder, ctx) ??
    onOperator(state, input, ctx) ??
    changeOnSweep(state, input, ctx);
  if (urgent !== undefined) return urgent;
  const heldDown = isAhead(
    state.holdDownUntil,
    ctx.now,
    ctx.config.holdDownMs * 2 ** HOLD_DOWN_DOUBLINGS_MAX,
  );
  if (heldDown) return undefined;
  return (
    inOwnRequest(onDegraded(state, holder, ctx) ?? onRetiring(state, holder, ctx), input) ??
    onPreempt(state, holder, input, ctx)
  );
};
