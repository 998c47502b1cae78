/** What of a client's losses is the machine's doing: it may have been too late to ask, or to take the answers. Pure. */

import type { ProbeReport } from './analysis.ts';

/** The prober's clock and that of its pauses are compared with this much slack. */
const STALL_SLACK_MS = 20;

/**
 * Probes lost in outages during which the prober itself ran all the time. What it lost around a pause of its own is
 * the machine's doing: it may have been too late to take the answers.
 */
export const lostBeyondStalls = ({ lost, outages, stalls }: ProbeReport): number => {
  const touchesStall = (fromMs: number, toMs: number): boolean =>
    stalls.some(
      (stall) =>
        stall.fromEpochMs - STALL_SLACK_MS <= toMs && stall.fromEpochMs + stall.ms + STALL_SLACK_MS >= fromMs,
    );
  const excused = outages.filter((outage) => touchesStall(outage.fromEpochMs, outage.toEpochMs));
  return lost - excused.reduce((sum, outage) => sum + outage.lost, 0);
};

/** Milliseconds of outages without those in which the prober itself stood still. */
export const outageBeyondStalls = ({ outageMs, outages, stalls }: ProbeReport): number => {
  const excusedMs = outages.map(({ fromEpochMs, toEpochMs, ms }) => {
    const overlaps = stalls.map((stall) => {
      const from = Math.max(fromEpochMs, stall.fromEpochMs - STALL_SLACK_MS);
      return Math.max(0, Math.min(toEpochMs, stall.fromEpochMs + stall.ms + STALL_SLACK_MS) - from);
    });
    return Math.min(
      ms,
      overlaps.reduce((sum, overlap) => sum + overlap, 0),
    );
  });
  return Math.max(0, outageMs - excusedMs.reduce((sum, one) => sum + one, 0));
};
