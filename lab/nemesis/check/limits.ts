/** The bounds that the checker judges time by, each with its reason. Order is judged without any of them. */
import type { Mode } from '../catalogue.ts';
import { KINDS } from '../fabrics.ts';
import type { GroupFacts, VipFacts } from '../history.ts';

/** A shared machine delays every process by so much at worst; every bound in time has it on top. */
export const NOISE_MS = 2000;
/** Between two notes of one instant by two processes: the probe's sending, the arbiter's clock, the observer's stamp. */
export const NOTE_MS = 250;
/** The longest the client may wait in a handover that nobody obstructs. The product's own goal is 50 ms. */
export const HANDOVER_MS = 500;
/** A group whose lease is the fence is unbound here before it is bound there: the release, the answer, the binding. */
export const EXCLUSIVE_HANDOVER_MS = 1500;
/** One order to the fabric and the binding, when nothing obstructs them. */
export const MOVE_MS = 1000;
/** Claims of the standbys keep this much apart. */
export const RANK_SKEW_MS = 200;
/** By how much longer a standby waits than the lease, for clocks that run at different rates. */
export const CLOCK_FACTOR = 1.05;
/** A new streak is believed after so long if no beat was seen to change in it. */
export const YOUNG_STREAK_MS = 10_000;
/** The check of the nemesis's groups: `fall` times its interval, once its time-out, and the look that just missed it. */
export const CHECK_MS = 4000;
/** An agent looks at its kernel twice a second, and binds in a few milliseconds. */
export const LOOK_MS = 700;
/** Looks of the arbiter at the fabric back off up to 60 s, after the settle of 10 s, when one follows another. */
const DRIFT_MS = 75_000;
/**
 * What no host sees is looked after four times in the minute after a commit, and later by the sweep alone, once a minute. It is
 * not listened to while looks back off: that adds up, and five seconds for the settle's rest and the sweep itself.
 */
const UNSEEN_DRIFT_MS = 60_000 + 60_000 + 5000;
/** What the kernel's own expiry may be late by. */
export const KERNEL_LATE_MS = 1500;
/** A pause of the prober and what it lost may differ by so much at their ends. */
export const STALL_SLACK_MS = 50;

/** Until a standby has claimed a silent holder's group: the lease, the phase of two heartbeats, and its rank. */
export const silenceMs = ({ leaseMs, heartbeatMs }: GroupFacts): number =>
  leaseMs * CLOCK_FACTOR + 2 * heartbeatMs + RANK_SKEW_MS;

/** For how long after a strike has been healed what follows may still be its doing. */
export const aftermathMs = (group: GroupFacts): number => silenceMs(group) + YOUNG_STREAK_MS + NOISE_MS;

/** Until the arbiter has put right what another hand has done to a VIP. */
export const driftMs = ({ fabric }: Pick<VipFacts, 'fabric'>): number =>
  KINDS[fabric].isUnseen === true ? UNSEEN_DRIFT_MS : DRIFT_MS;

/** How long a run may wait until all is well again after everything was healed. @param drifted VIPs that another hand has moved */
export const convergeMsMax = (
  groups: readonly GroupFacts[],
  drifted: readonly Pick<VipFacts, 'fabric'>[],
): number =>
  Math.max(...groups.map(aftermathMs)) + 2 * MOVE_MS + Math.max(0, ...drifted.map(driftMs)) + 10_000;

export const handoverMs = (mode: Mode): number =>
  mode === 'exclusive' ? EXCLUSIVE_HANDOVER_MS : HANDOVER_MS;
