/**
 * When a host tells its neighbours that an address is its own. They believe whoever spoke last, so it must never speak for
 * an address that is not its own at that moment: the address is bound, and the lease under which it was bound has not ended.
 */
import { after, type BootMs } from '../time.ts';
import type { Announcement } from '../wire/announce.ts';

/** Of one address. */
export interface Announcing {
  /** The lease of the last binding; absent: the address is not to be announced. */
  readonly until?: BootMs;
  /** It has been announced since it was last bound anew. */
  readonly announced?: true;
  /** When the second announcements are due. */
  readonly secondAt?: BootMs;
  readonly refreshAt?: BootMs;
}

/** Nothing is said: before the address is bound, and from before it is taken away. */
export const SILENT: Announcing = {};

/** What is so at the moment of speaking. */
export interface Sight {
  readonly now: BootMs;
  /** The kernel has the address, on a link with carrier. */
  readonly isBound: boolean;
}

export interface Turn {
  readonly state: Announcing;
  /** So many announcements are to be sent now. */
  readonly count: number;
  /** When to look again at the latest; absent: nothing will be due by itself. */
  readonly wakeAt?: BootMs;
}

/** It was bound, or renewed. @param isNew the kernel did not have it before: others may have spoken for it meanwhile */
export const held = (state: Announcing, until: BootMs, isNew: boolean): Announcing =>
  isNew ? { until } : { ...state, until };

const due = (at: BootMs | undefined, now: BootMs): boolean => at !== undefined && now >= at;

const begun = (until: BootMs, now: BootMs, { delayMs, refreshMs, repeat }: Announcement): Turn => ({
  state: {
    until,
    announced: true,
    ...(delayMs > 0 ? { secondAt: after(now, delayMs) } : {}),
    ...(refreshMs > 0 ? { refreshAt: after(now, refreshMs) } : {}),
  },
  count: repeat,
});

const continued = (
  state: Announcing,
  now: BootMs,
  { repeat, refreshMs, refreshRepeat }: Announcement,
): Turn => {
  const { secondAt, refreshAt, ...rest } = state;
  const second = due(secondAt, now);
  const refresh = due(refreshAt, now);
  const refreshNext = refresh ? after(now, refreshMs) : refreshAt;
  return {
    state: {
      ...rest,
      ...(secondAt === undefined || second ? {} : { secondAt }),
      ...(refreshNext === undefined ? {} : { refreshAt: refreshNext }),
    },
    count: (second ? repeat : 0) + (refresh ? refreshRepeat : 0),
  };
};

/** What is due now. An address that is not there is announced anew when it is there again. */
export const announce = (state: Announcing, { now, isBound }: Sight, how: Announcement): Turn => {
  const { until } = state;
  if (until === undefined) return { state: SILENT, count: 0 };
  // Nothing wakes it: whoever binds it, or sees it bound again, asks.
  if (!isBound || now >= until) return { state: { until }, count: 0 };
  const turn = state.announced === true ? continued(state, now, how) : begun(until, now, how);
  const next = Math.min(turn.state.secondAt ?? Infinity, turn.state.refreshAt ?? Infinity);
  return Number.isFinite(next) ? { ...turn, wakeAt: after(now, next - now) } : turn;
};
