/**
 * Checks that CloudWatch makes: alarms about a member. What the member says of itself stands, and an alarm that is on is
 * added to it: with weight 0 the member is in FAULT, with a negative one it is worth less. As with machines, an event is only a
 * reason to ask: what comes here is what CloudWatch said when it was asked.
 */
import { PRIORITY_MIN } from '../checks.ts';
import type { GroupReport } from '../wire/heartbeat.ts';
import type { AlarmCheck, GroupState, MemberState } from '../wire/item.ts';
import type { NodeId } from '../wire/names.ts';
import { eventOf } from './transfer.ts';
import type { Outcome, StepContext } from './types.ts';

type Judged = Pick<GroupReport, 'health' | 'priority' | 'degradedBy'>;

/** Where an alarm's name has a member's id. */
const PLACEHOLDER = '{instance}';

/** The alarm about this member. */
export const alarmNameOf = ({ alarm }: AlarmCheck, node: NodeId): string =>
  alarm.replaceAll(PLACEHOLDER, node);

/** Alarm checks that are on and that the group still has. */
const ringingNow = (ringing: readonly string[] | undefined, ctx: StepContext): AlarmCheck[] =>
  (ctx.config.alarms ?? []).filter(({ check }) => ringing?.includes(check) === true);

/** What a member comes to with the alarms about it that are on. */
export const judgedWith = (
  said: Judged,
  ringing: readonly string[] | undefined,
  ctx: StepContext,
): Judged => {
  const on = ringingNow(ringing, ctx);
  if (on.length === 0) return said;
  const degrading = on.filter(({ weight }) => weight < 0);
  const priority = degrading.reduce((sum, { weight }) => sum + weight, said.priority);
  return {
    health: on.some(({ weight }) => weight === 0) ? 'fault' : said.health,
    priority: Math.max(PRIORITY_MIN, priority),
    degradedBy: [...new Set([...(said.degradedBy ?? []), ...degrading.map(({ check }) => check)])],
  };
};

/** Of a member that has just been heard: alarms outlive heartbeats and restarts, but not their configuration. */
export const alarmsAfterBeat = (stored: MemberState | undefined, ctx: StepContext): string[] | undefined => {
  const kept = ringingNow(stored?.alarms, ctx).map(({ check }) => check);
  return kept.length === 0 ? undefined : kept;
};

const withAlarm = (member: MemberState, check: string, ctx: StepContext): MemberState => {
  const judged = judgedWith(member, [check], ctx);
  const { okSince, degradedBy: _, ...rest } = member;
  const degradedBy = judged.degradedBy ?? [];
  return {
    ...rest,
    health: judged.health,
    priority: judged.priority,
    alarms: [...(member.alarms ?? []), check],
    ...(judged.health === 'ok' && okSince !== undefined ? { okSince } : {}),
    ...(degradedBy.length > 0 ? { degradedBy: [...degradedBy] } : {}),
  };
};

/** What the member says of itself counts alone again with its next heartbeat: it is not remembered here. */
const withoutAlarm = ({ alarms = [], ...member }: MemberState, check: string): MemberState => {
  const left = alarms.filter((name) => name !== check);
  return left.length === 0 ? member : { ...member, alarms: left };
};

/** Takes what CloudWatch says of one alarm about one member. What is known already changes nothing. */
export const takeAlarm = (
  state: GroupState,
  input: { readonly node: NodeId; readonly check: string; readonly rings: boolean },
  ctx: StepContext,
): Outcome => {
  const { node, check, rings } = input;
  const member = state.members[node];
  const spec = ctx.config.alarms?.find((one) => one.check === check);
  const isKnown = member?.alarms?.includes(check) === true;
  if (member === undefined || isKnown === rings || (rings && spec === undefined))
    return { state, effects: [] };
  const changed = rings ? withAlarm(member, check, ctx) : withoutAlarm(member, check);
  const detail = { node, check, ...(spec === undefined ? {} : { alarm: alarmNameOf(spec, node) }) };
  const reason = rings ? 'alarm' : 'alarm-over';
  return {
    state: { ...state, members: { ...state.members, [node]: changed } },
    effects: [eventOf(state, 'alarm', ctx, { reason, detail })],
  };
};
