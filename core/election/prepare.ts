/**
 * Groups with `hooks.beforeMaster`: the candidate is asked first, and may say no. While it prepares nothing has been
 * decided: the holder holds, the epoch stands, and what called for the change must still call for it when the candidate
 * is prepared. Each question names an epoch of its own, so that no two hosts ever prepare for the same one.
 */
import { after } from '../time.ts';
import type { GroupReport } from '../wire/heartbeat.ts';
import { DECLINE_WORDS, type Decline, type GroupState } from '../wire/item.ts';
import type { NodeId } from '../wire/names.ts';
import { elapsedMs } from './elapsed.ts';
import { bestStandby, isFit } from './eligibility.ts';
import type { Change } from './held.ts';
import { flawOf } from './moving.ts';
import { isObserved } from './observe.ts';
import { isCurrent, isPrepared } from './prepared.ts';
import { isExclusive, saysReleased } from './proof.ts';
import { BAN_MS, RELEASE_WAIT_HEARTBEATS, RELEASE_WAIT_MS } from './rules.ts';
import { ADOPTED, eventOf, nextEpoch } from './transfer.ts';
import type { Effect, GroupEvent, Outcome, StepContext } from './types.ts';

interface Noted {
  readonly state: GroupState;
  readonly effects: readonly Effect[];
}

const UNNEEDED = 'not needed any more';

export const asksCandidates = (ctx: StepContext): boolean =>
  ctx.config.prepareMs !== undefined && !isObserved(ctx);

/** How long a heartbeat with an answer may take that was due, as with a release. */
const waitMs = ({ config }: StepContext): number =>
  Math.max(RELEASE_WAIT_MS, RELEASE_WAIT_HEARTBEATS * config.heartbeatMs);

/** Told under the epoch that it is about. */
const told = (
  state: GroupState,
  type: GroupEvent['type'],
  ctx: StepContext,
  fields: Parameters<typeof eventOf>[3],
): Effect => eventOf({ ...state, epoch: state.asked?.epoch ?? state.epoch }, type, ctx, fields);

/** Nobody is asked any more; the epoch stays spent. */
const over = (state: GroupState): GroupState => {
  const { asked } = state;
  return asked === undefined
    ? state
    : { ...state, asked: { epoch: asked.epoch, at: asked.at, reason: asked.reason } };
};

const end = (
  state: GroupState,
  reason: string,
  ctx: StepContext,
  detail: NonNullable<GroupEvent['detail']> = {},
): Noted => {
  const to = state.asked?.to ?? null;
  return {
    state: over(state),
    effects: [told(state, 'not-prepared', ctx, { from: state.holder, to, reason, detail })],
  };
};

/** It is not chosen for a minute, and an order of an operator for just this member has ended. */
const decline = (
  state: GroupState,
  node: NodeId,
  why: Decline,
  ctx: StepContext,
  detail: NonNullable<GroupEvent['detail']> = {},
): Noted => {
  const ended = end(state, DECLINE_WORDS[why], ctx, detail);
  const { handover, ...rest } = ended.state;
  const kept = handover === undefined || handover.to === node ? rest : ended.state;
  const member = state.members[node];
  if (member === undefined) return { ...ended, state: kept };
  const banned = { ...member, banUntil: after(ctx.now, BAN_MS), banWhy: why };
  return { ...ended, state: { ...kept, members: { ...kept.members, [node]: banned } } };
};

/** Takes what a heartbeat says of the question. Its sender repeats that; a restarted agent has prepared nothing yet. */
export const takeWord = (
  state: GroupState,
  node: NodeId,
  { prepared, declined }: GroupReport,
  ctx: StepContext,
): Noted => {
  const { asked } = state;
  if (asked === undefined || asked.to !== node) return { state, effects: [] };
  if (declined?.epoch === asked.epoch)
    return decline(state, node, declined.why, ctx, { hookMs: declined.ms });
  if (prepared?.epoch !== asked.epoch) {
    const { readyAt, hookMs: _, ...rest } = asked;
    return { state: readyAt === undefined ? state : { ...state, asked: rest }, effects: [] };
  }
  if (asked.readyAt !== undefined) return { state, effects: [] };
  const next: GroupState = { ...state, asked: { ...asked, readyAt: ctx.now, hookMs: prepared.ms } };
  const fields = { from: state.holder, to: node, reason: asked.reason, detail: { hookMs: prepared.ms } };
  return { state: next, effects: [told(next, 'prepared', ctx, fields)] };
};

/** A holder that is to go on is so for want of a better one: what would be wrong with another is not with it. */
const FORGIVEN: ReadonlySet<string> = new Set(['target-fault', 'target-leaving']);

/** Why this member is not to be asked, or not any more. A FAULT is no reason where nobody is well. */
const flawOfAsked = (state: GroupState, node: NodeId, ctx: StepContext): string | undefined => {
  const flaw = flawOf(state, node, ctx);
  if (node === state.holder) return flaw === undefined || FORGIVEN.has(flaw) ? undefined : flaw;
  if (state.drained?.includes(node) === true) return 'drained';
  return flaw === 'target-fault' && bestStandby(state, ctx) === undefined ? undefined : flaw;
};

/** What time, or other news, has made of the question. */
export const settleAsked = (state: GroupState, ctx: StepContext): Noted => {
  const { asked } = state;
  if (asked?.to === undefined) return { state, effects: [] };
  if (!asksCandidates(ctx) || !isCurrent(state)) return end(state, UNNEEDED, ctx);
  const flaw = flawOfAsked(state, asked.to, ctx);
  if (flaw !== undefined) return end(state, flaw, ctx);
  const limitMs = (ctx.config.prepareMs ?? 0) + waitMs(ctx);
  const late = asked.readyAt === undefined && elapsedMs(asked.at, ctx.now) > limitMs;
  return late ? decline(state, asked.to, 'timeout', ctx) : { state, effects: [] };
};

/** Whoever is preparing is not passed over for a better one that appears meanwhile; an operator's order is for one alone. */
export const withCandidate = (
  state: GroupState,
  change: Change | undefined,
  ctx: StepContext,
): Change | undefined => {
  const to = state.asked?.to;
  if (change === undefined || change.to === null || to === undefined) return change;
  if (change.to === state.holder || change.reason === 'operator' || change.reason === ADOPTED) return change;
  const alike = state.members[change.to]?.health === 'fault' && flawOf(state, to, ctx) === 'target-fault';
  return isFit(state, to, ctx) || alike ? { ...change, to } : change;
};

/** A holder that has let go, or whose lease has run out, is a candidate like any other. One that just goes on is not. */
const goesOn = (state: GroupState, to: NodeId, ctx: StepContext): boolean => {
  const member = state.members[to];
  return to === state.holder && !isExclusive(ctx) && member !== undefined && !saysReleased(state, member);
};

/** The change may be carried out only when its candidate has prepared, and it has not. What is there already is not asked. */
export const mustPrepare = (state: GroupState, { to, reason }: Change, ctx: StepContext): boolean =>
  asksCandidates(ctx) &&
  to !== null &&
  reason !== ADOPTED &&
  !goesOn(state, to, ctx) &&
  !isPrepared(state, to);

/** Asks, unless this very member has been asked already, or need not be: until something changes, nothing does. */
export const askCandidate = (
  state: GroupState,
  { to, reason, detail }: Change,
  ctx: StepContext,
): Outcome | undefined => {
  if (to === null || state.asked?.to === to || flawOfAsked(state, to, ctx) !== undefined) return undefined;
  const next: GroupState = { ...state, asked: { to, epoch: nextEpoch(state), at: ctx.now, reason } };
  const fields = { from: state.holder, to, reason, ...(detail === undefined ? {} : { detail }) };
  const asked: Outcome = { state: next, effects: [told(next, 'preparing', ctx, fields)] };
  // A fifth of all groups must not promote their standbys because nobody is heard.
  return reason === 'silence' ? { ...asked, onSilence: true } : asked;
};

/**
 * Nothing calls for the change any more that the candidate has prepared for. That is known when its own heartbeats have had
 * the time to find out: some reasons count at the candidate's heartbeat only.
 */
export const withdrawUnneeded = (state: GroupState, ctx: StepContext): Outcome | undefined => {
  const readyAt = state.asked?.readyAt;
  if (readyAt === undefined || (state.phase !== 'held' && state.phase !== 'moving')) return undefined;
  return elapsedMs(readyAt, ctx.now) > waitMs(ctx) ? end(state, UNNEEDED, ctx) : undefined;
};
