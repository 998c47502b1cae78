/** Lets an instance be terminated as soon as no group needs it, and not before. It moves nothing: others do that. */
import { isGone, isLeaving } from '../../core/election/instance.ts';
import { type EpochMs, since } from '../../core/time.ts';
import type { GroupConfig, GroupState } from '../../core/wire/item.ts';
import type { NodeId } from '../../core/wire/names.ts';
import type { Deps } from '../arbiter/deps.ts';
import { asArbiterError } from '../errors.ts';
import { logFailure } from '../http/log-failure.ts';
import { allGroups } from '../store/groups.ts';
import type { Complete, Completion } from './complete.ts';
import type { Waiting } from './event.ts';

/** A successor takes over with its own next heartbeat. */
const LOOK_EVERY_MS = 1000;
/** Less than the function's time-out. What it has not seen by then, the hook's own time-out ends. */
const WATCH_MS_MAX = 50_000;

export interface LifecycleDeps extends Pick<Deps, 'store' | 'configs' | 'clock' | 'logger'> {
  readonly complete: Complete;
  /** Waits, milliseconds. */
  readonly pause: (ms: number) => Promise<unknown>;
}

export interface LifecycleAnswer {
  /** `left`: some group still needs it; the hook's own time-out will let it go. */
  readonly result: Completion | 'left';
}

/**
 * Whether a group can do without an instance: it holds nothing, no VIP is on its way from it, and it is known to be leaving,
 * so that it will not be chosen either.
 */
export const isFree = (state: GroupState, config: GroupConfig, node: NodeId, now: EpochMs): boolean => {
  const { holder, phase, move } = state;
  if (holder === node) return false;
  // Until the fabric has answered, the VIPs may still be with whoever held the group before.
  if (phase === 'moving' && (move?.from ?? node) === node) return false;
  const member = state.members[node];
  if (member === undefined || config.members[node] === undefined) return true;
  return isGone(member) || isLeaving(member, { now, config, mayMove: false });
};

const isFreeIn = async (group: string, node: NodeId, deps: LifecycleDeps): Promise<boolean> => {
  try {
    const state = await deps.store.load(group);
    return isFree(state, await deps.configs.of(group, state.configHash), node, deps.clock());
  } catch (thrown) {
    const error = asArbiterError(thrown);
    // Between the list and the look the group has been removed.
    if (error.code === 'UnknownGroup') return true;
    logFailure(error, { group, node, about: 'lifecycle' }, deps);
    return false;
  }
};

/** The groups that still need it. What cannot be read may. */
const needing = async (node: NodeId, deps: LifecycleDeps): Promise<string[]> => {
  const groups = await allGroups(deps.store);
  const free = await Promise.all(groups.map((group) => isFreeIn(group, node, deps)));
  return groups.filter((_, index) => free[index] !== true);
};

/**
 * Looks once a second until every group can do without the instance, and completes its lifecycle action. Safe to repeat.
 * @throws StoreUnavailable, and what Auto Scaling refuses with: Lambda delivers the event again
 */
export const letGo = async (waiting: Waiting, deps: LifecycleDeps): Promise<LifecycleAnswer> => {
  const begun = deps.clock();
  const { node, autoScalingGroup, hook } = waiting;
  for (;;) {
    const groups = await needing(node, deps);
    const waitedMs = since(begun, deps.clock());
    const about = { node, autoScalingGroup, hook, waitedMs };
    if (groups.length === 0) {
      const result = await deps.complete(waiting);
      deps.logger.info('lifecycle-action', { ...about, result });
      return { result };
    }
    if (waitedMs + LOOK_EVERY_MS > WATCH_MS_MAX) {
      deps.logger.warn('lifecycle-action', { ...about, result: 'left', groups });
      return { result: 'left' };
    }
    await deps.pause(LOOK_EVERY_MS);
  }
};
