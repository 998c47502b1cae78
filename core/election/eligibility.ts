/** Who may take over, and in which order. */
import type { GroupState, MemberState } from '../wire/item.ts';
import type { NodeId } from '../wire/names.ts';
import { elapsedMs, isAhead } from './elapsed.ts';
import { isGone, isLeaving, isRetiring } from './instance.ts';
import { BAN_MS, DEAF_HEARTBEATS, FRESH_HEARTBEATS } from './rules.ts';
import type { StepContext } from './types.ts';

interface Candidate {
  readonly node: NodeId;
  readonly member: MemberState;
}

/** The member's last report is recent enough to act on. */
export const isFresh = (member: MemberState, ctx: StepContext): boolean =>
  elapsedMs(member.at, ctx.now) <= FRESH_HEARTBEATS * ctx.config.heartbeatMs;

/** A permanent fabric error was met with this member as the target, not long ago. */
export const isBanned = (member: MemberState, ctx: StepContext): boolean =>
  isAhead(member.banUntil, ctx.now, BAN_MS);

/**
 * It has not heard of the group's epoch, and for a while it has heard nothing at all. Not at once: after an outage of
 * the arbiter everybody's first heartbeat says so.
 */
export const isUnaware = (member: MemberState, ctx: StepContext): boolean =>
  member.behind === true &&
  member.deafSince !== undefined &&
  elapsedMs(member.deafSince, ctx.now) >= DEAF_HEARTBEATS * ctx.config.heartbeatMs;

/** Alive and allowed, whatever its health: enrolled, fresh, hearing, staying, its machine too, not drained, not banned. */
const isAvailable = (state: GroupState, { node, member }: Candidate, ctx: StepContext): boolean =>
  ctx.config.members[node] !== undefined &&
  isFresh(member, ctx) &&
  member.deafSince === undefined &&
  member.resignedAt === undefined &&
  !isLeaving(member, ctx) &&
  !isGone(member) &&
  state.drained?.includes(node) !== true &&
  !isBanned(member, ctx);

/** Healthy before FAULT, what stays before what will be retired, then priority, then who has been ready longest, then the id: a total order. */
const byPreference = (a: Candidate, b: Candidate): number => {
  const health = (a.member.health === 'ok' ? 0 : 1) - (b.member.health === 'ok' ? 0 : 1);
  const stays = Number(isRetiring(a.member)) - Number(isRetiring(b.member));
  const priority = b.member.priority - a.member.priority;
  const ready = (a.member.okSince ?? Number.MAX_SAFE_INTEGER) - (b.member.okSince ?? Number.MAX_SAFE_INTEGER);
  return health || stays || priority || ready || (a.node < b.node ? -1 : 1);
};

/** Everyone but the holder who is alive and allowed, in no order. */
const candidates = (state: GroupState, ctx: StepContext): Candidate[] => {
  const found: Candidate[] = [];
  for (const node in state.members) {
    const member = state.members[node];
    if (member === undefined || node === state.holder) continue;
    const candidate = { node, member };
    if (isAvailable(state, candidate, ctx)) found.push(candidate);
  }
  return found;
};

/** The same, best first; those in FAULT come last. */
export const standbys = (state: GroupState, ctx: StepContext): Candidate[] =>
  candidates(state, ctx).toSorted(byPreference);

/** The first of {@link standbys}, which every heartbeat asks for. */
const best = (state: GroupState, ctx: StepContext): Candidate | undefined => {
  let first: Candidate | undefined;
  for (const candidate of candidates(state, ctx))
    if (first === undefined || byPreference(candidate, first) < 0) first = candidate;
  return first;
};

/** The healthy member that should take over if the holder goes; undefined when there is none. */
export const bestStandby = (state: GroupState, ctx: StepContext): NodeId | undefined => {
  const first = best(state, ctx);
  return first?.member.health === 'ok' ? first.node : undefined;
};

/** As {@link bestStandby}, but a living FAULT is better than a silent holder. */
export const bestLiving = (state: GroupState, ctx: StepContext): NodeId | undefined => best(state, ctx)?.node;

/** The best of those that were heard within so long: of the others nobody knows whether they still live. */
export const bestHeard = (state: GroupState, withinMs: number, ctx: StepContext): NodeId | undefined =>
  standbys(state, ctx).find(({ member }) => elapsedMs(member.at, ctx.now) <= withinMs)?.node;

/** Whether this very member could take over now, healthy. */
export const isFit = (state: GroupState, node: NodeId | undefined, ctx: StepContext): boolean =>
  candidates(state, ctx).some((candidate) => candidate.node === node && candidate.member.health === 'ok');
