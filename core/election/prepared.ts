/** What the item says of a candidate that was asked first. */
import type { GroupState } from '../wire/item.ts';
import type { NodeId } from '../wire/names.ts';

/** Nothing has overtaken the question: the epoch that it named could still be the next one. */
export const isCurrent = ({ asked, epoch, epochFloor = 0 }: GroupState): boolean =>
  asked !== undefined && asked.epoch > Math.max(epoch, epochFloor);

/** It has been asked, and its newest heartbeat says that it has prepared for just that epoch. */
export const isPrepared = (state: GroupState, node: NodeId | null): boolean =>
  state.asked?.to === node && state.asked?.readyAt !== undefined && isCurrent(state);
