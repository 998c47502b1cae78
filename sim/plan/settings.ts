/** What a seed's group is like: everything that does not change while it runs. */
import type { KernelExpiry } from '../../core/lease.ts';

export interface Settings {
  readonly seed: number;
  readonly members: number;
  /** Addresses of the group: 1, sometimes 2. */
  readonly vips: number;
  readonly exclusive: boolean;
  readonly kernelExpiry: KernelExpiry;
  readonly heartbeatMs: number;
  readonly leaseMs: number;
  /** No configuration may have a shorter one. */
  readonly leaseMsMin: number;
  readonly preempt: boolean;
  readonly preemptDelayMs: number;
  readonly holdDownMs: number;
  readonly priorities: readonly number[];
  /** How fast each host's boot clock runs. */
  readonly rates: readonly number[];
  /** The hosts hold another group, too: regular heartbeats carry both, and beats do not shift to follow. */
  readonly shared: boolean;
  /** One way between a host and the arbiter. */
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** From EC2's acknowledgement until packets follow, at most. */
  readonly fabricMs: number;
  readonly imdsMs: number;
  /** Nominal length, when faults end, and how long a group may take to come to rest after that. */
  readonly endMs: number;
  readonly healMs: number;
  readonly restMs: number;
  /** The VIPs are routes: no host sees where they lead. @default false */
  readonly unseen?: boolean;
  /** EC2 moves the VIPs with two calls, and between them they are nowhere. @default false */
  readonly twoCalls?: boolean;
  /** Candidates are asked first, and are given so long (`hooks.beforeMaster`). @default nobody is asked */
  readonly prepareMs?: number | undefined;
  /** Fenced: the holder is asked to let go before its VIPs move. @default it is not */
  readonly release?: boolean | undefined;
  /** Of these groups' hosts, those whose agents are of a version that does not know the question, as bits. @default none */
  readonly unasked?: number | undefined;
  /** Hosts watch each other, so often; absent: they do not. */
  readonly peersMs?: number | undefined;
  /** One fault and nothing else: then the promises about single faults are checked. */
  readonly solo: boolean;
}

/** In place of a host: whoever holds the group when the fault begins, or the best of the others. */
export const HOLDER = -1;
export const STANDBY = -2;

/** One fault of a plan. What `x` and `y`, in [0, 1), mean depends on its kind. */
export interface Fault {
  readonly kind: string;
  readonly at: number;
  readonly until: number;
  /** The host it happens to; ignored by kinds that concern none. */
  readonly host: number;
  readonly x: number;
  readonly y: number;
}

export interface Plan {
  readonly settings: Settings;
  readonly faults: readonly Fault[];
}
