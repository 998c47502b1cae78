/**
 * How close a false failover has come: the longest time between two heartbeats of the holder, over the last one to two
 * minutes. It is counted where every heartbeat is written anyway, and nothing is decided by it.
 */
import { type DurationMs, durationMs, since } from '../time.ts';
import type { GroupState } from '../wire/item.ts';
import type { NodeId } from '../wire/names.ts';
import { elapsedMs } from './elapsed.ts';
import { SLOWEST_SPAN_MS } from './rules.ts';
import type { StepContext } from './types.ts';

/** Counts the heartbeat of `node` that is about to be taken into `state`. */
export const slowestWith = (state: GroupState, node: NodeId, ctx: StepContext): GroupState['slowest'] => {
  const last = state.members[node];
  if (node !== state.holder || last === undefined) return state.slowest;
  const ms = since(last.at, ctx.now);
  const { slowest, epoch } = state;
  // Under another epoch it was another holder's, or this one's before a move.
  if (slowest?.epoch !== epoch) return { epoch, since: ctx.now, ms };
  if (elapsedMs(slowest.since, ctx.now) < SLOWEST_SPAN_MS)
    return { ...slowest, ms: Math.max(slowest.ms, ms) };
  return { epoch, since: ctx.now, ms, beforeMs: slowest.ms };
};

/** How much of its lease the holder had left at worst; undefined before it has beaten twice under this epoch. */
export const leaseMarginMs = (
  { slowest, epoch }: Pick<GroupState, 'slowest' | 'epoch'>,
  { config }: Pick<StepContext, 'config'>,
): DurationMs | undefined => {
  if (slowest?.epoch !== epoch) return undefined;
  return durationMs(Math.max(0, config.leaseMs - Math.max(slowest.ms, slowest.beforeMs ?? 0)));
};
