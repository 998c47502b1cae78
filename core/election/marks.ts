/**
 * Marks: when the fabric must be looked at, settled or not, because a mover may have acted whose order was out of date.
 * An order that was overtaken is marked for the end of its time-out, a result that came from one for now. Both stand
 * side by side: what is seen now says nothing about a call that may still take effect.
 */
import { after, type EpochMs } from '../time.ts';
import type { GroupState } from '../wire/item.ts';
import { isAhead } from './elapsed.ts';
import { RESUME_AFTER_MS } from './rules.ts';
import type { StepContext } from './types.ts';

const isForLater = (at: EpochMs | undefined, ctx: StepContext): boolean =>
  isAhead(at, ctx.now, RESUME_AFTER_MS);

/** There is a mark, and its instant has come. Backing off does not hold this look up. */
export const isDirty = (state: GroupState, ctx: StepContext): boolean =>
  state.dirtyAt !== undefined && !isForLater(state.dirtyAt, ctx);

/** The mark of an order, as opposed to one that a look has put off, or the one for a second look. */
const ofOrder = ({ dirtyAt, lookNotBefore, recheck }: GroupState, ctx: StepContext): EpochMs | undefined =>
  isForLater(dirtyAt, ctx) && dirtyAt !== lookNotBefore && recheck !== true ? dirtyAt : undefined;

/** Marks the fabric for a look at an instant; what was marked for later stays marked. */
export const marked = (state: GroupState, at: EpochMs, ctx: StepContext): GroupState => {
  const { dirtyLaterAt, recheck: _, ...rest } = state;
  // A later order ends later: its mark stands for those of all before it.
  const later = isForLater(at, ctx) ? undefined : (ofOrder(state, ctx) ?? dirtyLaterAt);
  return { ...rest, dirtyAt: at, ...(later === undefined ? {} : { dirtyLaterAt: later }) };
};

/** Marks the order that is in flight, if one is, because it is no longer the group's. */
export const markedForOrder = (state: GroupState, ctx: StepContext): GroupState =>
  state.move?.inFlight === true ? marked(state, after(state.move.at, RESUME_AFTER_MS), ctx) : state;

/** The mark has been answered; one for later takes its place. */
export const unmarked = (state: GroupState): GroupState => {
  const { dirtyAt: _d, recheck: _r, dirtyLaterAt, ...rest } = state;
  return dirtyLaterAt === undefined ? rest : { ...rest, dirtyAt: dirtyLaterAt };
};
