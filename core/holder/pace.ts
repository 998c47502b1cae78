/** When the next heartbeat goes out. */
import { after, type BootMs } from '../time.ts';
import type { GroupAnswer } from '../wire/heartbeat.ts';
import { hurriedBeatAt } from './peers.ts';
import { FOLLOW_MS, FOLLOW_RANK_MS, RESIGN_REPEAT_MS } from './rules.ts';
import type { HolderContext, HolderState } from './types.ts';

/**
 * A standby's beat shortly after the holder's expected one. Its own interval never leaves 0.25 to 1.25 of the
 * heartbeat while it shifts, so that its report stays fresh enough for it to be chosen.
 */
const followed = (answer: GroupAnswer, sentAt: BootMs, ctx: HolderContext): BootMs | undefined => {
  const { holder, heartbeatMs } = answer;
  const living = holder !== null && holder.node !== ctx.node && holder.ageMs <= heartbeatMs;
  if (!ctx.mayFollow || !living || heartbeatMs < ctx.profile.heartbeatMs) return undefined;
  const phase = after(ctx.now, FOLLOW_MS + (answer.rank ?? 0) * FOLLOW_RANK_MS - holder.ageMs);
  const earliest = sentAt + heartbeatMs / 4;
  return after(phase, Math.ceil((earliest - phase) / heartbeatMs) * heartbeatMs);
};

/** When the heartbeat after an answered one is due. */
export const nextBeatAfter = (
  state: HolderState,
  answer: GroupAnswer,
  sentAt: BootMs,
  ctx: HolderContext,
): BootMs => {
  // What is to be asked because a peer was lost does not wait for the next heartbeat, whatever was answered meanwhile.
  if (state.asking === true) return ctx.now;
  if (state.leaving !== undefined) return after(sentAt, Math.min(RESIGN_REPEAT_MS, answer.heartbeatMs));
  const asked = followed(answer, sentAt, ctx) ?? after(sentAt, answer.heartbeatMs);
  const hurried = hurriedBeatAt(state, sentAt, ctx);
  return hurried !== undefined && hurried < asked ? hurried : asked;
};
