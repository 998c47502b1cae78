/** The intervals of a BFD session: what each side asks for, what follows from both (RFC 5880 §6.8.2–6.8.4, §6.8.7). */
import { type DurationMs, durationMs } from '../time.ts';
import type { SessionState } from './packet.ts';
import type { Session, SessionProfile } from './types.ts';

/** While a session is not up each side asks for no more than a packet a second: nobody may be there to hear it. */
export const SLOW_MS = 1000;
export const US_PER_MS = 1000;

/** How often this side asks to send in that state. */
export const desiredMinTxMs = (state: SessionState, profile: SessionProfile): DurationMs =>
  state === 'up' ? profile.intervalMs : durationMs(Math.max(SLOW_MS, profile.intervalMs));

/** How often this side sends before jitter: no more often than it asks to, nor than the neighbour is willing to hear. */
export const txIntervalMs = (session: Session, profile: SessionProfile): DurationMs =>
  session.stopping?.everyMs ??
  durationMs(Math.max(desiredMinTxMs(session.state, profile), session.remote.requiredMinRxUs / US_PER_MS));

/** For how long the neighbour may be silent. The multiplier is the neighbour's, and so is the pace it has announced. */
export const detectionMs = ({ remote }: Pick<Session, 'remote'>, profile: SessionProfile): DurationMs =>
  durationMs(remote.multiplier * Math.max(profile.intervalMs, remote.desiredMinTxUs / US_PER_MS));

/**
 * The interval with its jitter: 75 to 100 % of it; with a multiplier of one at most 90 %, since there the very next
 * packet must come before the neighbour has counted a whole interval.
 *
 * @param jitter 0 to less than 1
 */
export const jitteredMs = (
  intervalMs: DurationMs,
  jitter: number,
  { multiplier }: SessionProfile,
): DurationMs => durationMs(intervalMs * (0.75 + jitter * (multiplier === 1 ? 0.15 : 0.25)));

/** Whether periodic packets are wanted: a neighbour may want none at all, or, in demand mode, none while all is well. */
export const isPeriodic = ({ state, remote, polling }: Session): boolean => {
  const isOnDemand = remote.demand && state === 'up' && remote.state === 'up' && !polling;
  return remote.requiredMinRxUs !== 0 && !isOnDemand;
};
