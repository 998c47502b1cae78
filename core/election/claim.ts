/** Whether a standby's claim still holds against the item: of silence, or of a suspicion. */
import { formatBeat } from '../beat.ts';
import { silenceOf } from '../lease.ts';
import { confirmMsOf } from '../suspicion.ts';
import type { Claim } from '../wire/heartbeat.ts';
import type { GroupState, MemberState } from '../wire/item.ts';
import type { NodeId } from '../wire/names.ts';
import type { StepContext } from './types.ts';

/**
 * A group whose fabric is being changed is not claimed: its target is judged by its own heartbeats. Where the lease is
 * the fence, silence is the only proof there is against a target or a leaver that says nothing more.
 */
const isClaimable = ({ phase }: GroupState, ctx: StepContext): boolean =>
  phase === 'held' || (ctx.config.exclusive === true && phase !== 'vacant');

const silenceNeededMs = (holdMs: number, ctx: StepContext): number =>
  ctx.config.exclusive === true ? silenceOf(Math.max(holdMs, ctx.config.leaseMs)) : ctx.config.leaseMs;

/**
 * What a suspicion needs beyond epoch, holder and beat. It is no proof that the holder has let go, so an exclusive group
 * never changes hands for one.
 */
const suspicionFlaw = (
  { loss, silentMs }: Claim,
  holder: MemberState | undefined,
  claimant: MemberState | undefined,
  { config: { exclusive, peerDetection } }: StepContext,
): string | undefined => {
  if (exclusive === true) return 'in an exclusive group only silence for the lease counts';
  if (peerDetection === undefined) return 'peer detection is not configured for this group';
  if (loss === undefined) return 'it does not say which session was lost';
  if (loss.holderBoot !== holder?.boot) return `the session was with run ${loss.holderBoot} of the holder`;
  if (claimant === undefined || loss.n <= (claimant.suspected ?? 0))
    return `loss ${loss.n} of the holder has counted already`;
  const neededMs = confirmMsOf(peerDetection);
  if (silentMs < neededMs) return `the beat has stood still for ${silentMs} ms of ${neededMs}`;
  return undefined;
};

const silenceFlaw = (
  { silentMs }: Claim,
  holder: MemberState | undefined,
  ctx: StepContext,
): string | undefined => {
  const neededMs = silenceNeededMs(holder?.holdMs ?? 0, ctx);
  return silentMs < neededMs
    ? `${silentMs} ms of silence are less than the lease takes: ${neededMs} ms`
    : undefined;
};

/**
 * Why the claim must be refused, or undefined when it stands. The claim names the epoch, the holder and the beat
 * that the standby watched; if any of the three has changed, somebody else was faster or the holder is alive.
 *
 * No wall clocks of two machines are compared here: the silence was measured on one boot clock, and "no newer beat
 * exists" is proved by the beat in the item together with the condition under which the item is written.
 *
 * @param by the claimant
 */
export const claimFlaw = (
  claim: Claim,
  state: GroupState,
  ctx: StepContext,
  by: NodeId,
): string | undefined => {
  const holder = state.holder === null ? undefined : state.members[state.holder];
  if (!isClaimable(state, ctx)) return `the group is ${state.phase}`;
  if (claim.epoch !== state.epoch) return `the epoch is ${state.epoch}, not ${claim.epoch}`;
  if (claim.holder !== state.holder) return `the holder is ${state.holder ?? 'nobody'}, not ${claim.holder}`;
  if (holder !== undefined && claim.beat !== formatBeat(holder))
    return `the holder's beat is ${formatBeat(holder)}, not ${claim.beat}`;
  const flaw =
    claim.evidence === 'silence'
      ? silenceFlaw(claim, holder, ctx)
      : suspicionFlaw(claim, holder, state.members[by], ctx);
  if (flaw !== undefined) return flaw;
  if (ctx.braked === true)
    return 'the brake does not admit it: too many groups move on silence within a short time';
  return undefined;
};
