/** What this host says about a group in its next heartbeat. */
import { since } from '../time.ts';
import { type GroupReport, SPAN_MS_MAX } from '../wire/heartbeat.ts';
import { isDeaf, mayHoldMs, releasedEpoch } from './lease.ts';
import { preparedWords } from './prepare.ts';
import { seenBy } from './seen.ts';
import { claimNow } from './silence.ts';
import type { GroupProfile, HolderContext, HolderState } from './types.ts';

const preemptWish = (state: HolderState, ctx: HolderContext): GroupReport['preempt'] => {
  if (state.betterSince === undefined || state.leaving !== undefined) return undefined;
  const readyMs = since(state.betterSince, ctx.now);
  return readyMs >= ctx.profile.preemptDelayMs
    ? { epoch: state.epoch, readyMs: Math.min(readyMs, SPAN_MS_MAX) }
    : undefined;
};

const reported = (profile: GroupProfile): readonly string[] =>
  profile.seen === undefined ? profile.vips : [...new Set([...profile.vips, ...profile.seen])];

/** The report to send now. */
export const reportOf = (state: HolderState, ctx: HolderContext): GroupReport => {
  const { assessment } = state;
  const claim = claimNow(state, ctx);
  const preempt = preemptWish(state, ctx);
  const released = releasedEpoch(state);
  return {
    name: ctx.profile.name,
    configHash: ctx.profile.configHash,
    epochSeen: state.epoch,
    priority: assessment.priority,
    health: assessment.health,
    ...(assessment.fault === undefined ? {} : { fault: assessment.fault.slice(0, 200) }),
    ...(assessment.wavering ? { wavering: true } : {}),
    ...(assessment.degradedBy.length > 0 ? { degradedBy: [...assessment.degradedBy] } : {}),
    ...(assessment.down === undefined ? {} : { down: [...assessment.down] }),
    // A fenced holder keeps its VIP whatever the arbiter's silence: it holds nothing that could run out.
    holdMs: mayHoldMs(state, ctx),
    vips: Object.fromEntries(
      reported(ctx.profile).map((vip) => [
        vip,
        {
          bound: state.bound.includes(vip),
          ...(seenBy(ctx.profile).includes(vip) ? { inFabric: state.listed.includes(vip) } : {}),
        },
      ]),
    ),
    ...(claim ? { claim } : {}),
    ...(preempt ? { preempt } : {}),
    ...(state.leaving ? { resign: true } : {}),
    ...(released === undefined ? {} : { released }),
    ...preparedWords(state),
    ...(isDeaf(state, ctx) ? { deaf: true } : {}),
  };
};
