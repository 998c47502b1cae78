/** Takes one heartbeat into the state: identity first, then what the report says, never a decision. */
import { type Beat, compareBeats, formatBeat } from '../beat.ts';
import { holdMsOf } from '../lease.ts';
import type { EpochMs } from '../time.ts';
import { isBoundByHosts, isSeenByHosts } from '../traits.ts';
import type { GroupReport } from '../wire/heartbeat.ts';
import type { GroupState, MemberState } from '../wire/item.ts';
import type { NodeId } from '../wire/names.ts';
import { alarmsAfterBeat, judgedWith } from './alarm.ts';
import { fingerprintOf } from './detail.ts';
import { elapsedMs } from './elapsed.ts';
import { isBanned } from './eligibility.ts';
import { markAfterBeat } from './instance.ts';
import { EPOCH_BELIEVED_MAX } from './rules.ts';
import { slowestWith } from './slowest.ts';
import type { Refusal, StepContext } from './types.ts';

/**
 * Whether the heartbeat may count at all. A beat that does not rise is a replay, a late duplicate or a second
 * agent with the same identity: it changes nothing, and the stored pair lets an agent tell which.
 */
export const refusalOf = (
  state: GroupState,
  node: NodeId,
  beat: Beat,
  ctx: StepContext,
): Refusal | undefined => {
  if (ctx.config.members[node] === undefined && state.holder !== node) {
    return {
      code: 'NotEnrolled',
      message: `${node} is not a member of group ${state.group}: add it to the group's members and deploy again`,
    };
  }
  const stored = state.members[node];
  if (stored === undefined || compareBeats(beat, stored) > 0) return undefined;
  return {
    code: 'StaleBeat',
    message: `heartbeat ${formatBeat(beat)} is not newer than ${formatBeat(stored)}, which was taken before`,
    stored: { boot: stored.boot, seq: stored.seq },
  };
};

const readySince = (
  previous: MemberState | undefined,
  ready: boolean,
  ctx: StepContext,
): EpochMs | undefined => {
  if (!ready) return undefined;
  const unbroken = previous?.okSince !== undefined && elapsedMs(previous.at, ctx.now) <= ctx.config.leaseMs;
  return unbroken ? previous.okSince : ctx.now;
};

/** Drops the keys that are undefined, so that the stored item stays small and equal states compare equal. */
const compact = <T extends object>(value: T): T => {
  const kept: Partial<T> = {};
  for (const key in value) if (value[key] !== undefined) kept[key] = value[key];
  return kept as T;
};

const memberOf = (
  state: GroupState,
  node: NodeId,
  beat: Beat,
  report: GroupReport,
  ctx: StepContext,
): MemberState => {
  const stored = state.members[node];
  const sameBoot = stored?.boot === beat.boot ? stored : undefined;
  const isHolder = state.holder === node;
  const bindable = ctx.config.vips.filter(isBoundByHosts);
  const seen = ctx.config.vips.filter(isSeenByHosts);
  const listed = seen.map((vip) => report.vips[vip.address]?.inFabric === true);
  const inFabric = seen.length > 0 && (isHolder ? listed.every(Boolean) : listed.some(Boolean));
  // A resignation sticks until a newer boot: a late heartbeat of the leaving agent must not call it back.
  const resignedAt = sameBoot?.resignedAt ?? (report.resign === true ? ctx.now : undefined);
  const banned = stored !== undefined && isBanned(stored, ctx) ? stored : undefined;
  const judged = judgedWith(report, stored?.alarms, ctx);
  const missed = isHolder && state.phase === 'held' && seen.length > 0 && !inFabric;
  return compact({
    boot: beat.boot,
    seq: beat.seq,
    at: ctx.now,
    priority: judged.priority,
    health: judged.health,
    bound: bindable.length > 0 ? bindable.every((vip) => report.vips[vip.address]?.bound === true) : inFabric,
    inFabric,
    holdMs: ctx.config.exclusive === true ? holdMsOf(ctx.config.leaseMs, report.holdMs) : 0,
    okSince: readySince(sameBoot, judged.health === 'ok' && resignedAt === undefined, ctx),
    wavering: report.wavering === true ? true : undefined,
    degradedBy:
      judged.degradedBy !== undefined && judged.degradedBy.length > 0 ? judged.degradedBy : undefined,
    resignedAt,
    banUntil: banned?.banUntil,
    banWhy: banned?.banWhy,
    absentEpoch: listed.some(Boolean) ? stored?.absentEpoch : state.epoch,
    released: report.released,
    deafSince: report.deaf === true ? (stored?.deafSince ?? ctx.now) : undefined,
    behind: report.epochSeen < state.epoch ? true : undefined,
    cloud: markAfterBeat(stored, beat.boot, ctx),
    alarms: alarmsAfterBeat(stored, ctx),
    said: fingerprintOf(beat.boot, report, ctx),
    absentLooks: missed ? (stored?.absentLooks ?? 0) + 1 : undefined,
  }) as MemberState;
};

/** Members that left the roster are forgotten, except the holder: its entry is what a claim is checked against. */
const enrolledOnly = (state: GroupState, ctx: StepContext): GroupState['members'] => {
  const stays = (node: NodeId): boolean => ctx.config.members[node] !== undefined || node === state.holder;
  return Object.keys(state.members).every(stays)
    ? state.members
    : Object.fromEntries(Object.entries(state.members).filter(([node]) => stays(node)));
};

/** The state with this heartbeat in it. The caller has checked {@link refusalOf}. */
export const takeReport = (
  state: GroupState,
  node: NodeId,
  beat: Beat,
  report: GroupReport,
  ctx: StepContext,
): GroupState => {
  const seen = report.epochSeen > EPOCH_BELIEVED_MAX ? 0 : report.epochSeen;
  const floor = Math.max(state.epochFloor ?? 0, seen);
  const slowest = slowestWith(state, node, ctx);
  return {
    ...state,
    firstReportAt: state.firstReportAt ?? ctx.now,
    ...(floor > state.epoch ? { epochFloor: floor } : {}),
    ...(slowest === undefined ? {} : { slowest }),
    members: { ...enrolledOnly(state, ctx), [node]: memberOf(state, node, beat, report, ctx) },
  };
};
