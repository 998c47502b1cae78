/**
 * What a standby knows about the holder's silence. Everything is measured on this host's own boot clock between
 * answers it received itself; the arbiter checks the claim by comparing beats, never clocks.
 */
import { silenceOf } from '../lease.ts';
import { after, type BootMs, type DurationMs, durationMs, since } from '../time.ts';
import { type Claim, type GroupAnswer, SPAN_MS_MAX } from '../wire/heartbeat.ts';
import { isExclusive } from './lease.ts';
import { RANK_SKEW_MS, streakGapMs, streakLongMs } from './rules.ts';
import type { GroupProfile, HolderContext, HolderState, Streak, Watch } from './types.ts';

/** No gap since the last answer in which the holder could not have been heard of. */
export const isStreakWhole = (streak: Streak, { now, profile }: HolderContext): boolean =>
  isWhole(streak, now, profile);

const isWhole = (streak: Streak, now: BootMs, profile: GroupProfile): boolean =>
  since(streak.receivedAt, now) <= streakGapMs(profile);

/** The streak after one more answer; a gap, an overloaded arbiter or a restart began it anew. */
export const extendStreak = (
  state: HolderState,
  answer: GroupAnswer,
  sentAt: BootMs,
  ctx: HolderContext,
): Streak => {
  const { streak, watch } = state;
  if (streak === undefined || !isWhole(streak, ctx.now, ctx.profile)) {
    return { since: ctx.now, receivedAt: ctx.now, sentAt, sawChange: false };
  }
  const { holder } = answer;
  const changed =
    watch !== undefined && holder !== null && holder.node === watch.holder && holder.beat !== watch.beat;
  return { since: streak.since, receivedAt: ctx.now, sentAt, sawChange: streak.sawChange || changed };
};

/**
 * The watch after one more answer. A beat is first known at the **receipt** of the answer that shows it. On a
 * fenced fabric its age is credited, as far as this host can vouch for it: it was not there at the look before.
 */
export const extendWatch = (
  state: HolderState,
  answer: GroupAnswer,
  ctx: HolderContext,
): Watch | undefined => {
  const { holder, epoch } = answer;
  if (holder === null || holder.node === ctx.node) return undefined;
  const { watch, streak } = state;
  if (watch?.epoch === epoch && watch.holder === holder.node && watch.beat === holder.beat) return watch;
  const { holdMs } = holder;
  const looked = streak !== undefined && isWhole(streak, ctx.now, ctx.profile);
  const creditMs = durationMs(looked ? Math.min(holder.ageMs, since(streak.sentAt, ctx.now)) : 0);
  // Where the lease is the fence, only what this host has itself waited counts.
  const credit = isExclusive(ctx) ? durationMs(0) : creditMs;
  return { epoch, holder: holder.node, beat: holder.beat, since: ctx.now, creditMs: credit, holdMs };
};

/**
 * How long the holder must have been silent. Exclusive: until the hold of its last beat is over on any clock. Fenced:
 * the lease itself; why no clock error is added is in ADR 3.
 */
const silenceNeededMs = (watch: Watch, ctx: HolderContext): DurationMs =>
  isExclusive(ctx) ? silenceOf(watch.holdMs) : ctx.profile.leaseMs;

/**
 * From when on what this host does not hear means something. After an outage of the arbiter all standbys of all groups
 * become sure within a heartbeat: the best ones first.
 */
export const sureAt = (streak: Streak, rank: number, { profile }: HolderContext): BootMs =>
  streak.sawChange ? streak.since : after(streak.since, streakLongMs(profile) + rank * profile.heartbeatMs);

/** The instant at which this standby may claim; undefined while nothing it knows would justify a claim. */
export const claimDueAt = (state: HolderState, ctx: HolderContext): BootMs | undefined => {
  const { watch, streak, rank } = state;
  if (state.role !== 'BACKUP' || state.leaving !== undefined) return undefined;
  if (watch === undefined || streak === undefined || rank === undefined) return undefined;
  const heard = after(watch.since, silenceNeededMs(watch, ctx) - watch.creditMs + rank * RANK_SKEW_MS);
  if (streak.sawChange) return heard;
  return Math.max(heard, sureAt(streak, rank, ctx)) as BootMs;
};

/** The claim to put into a report sent now, if one is due and the streak is whole at this moment. */
export const claimNow = (state: HolderState, ctx: HolderContext): Claim | undefined => {
  const due = claimDueAt(state, ctx);
  const { watch, streak } = state;
  if (due === undefined || ctx.now < due || watch === undefined || streak === undefined) return undefined;
  if (!isWhole(streak, ctx.now, ctx.profile)) return undefined;
  return {
    epoch: watch.epoch,
    holder: watch.holder,
    beat: watch.beat,
    // The holder of a paused group may be dead for days.
    silentMs: Math.min(since(watch.since, ctx.now) + watch.creditMs, SPAN_MS_MAX),
    evidence: 'silence',
  };
};
