/** What an operator is told of a group: its items and its configuration, with ages instead of instants. Pure. */
import { bestStandby, isBanned } from '../../core/election/eligibility.ts';
import { isGone, isLeaving, isRetiring } from '../../core/election/instance.ts';
import { isObserved, stillWould } from '../../core/election/observe.ts';
import { leaseMarginMs } from '../../core/election/slowest.ts';
import type { StepContext } from '../../core/election/types.ts';
import { type EpochMs, since } from '../../core/time.ts';
import { canBeLookedFor, isSeenByCloud, isSeenByHosts, isUnseen } from '../../core/traits.ts';
import type { FabricStatus, GroupStatus, MemberDetailStatus, MemberStatus } from '../../core/wire/admin.ts';
import type { MemberDetail } from '../../core/wire/detail.ts';
import type { GroupConfig, GroupState, MemberState } from '../../core/wire/item.ts';
import type { NodeId } from '../../core/wire/names.ts';
import type { FabricLook } from '../../core/wire/sweep.ts';

/** Two heartbeats and a half without a report: one may be late, two may not. */
const SILENT_HEARTBEATS = 2.5;
/** After a move the holder has this many heartbeats to say that it has bound the address. */
const BINDING_HEARTBEATS = 2;

/** What stands beside the state; absent: it is not there, or cannot be read. */
export interface Beside {
  readonly details?: ReadonlyMap<NodeId, MemberDetail> | undefined;
  readonly look?: FabricLook | undefined;
}

const isSilent = (member: MemberState, { now, config }: StepContext): boolean =>
  since(member.at, now) > SILENT_HEARTBEATS * config.heartbeatMs;

const roleOf = (
  node: NodeId,
  member: MemberState,
  state: GroupState,
  ctx: StepContext,
): MemberStatus['state'] => {
  if (isSilent(member, ctx)) return member.resignedAt === undefined ? 'SILENT' : 'LEFT';
  if (state.holder === node) return 'MASTER';
  if (member.resignedAt !== undefined) return 'LEFT';
  return member.health === 'fault' ? 'FAULT' : 'BACKUP';
};

/** A fenced holder may be silent for the lease; an exclusive one holds for what its last heartbeat was granted. */
const leaseLeftMs = (member: MemberState, { now, config }: StepContext): number =>
  Math.max(0, (config.exclusive === true ? member.holdMs : config.leaseMs) - since(member.at, now));

const neverSeen = {
  state: 'UNSEEN',
  bannedMs: null,
  deaf: false,
  priority: null,
  health: null,
  degradedBy: [],
  bound: null,
  inFabric: null,
  boot: null,
  seq: null,
  beatAgeMs: null,
  leaseLeftMs: null,
  leaseMinMs: null,
  machine: null,
  detail: null,
} as const;

/** Checks that the configuration does not name, being older than its member's, are told if they fail. */
const detailStatus = (
  detail: MemberDetail,
  alarms: readonly string[],
  { now, config }: StepContext,
): MemberDetailStatus => {
  const { fault = null, vips, configHash } = detail;
  const down = [...detail.down, ...alarms];
  const names = [...new Set([...(config.checks ?? []), ...down])];
  return {
    ageMs: since(detail.at, now),
    fault,
    checks: names.map((name) => ({ name, up: !down.includes(name) })),
    vips: config.vips.map((vip) => ({
      address: vip.address,
      bound: vips[vip.address]?.bound === true,
      inFabric: isSeenByHosts(vip) ? vips[vip.address]?.inFabric === true : null,
    })),
    configHash,
  };
};

const memberStatus = (
  node: NodeId,
  state: GroupState,
  detail: MemberDetail | undefined,
  ctx: StepContext,
): MemberStatus => {
  const { eni = '', address = '', priority: basePriority = 1 } = ctx.config.members[node] ?? {};
  const enrolment = { node, eni, address, basePriority, drained: state.drained?.includes(node) === true };
  const member = state.members[node];
  if (member === undefined) return { ...enrolment, ...neverSeen, degradedBy: [] };
  const { priority, health, bound, inFabric, boot, seq, degradedBy = [] } = member;
  const until = isBanned(member, ctx) ? member.banUntil : undefined;
  return {
    ...enrolment,
    state: roleOf(node, member, state, ctx),
    bannedMs: until === undefined ? null : since(ctx.now, until),
    ...(until === undefined || member.banWhy === undefined ? {} : { bannedWhy: member.banWhy }),
    deaf: member.deafSince !== undefined,
    priority,
    health,
    degradedBy,
    bound,
    inFabric: isUnseen(ctx.config.vips) ? null : inFabric,
    boot,
    seq,
    beatAgeMs: since(member.at, ctx.now),
    leaseLeftMs: state.holder === node ? leaseLeftMs(member, ctx) : null,
    leaseMinMs: state.holder === node ? (leaseMarginMs(state, ctx) ?? null) : null,
    machine:
      isGone(member) || isLeaving(member, ctx) || isRetiring(member) ? (member.cloud?.said ?? null) : null,
    detail: detail === undefined ? null : detailStatus(detail, member.alarms ?? [], ctx),
  };
};

/** Somebody holds it, is heard, is well and has bound it: what the arbiter can know of "it is served". */
const isServed = (state: GroupState, ctx: StepContext): boolean => {
  const holder = state.holder === null ? undefined : state.members[state.holder];
  if (holder === undefined || (state.phase !== 'held' && state.phase !== 'releasing')) return false;
  const isBinding = since(state.phaseAt, ctx.now) <= BINDING_HEARTBEATS * ctx.config.heartbeatMs;
  return holder.health === 'ok' && (holder.bound || isBinding) && !isSilent(holder, ctx);
};

/** The highest configured priority first: the order in which the table hands a map's keys out means nothing. */
const roster = ({ members }: GroupConfig): NodeId[] =>
  Object.entries(members)
    .toSorted(([a, one], [b, two]) => two.priority - one.priority || (a < b ? -1 : 1))
    .map(([node]) => node);

const fabricStatus = (look: FabricLook, state: GroupState, { now, config }: StepContext): FabricStatus => {
  const members = Object.entries(config.members);
  const vips = config.vips.filter(isSeenByCloud).map(({ address }) => {
    const eni = look.owners[address] ?? null;
    return { address, eni, node: members.find(([, member]) => member.eni === eni)?.[0] ?? null };
  });
  const { epoch, holder } = state;
  const confirmed = holder !== null && look.epoch === epoch && vips.every(({ node }) => node === holder);
  return { ageMs: since(look.at, now), confirmed, vips };
};

const wouldStatus = ({ would }: GroupState, ctx: StepContext): GroupStatus['would'] =>
  would === undefined || !isObserved(ctx) || !stillWould(would, ctx)
    ? null
    : { to: would.to, reason: would.reason, forMs: since(would.since, ctx.now) };

/** @param now the arbiter's wall clock */
export const groupStatus = (
  state: GroupState,
  config: GroupConfig,
  now: EpochMs,
  { details, look }: Beside = {},
): GroupStatus => {
  const ctx: StepContext = { now, config, mayMove: false };
  const { group: name, epoch, phase, holder, reason, rev, configHash, handover, transferAt } = state;
  const paused = state.paused === true;
  const standby = bestStandby(state, ctx) ?? null;
  const next = paused ? null : standby;
  return {
    name,
    health: !isServed(state, ctx) ? 'down' : next === null ? 'degraded' : 'ok',
    epoch,
    phase,
    phaseMs: since(state.phaseAt, now),
    holder,
    reason,
    rev,
    configHash,
    exclusive: config.exclusive === true,
    heartbeatMs: config.heartbeatMs,
    leaseMs: config.leaseMs,
    vips: config.vips,
    members: roster(config).map((node) => memberStatus(node, state, details?.get(node), ctx)),
    standby,
    next,
    paused,
    handover: handover === undefined ? null : { to: handover.to, ageMs: since(handover.at, now) },
    transferMs: transferAt === undefined ? null : since(transferAt, now),
    transfers: state.transfers ?? 0,
    repairs: state.repairs ?? 0,
    mode: isObserved(ctx) ? 'observe' : 'enforce',
    would: wouldStatus(state, ctx),
    fabric: look === undefined || !canBeLookedFor(config.vips) ? null : fabricStatus(look, state, ctx),
  };
};
