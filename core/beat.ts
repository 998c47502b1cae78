/**
 * A beat names one heartbeat of one host: `boot` rises with each start of the agent, `seq` with each request.
 * Beats are ordered lexicographically, so a replayed or delayed request can never look newer than it is.
 */
import * as z from 'zod/mini';

export const beatSchema = z.object({
  boot: z.int().check(z.nonnegative()),
  seq: z.int().check(z.nonnegative()),
});
export type Beat = z.infer<typeof beatSchema>;

/** Negative when `a` is older than `b`, zero when they are the same beat, positive when `a` is newer. */
export const compareBeats = (a: Beat, b: Beat): number =>
  a.boot === b.boot ? a.seq - b.seq : a.boot - b.boot;

/** The form used on the wire and in logs: `boot:seq`. */
export const formatBeat = (beat: Beat): string => `${beat.boot}:${beat.seq}`;

/** `boot:seq` on the wire. */
export const beatTextSchema = z.string().check(z.regex(/^\d{1,16}:\d{1,16}$/));
