/**
 * Mode observe: another system moves the VIPs. The group follows them, and what its own rules call for is noted and told
 * instead of done. Nothing that is decided here, or for a group that observes, orders a move.
 */
import { canBeLookedFor } from '../traits.ts';
import type { GroupState, Would } from '../wire/item.ts';
import type { NodeId } from '../wire/names.ts';
import { elapsedMs } from './elapsed.ts';
import type { Change } from './held.ts';
import { marked } from './marks.ts';
import { FRESH_HEARTBEATS, WOULD_DRIFT_MS, WOULD_HEARTBEATS } from './rules.ts';
import { ADOPTED, adopt, eventOf, follow } from './transfer.ts';
import type { Outcome, StepContext } from './types.ts';

/** Of a look that found a VIP where the group's holder is not. */
export const DRIFT = 'drift';

export const isObserved = (ctx: StepContext): boolean => ctx.config.observe === true;

/** Where no cloud tells who is reached, a member that has the VIPs bound is: another system has put them there. */
export const servesUnled = (node: NodeId, { members }: GroupState, ctx: StepContext): boolean => {
  const member = members[node];
  const isFresh =
    member !== undefined && elapsedMs(member.at, ctx.now) <= FRESH_HEARTBEATS * ctx.config.heartbeatMs;
  return isObserved(ctx) && !canBeLookedFor(ctx.config.vips) && isFresh && member.bound;
};

/** The only member that has them, when that is not the holder. While two have them nobody can tell whom clients reach. */
export const unledHolder = (state: GroupState, ctx: StepContext): NodeId | undefined => {
  if (state.phase !== 'held') return undefined;
  const [only, another] = Object.keys(state.members).filter((node) => servesUnled(node, state, ctx));
  return another === undefined && only !== state.holder ? only : undefined;
};

/** Whether something still calls for it. */
export const stillWould = ({ reason, at }: Would, ctx: StepContext): boolean =>
  elapsedMs(at, ctx.now) <= (reason === DRIFT ? WOULD_DRIFT_MS : WOULD_HEARTBEATS * ctx.config.heartbeatMs);

/** What would have been done and is called for no longer, or by no mode. */
export const dropStaleWould = (state: GroupState, ctx: StepContext): GroupState => {
  if (state.would === undefined) return state;
  const { would, ...rest } = state;
  return isObserved(ctx) && stillWould(would, ctx) ? state : rest;
};

/** An order from before the group observed is not tried again: a look shows where the VIPs are now. */
export const withoutOrders = (state: GroupState, ctx: StepContext): GroupState => {
  if (!isObserved(ctx) || (state.phase !== 'moving' && state.phase !== 'releasing')) return state;
  const { move: _m, handover: _h, ...rest } = state;
  return marked({ ...rest, phase: 'held', phaseAt: ctx.now }, ctx.now, ctx);
};

/** Notes what would have been done; it is told when it is something new. */
export const noteWould = (state: GroupState, { to, reason, detail }: Change, ctx: StepContext): Outcome => {
  const before = state.would;
  const goes =
    before !== undefined && before.to === to && before.reason === reason && stillWould(before, ctx);
  const would: Would = { to, reason, since: goes ? before.since : ctx.now, at: ctx.now };
  const told = eventOf(state, 'would-move', ctx, {
    from: state.holder,
    to,
    reason,
    ...(detail === undefined ? {} : { detail }),
  });
  return { state: { ...state, would }, effects: goes ? [] : [told] };
};

/** Drift that the note was about has been seen to be over. */
export const withoutDrift = (state: GroupState): GroupState => {
  if (state.would?.reason !== DRIFT) return state;
  const { would: _, ...rest } = state;
  return rest;
};

/** What needs no fabric is done: whoever has the VIPs is the first holder, and a restored item goes on above all epochs. */
const ownBusiness = (
  state: GroupState,
  to: NodeId,
  reason: string,
  ctx: StepContext,
): Outcome | undefined => {
  if (reason === ADOPTED) return adopt(state, to, ctx);
  return reason === 'restored' && to === state.holder ? follow(state, to, reason, ctx) : undefined;
};

/** In place of carrying a change out. */
export const observeChange = (state: GroupState, change: Change, ctx: StepContext): Outcome =>
  (change.to === null ? undefined : ownBusiness(state, change.to, change.reason, ctx)) ??
  noteWould(state, change, ctx);
