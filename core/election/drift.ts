/** The fabric cannot check an epoch. When it disagrees with the item, look, and only then repair. */
import { after, epochMs } from '../time.ts';
import { canBeLookedFor, hasUnseen } from '../traits.ts';
import type { GroupState } from '../wire/item.ts';
import { elapsedMs, isAhead } from './elapsed.ts';
import { isFirstLookDue } from './first.ts';
import { isDirty, unmarked } from './marks.ts';
import { backOff, misplaced, onMisplaced } from './misplaced.ts';
import { withoutDrift } from './observe.ts';
import {
  ABSENT_LOOKS,
  CONFIRM_AFTER_MS,
  LOOK_LONGEST_MS,
  LOOK_SPACING_MS,
  RECHECK_AFTER_MS,
  SETTLE_MS,
} from './rules.ts';
import type { Input, Observation, Outcome, StepContext } from './types.ts';

const settled = (state: GroupState, ctx: StepContext): boolean =>
  elapsedMs(state.phaseAt, ctx.now) > SETTLE_MS;

/** The holder has missed the VIP for long enough that the fabric's own delay no longer explains it. */
const holderMisses = (state: GroupState, ctx: StepContext): boolean => {
  const holder = state.holder === null ? undefined : state.members[state.holder];
  return settled(state, ctx) && (holder?.absentLooks ?? 0) >= ABSENT_LOOKS;
};

/**
 * Another member says it has the VIP. Right after a transfer that is the old holder's stale metadata, unless the
 * member had already reported the VIP absent in this epoch: absent, then present, is somebody's doing.
 */
const otherHas = (state: GroupState, input: Input, ctx: StepContext): boolean => {
  if (input.kind !== 'report' || input.node === state.holder) return false;
  const member = state.members[input.node];
  return member?.inFabric === true && (member.absentEpoch === state.epoch || settled(state, ctx));
};

/**
 * Of some VIP no member sees where it is. After each commit the fabric itself is asked, a few times: what another hand does
 * later than that, the sweep sees.
 */
const isConfirmationDue = (state: GroupState, ctx: StepContext): boolean => {
  const next = CONFIRM_AFTER_MS[state.confirmed ?? 0];
  return next !== undefined && hasUnseen(ctx.config.vips) && elapsedMs(state.phaseAt, ctx.now) >= next;
};

/** Whether the fabric should be looked at now. */
export const lookDue = (state: GroupState, input: Input, ctx: StepContext): boolean => {
  if (!canBeLookedFor(ctx.config.vips)) return false;
  if (state.phase === 'vacant') return isFirstLookDue(state, ctx);
  if (state.phase !== 'held') return false;
  if (isDirty(state, ctx)) return true;
  if (isAhead(state.lookNotBefore, ctx.now, LOOK_LONGEST_MS)) return false;
  return isConfirmationDue(state, ctx) || holderMisses(state, ctx) || otherHas(state, input, ctx);
};

/** Orders the look; for a moment nobody else does. */
export const orderLook = (state: GroupState, ctx: StepContext): Outcome => {
  const lookNotBefore = after(ctx.now, LOOK_SPACING_MS);
  const quiet =
    state.lookNotBefore === undefined || elapsedMs(state.lookNotBefore, ctx.now) > LOOK_LONGEST_MS;
  return {
    // A mark is put off rather than taken away: if this look is lost with its Lambda, the next one is due then.
    state: {
      ...state,
      lookNotBefore,
      looks: quiet ? 0 : (state.looks ?? 0),
      ...(isConfirmationDue(state, ctx) ? { confirmed: (state.confirmed ?? 0) + 1 } : {}),
      ...(isDirty(state, ctx) ? { dirtyAt: lookNotBefore } : {}),
    },
    effects: [{ kind: 'look', vips: ctx.config.vips }],
  };
};

/** A look answers the mark that ordered it, and any older one; not one that was set while it was under way. */
const isAnswered = ({ dirtyAt, lookNotBefore }: GroupState, ctx: StepContext): boolean => {
  if (dirtyAt === undefined || dirtyAt === lookNotBefore) return true;
  return dirtyAt <= epochMs(lookNotBefore === undefined ? ctx.now : lookNotBefore - LOOK_SPACING_MS);
};

/**
 * The mark after a look. What the fabric shows lags behind what it does, and its answer to a stale mover may be younger
 * than what this look saw: one that found nothing wrong is followed by one more.
 */
const withMarkAnswered = (state: GroupState, clean: boolean, ctx: StepContext): GroupState => {
  if (state.dirtyAt === undefined || !isAnswered(state, ctx)) return state;
  const again = clean && state.recheck !== true;
  return again ? { ...state, dirtyAt: after(ctx.now, RECHECK_AFTER_MS), recheck: true } : unmarked(state);
};

const isConfirming = ({ confirmed = 0 }: GroupState, ctx: StepContext): boolean =>
  confirmed > 0 && confirmed < CONFIRM_AFTER_MS.length && hasUnseen(ctx.config.vips);

/** The wish of an operator was for this look. */
const withoutWish = ({ adoptAt: _, ...rest }: GroupState): GroupState => rest;

/**
 * Takes the result of a look: right is lag and needs nothing; wrong is moved back, only the wrong VIPs, unless another hand
 * is to be believed.
 */
export const takeObservation = (
  state: GroupState,
  observations: readonly Observation[],
  ctx: StepContext,
): Outcome => {
  if (state.phase !== 'held') return { state, effects: [] };
  const wrong = misplaced(state, observations, ctx);
  const looked = withMarkAnswered(state, wrong.length === 0, ctx);
  if (wrong.length > 0) {
    const outcome = onMisplaced(looked, wrong, observations, state.dirtyAt !== undefined, ctx);
    return { ...outcome, state: withoutWish(outcome.state) };
  }
  // One of the confirmations after a commit has its own instant.
  const paced = isConfirming(state, ctx) ? looked : { ...looked, ...backOff(state, ctx) };
  return { state: withoutWish(withoutDrift(paced)), effects: [] };
};
