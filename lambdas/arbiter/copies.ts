/**
 * The items as this environment last wrote them. A heartbeat that finds one tries its swap without reading first: if
 * nobody has written since, that saves the read, and if somebody has, the lost swap brings the item back. The one
 * condition of the write decides either way, so a copy can be out of date but never wrong.
 */
import { after, type EpochMs, since } from '../../core/time.ts';
import type { GroupState } from '../../core/wire/item.ts';

export interface Copies {
  /** The copy of a group that is worth a try; undefined: read. */
  take(group: string, now: EpochMs): GroupState | undefined;
  keep(state: GroupState, now: EpochMs): void;
  /** A copy has lost its swap: others write this group too, and for a while reading first is the cheaper way. */
  lost(group: string, now: EpochMs): void;
}

/** An older copy has very likely been overtaken by another environment. */
const AGE_MS_MAX = 5000;
/** A lost swap costs a write unit: with this pause at most one in so many seconds is lost. */
const PAUSE_MS = 10_000;
/** About 1 KB each; beyond this the oldest goes. */
const COPIES_MAX = 1024;

export const createCopies = (): Copies => {
  const copies = new Map<string, { state: GroupState; at: EpochMs }>();
  const pausedUntil = new Map<string, EpochMs>();
  const bound = (map: Map<string, unknown>): void => {
    const oldest = map.size > COPIES_MAX ? map.keys().next().value : undefined;
    if (oldest !== undefined) map.delete(oldest);
  };
  return {
    take(group, now) {
      const copy = copies.get(group);
      const until = pausedUntil.get(group);
      const paused = until !== undefined && now < until && until - now <= PAUSE_MS;
      return copy === undefined || paused || since(copy.at, now) > AGE_MS_MAX || now < copy.at
        ? undefined
        : copy.state;
    },
    keep(state, now) {
      copies.delete(state.group);
      copies.set(state.group, { state, at: now });
      bound(copies);
    },
    lost(group, now) {
      copies.delete(group);
      pausedUntil.delete(group);
      pausedUntil.set(group, after(now, PAUSE_MS));
      bound(pausedUntil);
    },
  };
};
