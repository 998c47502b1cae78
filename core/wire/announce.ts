/** How often a host says by gratuitous ARP, or unsolicited neighbour advertisement, that an address is its own: keepalived's garp_master_* words, values and defaults. */
import * as z from 'zod/mini';
import { parseDurationMs } from '../duration.ts';
import { type DurationMs, durationMs } from '../time.ts';

export interface Announcement {
  /** From the first announcements to the second ones, for neighbours that have missed the first; 0: no second ones. */
  readonly delayMs: DurationMs;
  /** Announcements each of these two times. */
  readonly repeat: number;
  /** How often they are repeated for as long as the address is held; 0: never. */
  readonly refreshMs: DurationMs;
  /** Announcements each of those times. */
  readonly refreshRepeat: number;
}

/** garp_master_delay, garp_master_repeat, garp_master_refresh, garp_master_refresh_repeat as keepalived 2.2 has them. */
export const ANNOUNCE_DEFAULT: Announcement = {
  delayMs: durationMs(5000),
  repeat: 5,
  refreshMs: durationMs(0),
  refreshRepeat: 1,
};

/**
 * Stays text, so that whoever stores the VIP or hands it on has nothing to convert. The patterns are the bounds: 99 seconds, and
 * two hours and more.
 */
const delaySchema = z
  .string()
  .check(
    z.regex(
      /^(?:\d{1,5}ms|\d{1,2}(?:\.\d{1,3})?s)$/,
      'a time of less than 100 s, for example "5s" or "500ms"',
    ),
  );
const refreshSchema = z
  .string()
  .check(
    z.regex(
      /^(?:\d{1,7}ms|\d{1,4}(?:\.\d{1,3})?s|\d{1,2}m|1h)$/,
      'a time of up to two hours, for example "60s" or "10m"',
    ),
  );
const countSchema = z.int().check(z.minimum(1), z.maximum(20));

/** What is not written is not stored either: the agent knows the defaults. */
export const announceSchema = z.strictObject({
  delay: z.optional(delaySchema),
  repeat: z.optional(countSchema),
  refresh: z.optional(refreshSchema),
  refreshRepeat: z.optional(countSchema),
});
export type AnnounceFile = z.infer<typeof announceSchema>;

const msOr = (text: string | undefined, fallback: DurationMs): DurationMs =>
  (text === undefined ? null : parseDurationMs(text)) ?? fallback;

/** What an agent is to do, defaults filled in. */
export const announcementOf = (file: AnnounceFile | undefined): Announcement => ({
  delayMs: msOr(file?.delay, ANNOUNCE_DEFAULT.delayMs),
  repeat: file?.repeat ?? ANNOUNCE_DEFAULT.repeat,
  refreshMs: msOr(file?.refresh, ANNOUNCE_DEFAULT.refreshMs),
  refreshRepeat: file?.refreshRepeat ?? ANNOUNCE_DEFAULT.refreshRepeat,
});
