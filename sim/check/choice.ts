/** Whether a newly named holder may have been chosen: an opinion that shares no code with core/election/eligibility.ts. */
import type { StepContext } from '../../core/election/types.ts';
import type { GroupState } from '../../core/wire/item.ts';

const BAN_MS = 60_000;
/** A machine that was about to stop has stopped by then, or it never will. */
const LEAVING_MS = 900_000;
/** What the clocks of healthy Lambdas differ by. */
const CLOCK_SLACK_MS = 20;
/**
 * Changes that are only made for somebody healthy. In an exclusive group a change begins with a release, and when that
 * has come the reason may have passed: then the best that lives is taken.
 */
const NEEDS_HEALTH: ReadonlySet<string> = new Set([
  'first',
  'adopt',
  'fault',
  'degraded',
  'preempt',
  'removed',
  'drained',
  'retiring',
  'stopping',
]);

/** A candidate's newest report may be 1.5 heartbeats old; one much older is of a host that is gone. */
const FRESH_HEARTBEATS_MAX = 2;

/** @param clocksAgree no Lambda's clock is wrong in this plan, so that ages in the item mean something */
export const choiceFlaw = (
  before: GroupState,
  state: GroupState,
  context: StepContext,
  clocksAgree: boolean,
): string | undefined => {
  const to = state.holder;
  if (to === null || to === before.holder) return undefined;
  const member = state.members[to];
  if (member === undefined || context.config.members[to] === undefined)
    return `${to} is chosen and is no member`;
  if (member.resignedAt !== undefined) return `${to} is chosen and is leaving`;
  const ageMs = context.now - member.at;
  if (clocksAgree && ageMs > FRESH_HEARTBEATS_MAX * context.config.heartbeatMs + CLOCK_SLACK_MS)
    return `${to} is chosen and was heard of ${ageMs} ms ago`;
  const ends = member.cloud !== undefined && member.cloud.said !== 'retiring';
  if (ends && context.now - (member.cloud?.at ?? 0) < LEAVING_MS)
    return `${to} is chosen, and its machine is ${member.cloud?.said}`;
  if (state.drained?.includes(to) === true) return `${to} is chosen and is drained`;
  const banned =
    member.banUntil !== undefined && member.banUntil > context.now && member.banUntil - context.now <= BAN_MS;
  if (banned) return `${to} is chosen, and the fabric has just refused it`;
  const chosenAtOnce = before.phase !== 'releasing';
  if (chosenAtOnce && NEEDS_HEALTH.has(state.reason) && member.health !== 'ok')
    return `${to} is chosen for ${state.reason} and is in FAULT`;
  return undefined;
};
