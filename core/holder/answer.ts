/** Takes the arbiter's answer for one group. */
import { after, type BootMs } from '../time.ts';
import type { GroupAnswer } from '../wire/heartbeat.ts';
import { nextBeatAfter } from './pace.ts';
import { LINGER_MS } from './rules.ts';
import { extendStreak, extendWatch } from './silence.ts';
import type { HolderContext, HolderEffect, HolderInput, HolderOutcome, HolderState, Role } from './types.ts';

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

const withBetterSince = (state: HolderState, answer: GroupAnswer, ctx: HolderContext): HolderState => {
  const { assessment, betterSince, ...rest } = state;
  const better =
    state.role === 'BACKUP' &&
    assessment.health === 'ok' &&
    answer.holder !== null &&
    answer.holder.priority < assessment.priority;
  return { ...rest, assessment, ...(better ? { betterSince: betterSince ?? ctx.now } : {}) };
};

const applyRole = (state: HolderState, answer: GroupAnswer, ctx: HolderContext): HolderState => {
  const role = roleOf(state, answer);
  const won = role === 'MASTER' && (state.role !== 'MASTER' || answer.epoch !== state.epoch);
  const lost = role === 'BACKUP' && state.role === 'MASTER' && state.bound.length > 0;
  return {
    ...state,
    role,
    rev: answer.rev,
    appliedAt: ctx.now,
    epoch: answer.epoch,
    resuming: false,
    ...(won ? { wasListed: false, absentLooks: 0 } : {}),
    // Fabric first: packets still arrive here until the fabric has moved, and then nobody misses this binding.
    ...(lost ? { lingerUntil: after(ctx.now, LINGER_MS) } : {}),
  };
};

type AnswerInput = Extract<HolderInput, { kind: 'answer' }>;

/** The state after an answer. One that is not newer than what was applied still proves that the arbiter is there. */
export const applyAnswer = (
  state: HolderState,
  { answer, sentAt, resigned }: AnswerInput,
  ctx: HolderContext,
): HolderOutcome => {
  const streak = extendStreak(state, answer, sentAt, ctx);
  if (!isNewer(state, answer, sentAt)) return { state: { ...state, streak }, effects: [] };
  const { watch: _w, claimedAt: _c, rank: _r, ...rest } = state;
  const watch = extendWatch(state, answer, ctx);
  const sameWatch = watch !== undefined && watch === state.watch;
  const applied = applyRole({ ...rest, streak }, answer, ctx);
  const next: HolderState = {
    ...withBetterSince(applied, answer, ctx),
    nextBeatAt: nextBeatAfter(state, answer, sentAt, ctx),
    ...(watch === undefined ? {} : { watch }),
    ...(sameWatch && state.claimedAt !== undefined ? { claimedAt: state.claimedAt } : {}),
    ...(answer.rank === undefined ? {} : { rank: answer.rank }),
    ...(state.leaving === undefined
      ? {}
      : { leaving: { ...state.leaving, acknowledged: state.leaving.acknowledged || resigned } }),
  };
  const effects: HolderEffect[] = [];
  if (next.role !== state.role || next.epoch !== state.epoch) effects.push({ kind: 'persist' });
  if (answer.work === true) effects.push({ kind: 'beat', why: 'work' });
  return { state: next, effects };
};
