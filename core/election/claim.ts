/** Whether a standby's claim of silence still holds against the item. */
import { formatBeat } from '../beat.ts';
import { silenceOf } from '../lease.ts';
import type { Claim } from '../wire/heartbeat.ts';
import type { GroupState } from '../wire/item.ts';
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
 * Why the claim must be refused, or undefined when it stands. The claim names the epoch, the holder and the beat
 * that the standby watched; if any of the three has changed, somebody else was faster or the holder is alive.
 *
 * No wall clocks of two machines are compared here: the silence was measured on one boot clock, and "no newer beat
 * exists" is proved by the beat in the item together with the condition under which the item is written.
 */
export const claimFlaw = (claim: Claim, state: GroupState, ctx: StepContext): string | undefined => {
  const holder = state.holder === null ? undefined : state.members[state.holder];
  if (!isClaimable(state, ctx)) return `the group is ${state.phase}`;
  if (claim.evidence !== 'silence') return 'peer detection is not configured for this group';
  if (claim.epoch !== state.epoch) return `the epoch is ${state.epoch}, not ${claim.epoch}`;
  if (claim.holder !== state.holder) return `the holder is ${state.holder ?? 'nobody'}, not ${claim.holder}`;
  if (holder !== undefined && claim.beat !== formatBeat(holder))
    return `the holder's beat is ${formatBeat(holder)}, not ${claim.beat}`;
  const neededMs = silenceNeededMs(holder?.holdMs ?? 0, ctx);
  if (claim.silentMs < neededMs)
    return `${claim.silentMs} ms of silence are less than the lease takes: ${neededMs} ms`;
  if (ctx.braked === true)
    return 'the brake does not admit it: too many groups move on silence within a short time';
  return undefined;
};
