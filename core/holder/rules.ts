/** The numbers of the agent, each with the reason it has that value. */
import { type DurationMs, durationMs } from '../time.ts';
import type { GroupProfile } from './types.ts';

/** No answer for this long: a fresh heartbeat goes out, on another connection. */
export const RETRY_MS: DurationMs = durationMs(400);
/** A standby beats this long after the holder's expected beat, so that what it learns is fresh. */
export const FOLLOW_MS: DurationMs = durationMs(150);
/** Standbys keep apart, or they would contend for the item at every beat. */
export const FOLLOW_RANK_MS: DurationMs = durationMs(30);
/** The second-best standby leaves the best one this much time to claim first, and so on. */
export const RANK_SKEW_MS: DurationMs = durationMs(100);
/** A streak this long makes silence believable even if no beat was ever seen to change in it. */
const STREAK_LONG_MS: DurationMs = durationMs(10_000);
/** … and at least so many heartbeats: a holder that was told to wait for a whole one has then spoken. */
const STREAK_LONG_HEARTBEATS = 2;
export const streakLongMs = ({ heartbeatMs }: GroupProfile): DurationMs =>
  durationMs(Math.max(STREAK_LONG_MS, STREAK_LONG_HEARTBEATS * heartbeatMs));
/** A MASTER that the arbiter cannot be asked about gives up after so many looks without its VIPs. */
export const ABSENT_LOOKS = 3;
/**
 * An old holder serves on until the fabric has moved, but not longer than this. On a fenced fabric staying bound costs
 * nobody anything, and a fabric that throttles the move may take long.
 */
export const LINGER_MS: DurationMs = durationMs(30_000);
/** The same where the host cannot see that the fabric has moved: long enough for most, and then its own clients go there too. */
export const UNSEEN_LINGER_MS: DurationMs = durationMs(5000);
/** While leaving, the resignation is repeated at this pace until it has taken effect. */
export const RESIGN_REPEAT_MS: DurationMs = durationMs(100);
/** A stopping agent waits this long for a successor before it gives the VIPs up all the same. */
export const LEAVE_MS: DurationMs = durationMs(5000);
/** … and this long at most while its successor is preparing: the service manager kills it later, but not much. */
export const LEAVE_PREPARING_MS: DurationMs = durationMs(10_000);
/** Of these, an exclusive group's agent keeps so much to tell that it has let go. */
export const LEAVE_TELL_MS: DurationMs = durationMs(1000);
/** With a successor chosen, a stopping agent goes on serving this much longer while the fabric has not moved yet. */
export const LEAVE_LINGER_MS: DurationMs = durationMs(10_000);

/**
 * The longest gap between two answers that leaves a streak whole: a holder that lived would have been heard of
 * within it. Short leases keep a proportional share instead of the fixed half second of slack.
 */
export const streakGapMs = ({ leaseMs, heartbeatMs }: GroupProfile): DurationMs =>
  durationMs(Math.max(leaseMs - heartbeatMs - 500, Math.floor((leaseMs - heartbeatMs) * 0.75)));

/** Never longer than a heartbeat, or a healthy holder would look silent after one lost packet. */
export const retryMs = ({ heartbeatMs }: GroupProfile): DurationMs =>
  durationMs(Math.min(RETRY_MS, heartbeatMs));
