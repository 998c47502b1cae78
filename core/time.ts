/**
 * Time in Keepaloft is always an argument and always carries its kind. Three kinds exist and none converts
 * silently into another: a bare `number` for a time is a defect.
 */
import * as z from 'zod/mini';

/** Milliseconds since 1970 on the arbiter's (a Lambda's) wall clock. Only ever compared with the same kind. */
export const epochMsSchema = z.int().check(z.nonnegative()).brand<'EpochMs'>();
export type EpochMs = z.infer<typeof epochMsSchema>;

/** Milliseconds since boot on one host's boot clock, which counts suspension (`/proc/uptime`). */
export type BootMs = number & z.$brand<'BootMs'>;

/** A length of time in milliseconds. */
export const durationMsSchema = z
  .int()
  .check(z.nonnegative(), z.maximum(2_592_000_000))
  .brand<'DurationMs'>();
export type DurationMs = z.infer<typeof durationMsSchema>;

/** Names a number of milliseconds as a length of time. */
export const durationMs = (ms: number): DurationMs => ms as DurationMs;
/** Names a number as a wall-clock instant of the arbiter. */
export const epochMs = (ms: number): EpochMs => ms as EpochMs;
/** Names a number as an instant of a host's boot clock. */
export const bootMs = (ms: number): BootMs => ms as BootMs;

/** The instant `by` after `at`, in the same clock. */
export const after = <T extends EpochMs | BootMs>(at: T, by: number): T => (at + by) as T;

/** How long from `from` to `to`, never negative: a clock that stepped back counts as "no time has passed". */
export const since = <T extends EpochMs | BootMs>(from: T, to: T): DurationMs =>
  durationMs(Math.max(0, to - from));
