/** How often a host says by gratuitous ARP that an address is its own: keepalived's garp_master_* words, values and defaults. */
import * as z from 'zod/mini';
import { parseDurationMs } from '../duration.ts';
import { type DurationMs, durationMs } from '../time.ts';
import { duration } from './values.ts';

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

/** Stays text, in one form, so that whoever stores the VIP or hands it on has nothing to convert. */
const durationText = (maxMs: number) =>
  z.pipe(
    duration(0, maxMs),
    z.transform((ms): string => `${ms}ms`),
  );
const countSchema = z.int().check(z.minimum(1), z.maximum(20));

/** What is not written is not stored either: the agent knows the defaults. */
export const announceSchema = z.strictObject({
  delay: z.optional(durationText(60_000)),
  repeat: z.optional(countSchema),
  refresh: z.optional(durationText(3_600_000)),
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
