/** Takes the arbiter's answer for one group. */
import { after, type BootMs, bootMs, type DurationMs } from '../time.ts';
import type { GroupAnswer } from '../wire/heartbeat.ts';
import { giveUp, grantedUntil, isExclusive, withKnownHold } from './lease.ts';
import { nextBeatAfter } from './pace.ts';
import { extendSuspicion } from './peers.ts';
import { heedOldQuestion, heedQuestion } from './prepare.ts';
import { LEAVE_MS, LEAVE_PREPARING_MS, LINGER_MS, UNSEEN_LINGER_MS } from './rules.ts';
import { seenBy } from './seen.ts';
import { extendStreak, extendWatch } from './silence.ts';
import type { AnswerInput, HolderContext, HolderEffect, HolderOutcome, HolderState, Role } from './types.ts';

/**
 * Answers overtake each other on the way. Only a newer one may change anything. Epochs come before revs, and an answer
 * to a request that was sent after the newest was applied is newer even if its rev is lower: the item was restored
 * from a backup. An older epoch is never applied; what this host reports makes the arbiter go above it.
 */
const isNewer = (state: HolderState, answer: GroupAnswer, sentAt: BootMs): boolean => {
  if (answer.epoch !== state.epoch) return answer.epoch > state.epoch;
  return answer.rev > state.rev || (state.appliedAt !== undefined && sentAt > state.appliedAt);
};

/** MASTER only at an epoch that was not given up: a late answer must not undo a release. */
const roleOf = (state: HolderState, answer: GroupAnswer): Role =>
  answer.role === 'MASTER' && answer.epoch > state.relEpoch ? 'MASTER' : 'BACKUP';

const betterSince = (
  { role, assessment, betterSince: before }: HolderState,
  answer: GroupAnswer,
  ctx: HolderContext,
): BootMs | undefined => {
  const better =
    role === 'BACKUP' &&
    assessment.health === 'ok' &&
    answer.holder !== null &&
    answer.holder.priority < assessment.priority;
  return better ? (before ?? ctx.now) : undefined;
};

/** Exclusive: the role together with the deadline up to which it may be played; one is never there without the other. */
const applyLeasedRole = (
  state: HolderState,
  answer: GroupAnswer,
  sentAt: BootMs,
  ctx: HolderContext,
): HolderState => {
  const { deadline, boundUntil } = state;
  const mine = answer.holder?.node === ctx.node ? answer.holder : undefined;
  const applied: HolderState = {
    ...(mine === undefined ? state : withKnownHold(state, mine.holdMs, sentAt, ctx)),
    rev: answer.rev,
    appliedAt: ctx.now,
    epoch: answer.epoch,
    resuming: false,
    deadline: undefined,
    boundUntil: undefined,
  };
  if (answer.release === true) return giveUp(applied);
  if (roleOf(state, answer) === 'BACKUP') return { ...applied, role: 'BACKUP' };
  const sameEpoch = state.role === 'MASTER' && answer.epoch === state.epoch;
  const held = sameEpoch && deadline !== undefined ? deadline : undefined;
  const until = grantedUntil(state, answer, sentAt, ctx) ?? held;
  if (until === undefined) return { ...applied, role: 'BACKUP' };
  return {
    ...applied,
    role: 'MASTER',
    deadline: held === undefined || until > held ? until : held,
    boundUntil: held === undefined ? undefined : boundUntil,
    wasListed: sameEpoch && state.wasListed,
    absentLooks: sameEpoch ? state.absentLooks : 0,
  };
};

const lingerMs = ({ profile }: HolderContext): DurationMs =>
  seenBy(profile).length > 0 ? LINGER_MS : UNSEEN_LINGER_MS;

/** Fenced: asked to let go before the fabric moves. It is told when what comes before the unbinding has ended, too. */
const letGoAsAsked = (state: HolderState): HolderState => ({
  ...giveUp(state),
  lingerUntil: undefined,
  kernelPending: true,
  // That it leaves has been heard; that it has let go has not.
  leaving: state.leaving === undefined ? undefined : { ...state.leaving, acknowledged: false },
});

const applyRole = (state: HolderState, answer: GroupAnswer, ctx: HolderContext): HolderState => {
  const role = roleOf(state, answer);
  const won = role === 'MASTER' && (state.role !== 'MASTER' || answer.epoch !== state.epoch);
  const lost = role === 'BACKUP' && state.role === 'MASTER' && state.bound.length > 0;
  if (answer.release === true && answer.epoch > state.relEpoch)
    return letGoAsAsked({
      ...state,
      rev: answer.rev,
      appliedAt: ctx.now,
      epoch: answer.epoch,
      resuming: false,
    });
  return {
    ...state,
    role,
    rev: answer.rev,
    appliedAt: ctx.now,
    epoch: answer.epoch,
    resuming: false,
    wasListed: !won && state.wasListed,
    absentLooks: won ? 0 : state.absentLooks,
    // Fabric first: packets still arrive here until the fabric has moved, and then nobody misses this binding.
    lingerUntil: lost ? after(ctx.now, lingerMs(ctx)) : state.lingerUntil,
  };
};

/** The answered request has told the arbiter all there is to tell: what its holder gave up, too. */
const isTold = (state: HolderState, released: number | undefined, ctx: HolderContext): boolean =>
  (!isExclusive(ctx) || state.role !== 'MASTER') &&
  (state.relEpoch < state.epoch || (released ?? 0) >= state.relEpoch);

/** A successor that is preparing is waited for a while. */
const putOff = (
  leaving: NonNullable<HolderState['leaving']>,
  { preparing }: GroupAnswer,
  ctx: HolderContext,
): NonNullable<HolderState['leaving']> => {
  if (preparing !== true) return leaving;
  const most = leaving.most ?? after(leaving.by, LEAVE_PREPARING_MS - LEAVE_MS);
  return { ...leaving, by: bootMs(Math.min(most, after(ctx.now, LEAVE_MS))), most };
};

const workOf = ({ work }: GroupAnswer): HolderEffect[] =>
  work === true ? [{ kind: 'beat', why: 'work' }] : [];

/** The state after an answer. One that is not newer than what was applied still proves that the arbiter is there. */
export const applyAnswer = (
  state: HolderState,
  { answer, sentAt, resigned, released }: AnswerInput,
  ctx: HolderContext,
): HolderOutcome => {
  const streak = extendStreak(state, answer, sentAt, ctx);
  if (!isNewer(state, answer, sentAt)) {
    // After a restore the arbiter's epoch is older than ours, and it may take this very request to raise it.
    const heard = { ...state, streak, quietSince: undefined, refusedSince: undefined };
    const heeded = heedOldQuestion(heard, answer);
    return { state: heeded.state, effects: [...heeded.effects, ...workOf(answer)] };
  }
  const watch = extendWatch(state, answer, ctx);
  const sameWatch = watch !== undefined && watch === state.watch;
  const before: HolderState = { ...state, streak, quietSince: undefined, refusedSince: undefined };
  const applied = isExclusive(ctx)
    ? applyLeasedRole(before, answer, sentAt, ctx)
    : applyRole(before, answer, ctx);
  const next: HolderState = {
    ...applied,
    betterSince: betterSince(applied, answer, ctx),
    nextBeatAt: nextBeatAfter(applied, answer, sentAt, ctx),
    watch,
    suspicion: extendSuspicion(state, answer, ctx),
    claimedAt: sameWatch ? state.claimedAt : undefined,
    rank: answer.rank,
    leaving:
      state.leaving === undefined
        ? undefined
        : {
            ...putOff(applied.leaving ?? state.leaving, answer, ctx),
            acknowledged:
              applied.leaving?.acknowledged === true || (resigned && isTold(applied, released, ctx)),
          },
  };
  const heeded = heedQuestion(next, answer);
  const effects: HolderEffect[] = [...heeded.effects];
  if (next.role !== state.role || next.epoch !== state.epoch) effects.push({ kind: 'persist' });
  effects.push(...workOf(answer));
  return { state: heeded.state, effects };
};
