/**
 * Time as the arbiter may read it from its own item. Many Lambdas write there, their clocks differ a little, and a
 * clock may step. None of this guards safety, but a group must not stand still for an hour because a clock went back one.
 */
import { type DurationMs, type EpochMs, since } from '../time.ts';

/** An instant that lies further ahead than this was written before a clock stepped back. */
const CLOCK_SKEW_MS = 2000;

/** How long ago `from` was, milliseconds; unknowably long, Infinity, when it lies ahead. */
export const elapsedMs = (from: EpochMs, now: EpochMs): number =>
  from - now > CLOCK_SKEW_MS ? Infinity : since(from, now);

/**
 * Whether a limit set for at most `longestMs` ahead is still to come. One that lies further ahead can only be left over
 * from before a step and limits nothing.
 */
export const isAhead = (until: EpochMs | undefined, now: EpochMs, longestMs: DurationMs | number): boolean =>
  until !== undefined && until > now && until - now <= longestMs + CLOCK_SKEW_MS;
