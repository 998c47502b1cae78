/**
 * The boot clock for intervals of some milliseconds. `/proc/uptime` counts suspension, in steps of 10 ms; the monotonic
 * clock is exact, and stands still in suspension. This clock runs with the second and is set by the first.
 */
import { type BootMs, bootMs } from '../../core/time.ts';
import { bootNow } from '../host/boot-clock.ts';

/** Two steps of the kernel's boot clock: further apart than this the two are only after a suspension. */
const APART_MS = 20;

/**
 * A boot clock that is exact to a fraction of a millisecond and at most one kernel step behind the real one. It never
 * goes back.
 *
 * @example const now = openFineClock(); now();
 */
export const openFineClock = (
  boot: () => BootMs = bootNow,
  monotonic = () => performance.now(),
): (() => BootMs) => {
  let offsetMs = boot() - monotonic();
  return () => {
    const coarse = boot();
    const exact = monotonic();
    if (coarse - (exact + offsetMs) > APART_MS) offsetMs = coarse - exact;
    return bootMs(exact + offsetMs);
  };
};
