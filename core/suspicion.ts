/**
 * Suspicion: what follows from a session between two members that has gone down (`peerDetection`). A standby that has
 * lost the holder asks the arbiter, and if the holder's beat stands still for a moment it claims. A holder that has lost
 * anybody beats quickly for a while, so that the loss of a path between two living hosts moves nothing.
 *
 * The holder notices a loss at most one detection time and one packet after the standby does: from then on the standby
 * sends it nothing that would keep the session up. So a standby waits for that long, and never for less than a
 * heartbeat takes on a slow day.
 */
import { type DurationMs, durationMs } from './time.ts';
import { fnv1a } from './wire/fingerprint.ts';
import type { NodeId } from './wire/names.ts';

/** How members watch each other, by BFD. */
export interface PeerDetection {
  readonly intervalMs: DurationMs;
  readonly multiplier: number;
}

const CONFIRM_MS_MIN = 200;
/** A suspicion that was not confirmed this much after it could have been is none any more: the lease decides. */
const PATIENCE_MS = 3000;
/** A holder goes on beating quickly for this much longer than any standby may suspect it. */
const SLACK_MS = 2000;
/** Of so many quick heartbeats within the time in which its beat must stand still, two may be lost. */
const BEATS = 3;
/** A candidate was heard this recently: all members that have lost the holder ask at once. */
const HEARD_MS = 1000;

/** After so long without a packet a neighbour is lost. */
export const detectionMsOf = ({ intervalMs, multiplier }: PeerDetection): DurationMs =>
  durationMs(intervalMs * multiplier);

/** For how long the holder's beat must stand still, counted from the receipt of the answer that showed it. */
export const confirmMsOf = (peers: PeerDetection): DurationMs =>
  durationMs(Math.max(CONFIRM_MS_MIN, detectionMsOf(peers) + peers.intervalMs));

/** After a session went down it is a reason to suspect for this long. */
export const suspicionMsOf = (peers: PeerDetection): DurationMs =>
  durationMs(confirmMsOf(peers) + PATIENCE_MS);

/** After a session went down a holder beats quickly for this long. */
export const hurryMsOf = (peers: PeerDetection): DurationMs =>
  durationMs(suspicionMsOf(peers) + detectionMsOf(peers) + SLACK_MS);

/** The pace of a holder in a hurry. */
export const hurriedMsOf = (peers: PeerDetection): DurationMs =>
  durationMs(Math.floor(confirmMsOf(peers) / BEATS));

/** Who was not heard for longer cannot be chosen on a suspicion: whatever befell the holder may have befallen it, too. */
export const heardWithinMsOf = (peers: PeerDetection): DurationMs =>
  durationMs(confirmMsOf(peers) + HEARD_MS);

/**
 * What a run of an agent calls its session with a peer: a neighbour can tell by it which run it was that it has lost.
 * @returns 1 to 2³² − 1
 */
export const discriminatorOf = (node: NodeId, boot: number, peer: NodeId): number =>
  Number.parseInt(fnv1a(`${node} ${boot} ${peer}`), 16) || 1;

/** The session with one peer, as the decision needs it. */
export interface PeerView {
  readonly state: 'admin-down' | 'down' | 'init' | 'up';
  /**
   * The number of its latest loss among all of this run of the agent: gone down after it was up, and not because the
   * peer stopped in order. 0: it was never lost.
   */
  readonly loss: number;
  /** For how long the last loss has lasted, until the session is up again, milliseconds; absent: it is not lost. */
  readonly lostForMs?: number | undefined;
  /** Nothing was heard of the peer for a detection time, not for a pause of this host's own, and nothing since then. */
  readonly silent: boolean;
  /** What the peer called the session when it was up last; 0: it never was. */
  readonly calledBy: number;
  /** How often it has called: the arbiter knows something of it that concerns this host. */
  readonly calls: number;
}

export type PeerViews = Readonly<Record<NodeId, PeerView>>;
