/**
 * What an agent does where the lease is the fence (`exclusive` groups): it holds up to a deadline that only answers
 * extend, it lets go by itself, and it says so. Absent on fenced groups, where the network delivers to one host anyway.
 */
import { deadlineOf, lifetimeMs } from '../lease.ts';
import { type BootMs, type DurationMs, durationMs, since } from '../time.ts';
import type { GroupAnswer } from '../wire/heartbeat.ts';
import type { HolderContext, HolderEffect, HolderOutcome, HolderState } from './types.ts';

export const isExclusive = ({ profile }: HolderContext): boolean => profile.kernelExpiry !== undefined;

/** No longer MASTER, and never again at this epoch or an older one. Whatever is bound is unbound in the same step. */
export const giveUp = (state: HolderState): HolderState => {
  const relEpoch = Math.max(state.relEpoch, state.epoch);
  return { ...state, role: 'BACKUP', deadline: undefined, boundUntil: undefined, relEpoch };
};

/** The first thing in every step, before the input is even looked at: a deadline that has passed ends the holding. */
export const expire = (state: HolderState, ctx: HolderContext): HolderOutcome => {
  if (state.deadline === undefined || ctx.now < state.deadline) return { state, effects: [] };
  const message = `the lease of epoch ${state.epoch} ran out without an answer: letting go`;
  return { state: giveUp(state), effects: [{ kind: 'persist' }, { kind: 'log', level: 'warn', message }] };
};

const knownHoldMs = (state: HolderState, ctx: HolderContext): number =>
  state.knownHoldMs ?? ctx.profile.leaseMs;

/** What an answer to a request of that instant may grant at most: what every request since then has told of. */
const toldHoldMs = (state: HolderState, sentAt: BootMs, ctx: HolderContext): number =>
  state.grown !== undefined && sentAt <= state.grown.at ? state.grown.fromMs : knownHoldMs(state, ctx);

/**
 * What an answer about this host's own heartbeat teaches of its hold. One that has grown counts for requests sent from
 * now on: those under way have told the arbiter the smaller one, and the newest of them is what others will wait for.
 */
export const withKnownHold = (
  state: HolderState,
  holdMs: number,
  sentAt: BootMs,
  ctx: HolderContext,
): HolderState => {
  const known = knownHoldMs(state, ctx);
  const grown = { at: ctx.now, fromMs: toldHoldMs(state, sentAt, ctx) };
  return { ...state, knownHoldMs: holdMs, grown: holdMs > known ? grown : state.grown };
};

/**
 * Until when an answer that names this host MASTER lets it hold; undefined when it grants nothing: it came too late,
 * or answers a request that this host has declared void. A hold that has just grown counts
 * from the next answer on: heartbeats under way have told the arbiter the old one.
 */
export const grantedUntil = (
  state: HolderState,
  answer: GroupAnswer,
  sentAt: BootMs,
  ctx: HolderContext,
): BootMs | undefined => {
  if (answer.holder === null) return undefined;
  if (state.voidBefore !== undefined && sentAt <= state.voidBefore) return undefined;
  const until = deadlineOf(sentAt, Math.min(answer.holder.holdMs, toldHoldMs(state, sentAt, ctx)));
  return until > ctx.now ? until : undefined;
};

/**
 * For how long this host might still hold, as seen from now: by what it was granted, by what an answer under way may
 * grant, and by what an earlier run left to the kernel. A standby must wait for all of it.
 */
export const mayHoldMs = (state: HolderState, ctx: HolderContext): DurationMs => {
  if (!isExclusive(ctx)) return durationMs(0);
  const asked = state.askedAt === undefined ? 0 : deadlineOf(state.askedAt, knownHoldMs(state, ctx));
  const until = Math.max(state.deadline ?? 0, asked, state.leftoverUntil ?? 0);
  return durationMs(Math.max(0, Math.ceil(until - ctx.now)));
};

/** Nothing is bound, and no binding that was ordered before can still come true. */
const holdsNothing = (state: HolderState): boolean =>
  state.role !== 'MASTER' && state.bound.length === 0 && state.kernelPending !== true;

/** The epoch up to which this host has let go, its kernel included; undefined while it holds or never held. */
export const releasedEpoch = (state: HolderState): number | undefined =>
  state.relEpoch > 0 && state.relEpoch >= state.epoch && holdsNothing(state) ? state.relEpoch : undefined;

/**
 * No answer for a whole lease although heartbeats go out. Such a host must be chosen for nothing: it would not hear
 * of it. An exclusive one says it only when it holds nothing, for the arbiter then gives the VIPs to another.
 */
export const isDeaf = (state: HolderState, ctx: HolderContext): boolean => {
  if (state.quietSince === undefined) return false;
  const patienceMs = Math.max(ctx.profile.leaseMs, knownHoldMs(state, ctx));
  if (since(state.quietSince, ctx.now) <= patienceMs) return false;
  return !isExclusive(ctx) || (holdsNothing(state) && ctx.now >= (state.leftoverUntil ?? 0));
};

/** Binds what is missing, and extends the kernel's lifetime whenever an answer has extended the deadline. */
export const leasedBinding = (state: HolderState, ctx: HolderContext): HolderOutcome => {
  const { profile, now } = ctx;
  const { deadline, boundUntil, epoch, bound } = state;
  if (deadline === undefined || profile.kernelExpiry === undefined || epoch <= state.relEpoch)
    return { state, effects: [] };
  const complete = profile.vips.every((vip) => bound.includes(vip));
  const due = !complete || boundUntil === undefined || boundUntil < deadline;
  if (!due || lifetimeMs(deadline, now, profile.kernelExpiry) === 0) return { state, effects: [] };
  return {
    state: { ...state, boundUntil: deadline, kernelPending: true },
    effects: [{ kind: 'bind', vips: profile.vips, epoch, until: deadline }],
  };
};

/** The release is told once at once; after that every heartbeat carries it. */
export const tellRelease = (state: HolderState): HolderOutcome => {
  const released = releasedEpoch(state);
  if (released === undefined || released === state.releaseTold) return { state, effects: [] };
  const beat: HolderEffect = { kind: 'beat', why: 'released' };
  return { state: { ...state, releaseTold: released }, effects: [beat] };
};
