/**
 * The agent's decision for one group: what to bind, what to say, what to run. Level-triggered: inputs only tell
 * what is; every step compares it with what the role demands and names the repairs.
 *
 * Pure: no clock, no randomness, no I/O. `ctx.now` is the host's boot clock.
 */
import { after, bootMs } from '../time.ts';
import { applyAnswer } from './answer.ts';
import { callFor, noteCalls } from './call.ts';
import { expire, isExclusive, leasedBinding, tellRelease } from './lease.ts';
import { leaveBy, letGoToLeave, settleLeaving, settleLinger } from './leaving.ts';
import { hurriedBeatAt, noteLosses, suspicionDueAt, suspicionNow } from './peers.ts';
import { forgetQuestion, takeOutcome } from './prepare.ts';
import { LEAVE_MS, LEAVE_TELL_MS, retryMs } from './rules.ts';
import { seenBy } from './seen.ts';
import { claimDueAt, claimNow } from './silence.ts';
import type {
  GroupProfile,
  HolderContext,
  HolderEffect,
  HolderInput,
  HolderOutcome,
  HolderState,
  StateName,
} from './types.ts';
import { leaveUnseen, note, onWitness } from './witness.ts';

/** What was persisted by an earlier run, or zeros. */
export interface Remembered {
  readonly epoch: number;
  readonly relEpoch: number;
  readonly master: boolean;
}

/** A group at the start of the agent. One that was MASTER before touches nothing until it knows more. */
export const initialHolder = (
  remembered: Remembered,
  profile: Pick<GroupProfile, 'kernelExpiry'>,
): HolderState => ({
  role: 'INIT',
  rev: 0,
  epoch: remembered.epoch,
  // What an earlier run gave up forbids only to resume it. An answer to this run's own request is never a late one,
  // and a member that was stopped and started again with nobody to succeed it must be able to serve at that epoch.
  relEpoch: 0,
  assessment: { health: 'ok', priority: 1, wavering: false, degradedBy: [] },
  bound: [],
  looked: false,
  listed: [],
  wasListed: false,
  absentLooks: 0,
  nextBeatAt: bootMs(0),
  left: false,
  // Where the lease is the fence, only an answer makes a MASTER.
  resuming: remembered.master && remembered.epoch > remembered.relEpoch && profile.kernelExpiry === undefined,
  told: 'INIT',
  ...NOTHING_YET,
});

/** Every field that may be absent, in one order: states of one shape are copied much faster. */
const NOTHING_YET = {
  appliedAt: undefined,
  deadline: undefined,
  boundUntil: undefined,
  knownHoldMs: undefined,
  grown: undefined,
  releaseTold: undefined,
  askedAt: undefined,
  quietSince: undefined,
  voidBefore: undefined,
  leftoverUntil: undefined,
  kernelPending: undefined,
  streak: undefined,
  watch: undefined,
  suspicion: undefined,
  losses: undefined,
  calls: undefined,
  newsTold: undefined,
  asking: undefined,
  rank: undefined,
  betterSince: undefined,
  claimedAt: undefined,
  refusedSince: undefined,
  lingerUntil: undefined,
  leaving: undefined,
  preparing: undefined,
} satisfies Partial<HolderState>;

/** The state's name in keepalived's words. A holder whose checks fail stays MASTER: health is a flag, not a role. */
export const stateName = ({ role, assessment, resuming }: HolderState): StateName => {
  if (role === 'MASTER') return 'MASTER';
  if (role === 'INIT' && resuming) return 'INIT';
  if (assessment.health === 'fault') return 'FAULT';
  return role;
};

/** A check changed its mind: a FAULT, or the end of one, must not wait for the next heartbeat. */
const onAssessed = (state: HolderState, input: Extract<HolderInput, { kind: 'assessed' }>): HolderOutcome => {
  const { assessment } = input;
  const before = state.assessment;
  const matters =
    assessment.health !== before.health ||
    assessment.priority !== before.priority ||
    assessment.wavering !== before.wavering;
  const effects: HolderEffect[] =
    matters && state.role !== 'INIT'
      ? [{ kind: 'beat', why: assessment.health === 'fault' ? 'fault' : 'change' }]
      : [];
  return { state: { ...state, assessment }, effects };
};

const onUnanswered = (
  state: HolderState,
  why: Extract<HolderInput, { kind: 'unanswered' }>['why'],
  ctx: HolderContext,
): HolderState => {
  if (why === 'unreachable') return state;
  // The holder may be refused just as this standby is: what it does not hear now proves nothing.
  const rest = {
    ...state,
    streak: undefined,
    refusedSince:
      why === 'failing' || why === 'overloaded' ? state.refusedSince : (state.refusedSince ?? ctx.now),
  };
  // A failure passes by itself, and what was to be said (a FAULT, perhaps) must not wait for a whole heartbeat.
  if (why === 'failing') return rest;
  // A hurry is short, and a holder that fell silent in it would be taken for dead.
  const hurriedAt = hurriedBeatAt(rest, ctx.now, ctx);
  return { ...rest, nextBeatAt: hurriedAt ?? after(ctx.now, ctx.profile.heartbeatMs) };
};

const take = (state: HolderState, input: HolderInput, ctx: HolderContext): HolderOutcome => {
  switch (input.kind) {
    case 'tick':
      return { state, effects: [] };
    case 'sent':
      return {
        state: {
          ...state,
          nextBeatAt: hurriedBeatAt(state, ctx.now, ctx) ?? after(ctx.now, retryMs(ctx.profile)),
          askedAt: ctx.now,
          asking: undefined,
          quietSince: state.quietSince ?? ctx.now,
          claimedAt: input.claimed ? ctx.now : state.claimedAt,
          voidBefore: input.deaf === true ? ctx.now : state.voidBefore,
        },
        effects: [],
      };
    case 'answer':
      return callFor(state, applyAnswer(state, input, ctx), input, ctx);
    case 'unanswered': {
      const next = onUnanswered(state, input.why, ctx);
      if (input.why !== 'excluded') return { state: next, effects: [] };
      const forgot = forgetQuestion(next);
      const left = leaveUnseen(forgot.state, ctx);
      return { state: left.state, effects: [...forgot.effects, ...left.effects] };
    }
    case 'kernel':
      return {
        state: {
          ...state,
          kernelPending: undefined,
          bound: input.bound,
          leftoverUntil:
            input.expiresInMs === undefined || input.bound.length === 0
              ? state.leftoverUntil
              : after(ctx.now, input.expiresInMs),
        },
        effects: [],
      };
    case 'witness':
      return input.listed === 'unknown' ? { state, effects: [] } : onWitness(state, input.listed, ctx);
    case 'assessed':
      return onAssessed(state, input);
    case 'hooked':
      return takeOutcome(state, input);
    case 'terminate':
      if (state.leaving !== undefined) return { state, effects: [] };
      return {
        state: { ...state, leaving: { by: after(ctx.now, LEAVE_MS), acknowledged: false } },
        effects: [{ kind: 'beat', why: 'resign' }],
      };
    case 'leave-quietly':
      return { state: { ...state, left: true }, effects: [{ kind: 'persist' }, { kind: 'left' }] };
  }
};

const isClaimDue = (state: HolderState, ctx: HolderContext): boolean =>
  claimNow(state, ctx) !== undefined || suspicionNow(state, ctx) !== undefined;

/** A claim goes out at its exact instant, not at the next heartbeat, and is repeated while it stays due. */
const claimDue = (state: HolderState, ctx: HolderContext): HolderEffect[] => {
  const repeatAt = state.claimedAt === undefined ? ctx.now : after(state.claimedAt, retryMs(ctx.profile));
  return isClaimDue(state, ctx) && ctx.now >= repeatAt ? [{ kind: 'beat', why: 'claim' }] : [];
};

/** Before the first answer an exclusive group keeps only what the kernel itself will end. */
const leasedLeftovers = (state: HolderState, ctx: HolderContext): boolean =>
  state.role === 'INIT' && state.leftoverUntil !== undefined && ctx.now < state.leftoverUntil;

/** As {@link bindings}, where the lease is the fence. */
const leasedBindings = (state: HolderState, ctx: HolderContext): HolderOutcome => {
  if (state.role === 'MASTER') return leasedBinding(state, ctx);
  if (state.bound.length === 0 || leasedLeftovers(state, ctx)) return { state, effects: [] };
  return { state: { ...state, kernelPending: true }, effects: [{ kind: 'unbind', vips: state.bound }] };
};

/** The witness could list it, and does not. */
const isNotHere = (vip: string, { listed }: HolderState, { profile }: HolderContext): boolean =>
  seenBy(profile).includes(vip) && !listed.includes(vip);

/** What the kernel must be told so that it has what the role demands. */
const bindings = (state: HolderState, ctx: HolderContext): HolderEffect[] => {
  if (state.lingerUntil !== undefined || (state.role === 'INIT' && (state.resuming || !state.looked)))
    return [];
  if (state.role === 'MASTER') {
    const missing = ctx.profile.vips.filter((vip) => !state.bound.includes(vip));
    return missing.length > 0 && state.epoch > state.relEpoch
      ? [{ kind: 'bind', vips: missing, epoch: state.epoch }]
      : [];
  }
  // Before the first answer an address that the fabric still delivers here is left alone: it may be serving.
  const extra = state.role === 'INIT' ? state.bound.filter((vip) => isNotHere(vip, state, ctx)) : state.bound;
  return extra.length > 0 ? [{ kind: 'unbind', vips: extra }] : [];
};

/** A change that has just failed waits for the next look: else a kernel that refuses would be asked in a loop. */
const bindingsDue = (state: HolderState, input: HolderInput, ctx: HolderContext): HolderOutcome => {
  if (input.kind === 'kernel' && input.failed === true) return { state, effects: [] };
  return isExclusive(ctx) ? leasedBindings(state, ctx) : { state, effects: bindings(state, ctx) };
};

const tell = (state: HolderState): HolderOutcome => {
  const name = stateName(state);
  if (name === state.told || name === 'INIT') return { state, effects: [] };
  return {
    state: { ...state, told: name },
    effects: [
      note('info', `${state.told} -> ${name} at epoch ${state.epoch}`),
      { kind: 'hook', state: name, epoch: state.epoch },
    ],
  };
};

/** What changes something on this host or runs somebody's program. */
const TOUCHES: ReadonlySet<HolderEffect['kind']> = new Set(['bind', 'unbind', 'hook', 'prepare']);

/**
 * Takes one input and names what follows. Effects are to be performed in order; after `bind` and `unbind` the
 * caller lists the kernel's addresses again and feeds them back as `kernel`.
 */
export const stepHolder = (state: HolderState, input: HolderInput, ctx: HolderContext): HolderOutcome => {
  const outcome = decide(state, input, ctx);
  if (ctx.profile.observes !== true) return outcome;
  return { ...outcome, effects: outcome.effects.filter(({ kind }) => !TOUCHES.has(kind)) };
};

const decide = (state: HolderState, input: HolderInput, ctx: HolderContext): HolderOutcome => {
  if (state.left) return { state, effects: [] };
  const expired = expire(state, ctx);
  const noted = noteCalls(noteLosses(expired.state, ctx), ctx);
  const taken = take(noted, input, ctx);
  const before = [...expired.effects, ...taken.effects];
  if (taken.state.left) return { state: taken.state, effects: before };
  const lingered = letGoToLeave(settleLinger(taken.state, ctx), ctx);
  const left = settleLeaving(lingered, ctx);
  if (left.state.left) return { state: left.state, effects: [...before, ...left.effects] };
  const bound = bindingsDue(left.state, input, ctx);
  const told = tell(bound.state);
  const freed = tellRelease(told.state);
  return {
    state: freed.state,
    // The binding comes first: what is written to disk serves a later restart, the packets are waiting now.
    effects: [...bound.effects, ...before, ...told.effects, ...freed.effects, ...claimDue(freed.state, ctx)],
  };
};

/** The next instant, heartbeats apart, at which a step could differ from the last one without any input from outside. */
export const wakeAt = (state: HolderState, ctx: HolderContext): number => {
  if (state.left) return Infinity;
  const repeatAt = state.claimedAt === undefined ? 0 : after(state.claimedAt, retryMs(ctx.profile));
  // A claim that is due but may not be made, because the streak is broken, waits for an answer and not for a time.
  const claimAt = (dueAt: number | undefined, mayClaim: boolean): number =>
    dueAt === undefined || (dueAt <= ctx.now && !mayClaim) ? Infinity : Math.max(dueAt, repeatAt);
  return Math.min(
    claimAt(claimDueAt(state, ctx), claimNow(state, ctx) !== undefined),
    claimAt(suspicionDueAt(state, ctx), suspicionNow(state, ctx) !== undefined),
    state.deadline ?? Infinity,
    state.lingerUntil ?? Infinity,
    state.leaving === undefined ? Infinity : leaveBy(state, state.leaving.by),
    state.leaving === undefined || state.deadline === undefined ? Infinity : state.leaving.by - LEAVE_TELL_MS,
  );
};
