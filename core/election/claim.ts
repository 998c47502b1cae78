/** Whether a standby's claim of silence still holds against the item. */
import { formatBeat } from '../beat.ts';
import type { Claim } from '../wire/heartbeat.ts';
import type { GroupState } from '../wire/item.ts';
import type { StepContext } from './types.ts';

/**
 * Why the claim must be refused, or undefined when it stands. The claim names the epoch, the holder and the beat
 * that the standby watched; if any of the three has changed, somebody else was faster or the holder is alive.
 *
 * No wall clocks of two machines are compared here: the silence was measured on one boot clock, and "no newer beat
 * exists" is proved by the beat in the item together with the condition under which the item is written.
 */
export const claimFlaw = (claim: Claim, state: GroupState, ctx: StepContext): string | undefined => {
  const holder = state.holder === null ? undefined : state.members[state.holder];
  if (state.phase !== 'held') return `the group is ${state.phase}`;
  if (claim.evidence !== 'silence') return 'peer detection is not configured for this group';
  if (claim.epoch !== state.epoch) return `the epoch is ${state.epoch}, not ${claim.epoch}`;
  if (claim.holder !== state.holder) return `the holder is ${state.holder ?? 'nobody'}, not ${claim.holder}`;
  if (holder !== undefined && claim.beat !== formatBeat(holder))
    return `the holder's beat is ${formatBeat(holder)}, not ${claim.beat}`;
  if (claim.silentMs < ctx.config.leaseMs)
    return `${claim.silentMs} ms of silence are less than the lease of ${ctx.config.leaseMs} ms`;
  return undefined;
};
