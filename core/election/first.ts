/** Nobody holds the group yet: who is its first holder? */
import { canBeLookedFor, isUnseen } from '../traits.ts';
import type { GroupState } from '../wire/item.ts';
import type { NodeId } from '../wire/names.ts';
import { elapsedMs, isAhead } from './elapsed.ts';
import { standbys } from './eligibility.ts';
import type { Change } from './held.ts';
import { ownerOf } from './misplaced.ts';
import { servesUnled } from './observe.ts';
import { LOOK_LONGEST_MS } from './rules.ts';
import { ADOPTED } from './transfer.ts';
import type { Input, StepContext } from './types.ts';

/** Not before one lease has passed since the first report, or whoever reports first would win for ever without `preempt`. */
const isDue = (state: GroupState, ctx: StepContext): boolean =>
  state.paused !== true &&
  state.firstReportAt !== undefined &&
  elapsedMs(state.firstReportAt, ctx.now) >= ctx.config.leaseMs;

/** Its members cannot tell who has the VIPs: the fabric has to be asked before anything is moved. */
const asksFabric = ({ config }: StepContext): boolean =>
  config.adopt !== false && isUnseen(config.vips) && canBeLookedFor(config.vips);

const healthyOf = (state: GroupState, ctx: StepContext) =>
  standbys(state, ctx).filter(({ member }) => member.health === 'ok');

/** The look that {@link firstHolder} waits for. */
export const isFirstLookDue = (state: GroupState, ctx: StepContext): boolean =>
  state.phase === 'vacant' &&
  asksFabric(ctx) &&
  isDue(state, ctx) &&
  !isAhead(state.lookNotBefore, ctx.now, LOOK_LONGEST_MS) &&
  healthyOf(state, ctx).length > 0;

const ownerIn = (state: GroupState, input: Input, ctx: StepContext): NodeId | undefined => {
  if (ctx.config.adopt === false) return undefined;
  const healthy = healthyOf(state, ctx);
  if (!asksFabric(ctx))
    return healthy.find(({ node, member }) => member.inFabric || servesUnled(node, state, ctx))?.node;
  const seen = input.kind === 'observed' ? ownerOf(input.observations, ctx) : undefined;
  return healthy.find(({ node }) => node === seen)?.node;
};

/**
 * The first holder: the member that has the VIP already, so that a deployment beside something that works moves
 * nothing; else the best.
 */
export const firstHolder = (state: GroupState, input: Input, ctx: StepContext): Change | undefined => {
  if (!isDue(state, ctx) || (asksFabric(ctx) && input.kind !== 'observed')) return undefined;
  const owner = ownerIn(state, input, ctx);
  const to = owner ?? healthyOf(state, ctx)[0]?.node;
  return to === undefined ? undefined : { to, reason: owner === undefined ? 'first' : ADOPTED };
};
