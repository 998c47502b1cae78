/** The fabric is being changed. Take its answers, try again, or choose another target. */
import { after } from '../time.ts';
import type { GroupState } from '../wire/item.ts';
import type { NodeId } from '../wire/names.ts';
import { elapsedMs } from './elapsed.ts';
import { bestLiving, bestStandby, isBanned, isUnaware } from './eligibility.ts';
import { type Change, changeOnSilence } from './held.ts';
import { isGone, isLeaving } from './instance.ts';
import { marked } from './marks.ts';
import { changeAfterLettingGo, isExclusive } from './proof.ts';
import { BAN_MS, RESUME_AFTER_MS, TARGET_SILENT_HEARTBEATS } from './rules.ts';
import { commit, eventOf } from './transfer.ts';
import type { Input, Outcome, StepContext } from './types.ts';

const SILENT = 'target-silent';

/** Why `node` cannot be moved to any more. */
export const flawOf = (state: GroupState, node: NodeId | null, ctx: StepContext): string | undefined => {
  const target = node === null ? undefined : state.members[node];
  if (node === null || target === undefined || ctx.config.members[node] === undefined)
    return 'target-removed';
  if (isBanned(target, ctx)) return 'target-refused';
  if (isUnaware(target, ctx)) return 'target-deaf';
  if (isGone(target)) return 'target-gone';
  if (target.resignedAt !== undefined) return 'target-resigned';
  if (isLeaving(target, ctx)) return 'target-leaving';
  if (target.health === 'fault') return 'target-fault';
  return elapsedMs(target.at, ctx.now) > TARGET_SILENT_HEARTBEATS * ctx.config.heartbeatMs
    ? SILENT
    : undefined;
};

/** The change of target due in phase moving, if any. With nobody better the move goes on towards the one it has. */
export const changeWhileMoving = (state: GroupState, input: Input, ctx: StepContext): Change | undefined => {
  const released = changeAfterLettingGo(state, ctx);
  if (released !== undefined) return released;
  const reason = state.paused === true ? undefined : flawOf(state, state.holder, ctx);
  if (reason === undefined) return undefined;
  // A silent target may have bound the VIP. Where the lease is the fence, only a claim proves that it has let go.
  if (isExclusive(ctx) && reason === SILENT) return changeOnSilence(state, input, ctx);
  // A target in FAULT is alive; any other flaw is worse than a FAULT elsewhere.
  const to = bestStandby(state, ctx) ?? (reason === 'target-fault' ? undefined : bestLiving(state, ctx));
  return to === undefined ? undefined : { to, reason };
};

/** The order has ended without success, or was lost with its Lambda, and trying again can help. */
export const attemptDue = (state: GroupState, ctx: StepContext): boolean => {
  const target = state.holder === null ? undefined : state.members[state.holder];
  if (target !== undefined && isBanned(target, ctx)) return false;
  return state.move?.inFlight !== true || elapsedMs(state.move.at, ctx.now) >= RESUME_AFTER_MS;
};

/** A mover whose order is no longer the item's may have changed the fabric after the one that is. */
const staleMover = (
  state: GroupState,
  input: Extract<Input, { kind: 'moved' }>,
  ctx: StepContext,
): Outcome => {
  const detail = { staleEpoch: input.epoch, staleMove: input.moveId };
  return {
    state: marked(state, ctx.now, ctx),
    effects: [
      { kind: 'metric', name: 'StaleMoves', value: 1 },
      eventOf(state, 'move-stale', ctx, { detail }),
    ],
  };
};

/** Takes the results of an order: commit, or note what went wrong; what follows from that is decided next. */
export const takeResults = (
  state: GroupState,
  input: Extract<Input, { kind: 'moved' }>,
  ctx: StepContext,
): Outcome => {
  const { move, holder } = state;
  if (
    state.phase !== 'moving' ||
    move === undefined ||
    input.epoch !== state.epoch ||
    input.moveId !== move.id
  ) {
    return staleMover(state, input, ctx);
  }
  const failures = input.results.filter((result) => !result.ok);
  if (failures.length === 0) return commit(state, ctx);
  const permanent = failures.some((failure) => failure.error?.permanent === true);
  const target = holder === null ? undefined : state.members[holder];
  const members =
    permanent && holder !== null && target !== undefined
      ? { ...state.members, [holder]: { ...target, banUntil: after(ctx.now, BAN_MS) } }
      : state.members;
  const code = failures[0]?.error?.code ?? 'Unknown';
  return {
    state: { ...state, members, move: { ...move, inFlight: false } },
    effects: [
      { kind: 'metric', name: 'MoveErrors', value: failures.length },
      eventOf(state, 'move-failed', ctx, { detail: { code, permanent, attempt: move.attempt } }),
    ],
  };
};
