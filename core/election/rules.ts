/** The numbers of the election, each with the reason it has that value. `docs/protocol.md` has the long form. */
import { type DurationMs, durationMs } from '../time.ts';

/** A candidate's last report must be this fresh, in heartbeats: one may be late, two may not. */
export const FRESH_HEARTBEATS = 1.5;
/** A target that has not reported for this many heartbeats while its move runs is given up. */
export const TARGET_SILENT_HEARTBEATS = 2;
/** How long a leaving holder waits for the successor's own heartbeat, in heartbeats, before any other moves the VIP. */
export const HANDOVER_WAIT_HEARTBEATS = 1.2;

/** A release that a living holder has not answered for this long, and for so many heartbeats, is given up. */
export const RELEASE_WAIT_MS: DurationMs = durationMs(3000);
export const RELEASE_WAIT_HEARTBEATS = 3;
/** A holder that says it hears nothing is given this many heartbeats: after an outage everybody's first one says so. */
export const DEAF_HEARTBEATS = 1.5;
/** An operator's failover that has not begun within both of these is dropped. */
export const HANDOVER_MS_MAX: DurationMs = durationMs(10_000);
export const HANDOVER_HEARTBEATS_MAX = 5;

/**
 * An epoch above this was never issued: a group that changed hands every millisecond would take 8,900 years to reach it.
 * A report that says otherwise must not push the item's own epoch beyond the exact integers, or nothing could read it.
 */
export const EPOCH_BELIEVED_MAX = 2 ** 48;

/** No fabric call may be sent this long after the write that ordered it. */
export const ABORT_AFTER_MS: DurationMs = durationMs(2000);
/** A move without a result for this long was lost with its Lambda; the next request resumes it. */
export const RESUME_AFTER_MS: DurationMs = durationMs(5000);
/** A target that met a permanent fabric error is not tried again before this. */
export const BAN_MS: DurationMs = durationMs(60_000);

/** After a commit the fabric's own delay looks like drift for about this long. */
export const SETTLE_MS: DurationMs = durationMs(10_000);
/** Consecutive reports of an absent VIP, by its holder, that make a look worth its cost. */
export const ABSENT_LOOKS = 2;
/** No look is put off for longer than the last of these. */
export const LOOK_LONGEST_MS: DurationMs = durationMs(60_000);
/** Looks and repairs back off, so that two systems that fight over a VIP do not fight at API speed. */
export const LOOK_BACKOFF_MS: readonly DurationMs[] = [10_000, 20_000, 60_000].map(durationMs);
/** What a stale mover did may show this much later than its answer: after a look that found nothing, one more. */
export const RECHECK_AFTER_MS: DurationMs = durationMs(2000);
/**
 * Where no member sees one of the VIPs: after a commit the fabric is asked then. Early for a move that came to nothing, late for a
 * mover that was out of date and as slow as it can be.
 */
export const CONFIRM_AFTER_MS: readonly DurationMs[] = [2000, 10_000, 30_000, 60_000].map(durationMs);
/** Between ordering a look and its result, nobody else orders one. */
export const LOOK_SPACING_MS: DurationMs = durationMs(1000);

/** Within this span transfers count as "in a row" for hold-down. */
export const HOLD_DOWN_MEMORY_MS: DurationMs = durationMs(3_600_000);
/** Hold-down doubles at most this often: 60 s becomes 32 minutes and no more. */
export const HOLD_DOWN_DOUBLINGS_MAX = 5;

/** What would have been done is forgotten when nothing has called for it for so many heartbeats. */
export const WOULD_HEARTBEATS = 5;
/** Drift is seen by looks, which come as rarely as this. */
export const WOULD_DRIFT_MS: DurationMs = durationMs(130_000);
/** An operator's wish to adopt is for the look that it orders, and for no later one. */
export const ADOPT_MS: DurationMs = durationMs(5000);

/** The best standby's pace while the holder wavers, so that it hears of a FAULT within one such step. */
export const ALERT_HEARTBEAT_MS: DurationMs = durationMs(25);
/** Quick heartbeats in a burst at most, refilled at one a second: a flapping check cannot cost more than that. */
export const ALERT_TOKENS_MAX = 800;

/** The longest pause between two heartbeats of the holder is remembered for one to two of these. */
export const SLOWEST_SPAN_MS: DurationMs = durationMs(60_000);

/** A machine that the cloud calls stopped has not been heard of for this many heartbeats: one that runs again would have. */
export const GONE_SILENT_HEARTBEATS = 2;
/** A machine that is said to be about to stop is kept out for this long; it has stopped by then, or it never will. */
export const LEAVING_MS: DurationMs = durationMs(900_000);

/** Silence of a holder that no standby has claimed, and for so many leases: the sweep acts on it. */
export const UNCLAIMED_MS: DurationMs = durationMs(30_000);
export const UNCLAIMED_LEASES = 10;
