/** What goes into the agent's reducer for one group and what comes out. Nothing here does anything. */
import type { Assessment } from '../checks.ts';
import type { KernelExpiry } from '../lease.ts';
import type { PeerDetection, PeerViews } from '../suspicion.ts';
import type { BootMs, DurationMs } from '../time.ts';
import type { GroupAnswer } from '../wire/heartbeat.ts';
import type { NodeId } from '../wire/names.ts';

/** What the agent was told about a group by its configuration. */
export interface GroupProfile {
  readonly name: string;
  /** What this host binds while it holds the group. */
  readonly vips: readonly string[];
  /** What its witness lists while the fabric delivers it here. @default the same */
  readonly seen?: readonly string[] | undefined;
  readonly configHash: string;
  readonly heartbeatMs: DurationMs;
  readonly leaseMs: DurationMs;
  /** Exclusive groups only, and how an address ends there when the agent cannot end it. Absent: the fabric fences. */
  readonly kernelExpiry?: KernelExpiry | undefined;
  readonly preemptDelayMs: DurationMs;
  /** Members watch each other. Absent: heartbeats alone tell who lives. */
  readonly peerDetection?: PeerDetection | undefined;
  /** Another system binds the VIPs: this agent reports, and touches nothing on its host. @default false */
  readonly observes?: boolean | undefined;
}

/** An unbroken run of answers. Only within one may a standby say that it has heard nothing from the holder. */
export interface Streak {
  readonly since: BootMs;
  readonly receivedAt: BootMs;
  /** When the request of the last answer was sent. */
  readonly sentAt: BootMs;
  /** The holder's beat has changed before this standby's eyes within the streak. */
  readonly sawChange: boolean;
}

/** The holder's newest beat that this standby knows, and since when it has known no newer one. */
export interface Watch {
  readonly epoch: number;
  readonly holder: NodeId;
  readonly beat: string;
  readonly since: BootMs;
  /** How old the beat provably was when first seen. */
  readonly creditMs: DurationMs;
  /** Exclusive: for how long that beat lets the holder hold. */
  readonly holdMs: number;
}

/** The holder is suspected: the session with it is lost, and this is the beat that stands still. */
export interface Suspicion {
  readonly node: NodeId;
  readonly epoch: number;
  /** The number of the loss. */
  readonly n: number;
  readonly beat: string;
  /** Since when this host has seen it stand still, after the loss. */
  readonly since: BootMs;
  /** How often the beat has changed after the loss. */
  readonly changes: number;
}

export type Role = 'INIT' | 'BACKUP' | 'MASTER';

/** keepalived's word for a group on this host, as hooks and people see it. */
export type StateName = 'INIT' | 'BACKUP' | 'MASTER' | 'FAULT';

/** How a hook `beforeMaster` ended: 0, 75, or in any other way. */
export type PrepareOutcome = 'prepared' | 'refused' | 'failed';

export interface Preparing {
  readonly epoch: number;
  readonly outcome?: PrepareOutcome;
  readonly ms?: number;
}

export interface HolderState {
  readonly role: Role;
  /** Of the newest answer applied; with `epoch` it orders answers. */
  readonly rev: number;
  /** When that answer was applied. What was asked later than that is answered later too. */
  readonly appliedAt?: BootMs | undefined;
  readonly epoch: number;
  /** Never bind at this epoch or an older one: it was given up. */
  readonly relEpoch: number;
  readonly assessment: Assessment;
  /** Exclusive, while MASTER: the instant at which the VIPs must be unbound unless another answer extends it. */
  readonly deadline?: BootMs | undefined;
  /** The deadline up to which the last binding was ordered. */
  readonly boundUntil?: BootMs | undefined;
  /** The hold of the newest answer: what an answer still under way may grant at most. */
  readonly knownHoldMs?: number | undefined;
  /** When that last grew, and from what: requests sent until then have told the arbiter the smaller one. */
  readonly grown?: { readonly at: BootMs; readonly fromMs: number } | undefined;
  /** The release that the arbiter was told at once. */
  readonly releaseTold?: number | undefined;
  /** When a heartbeat was sent last. */
  readonly askedAt?: BootMs | undefined;
  /** The first heartbeat since the last answer; absent while answers come. */
  readonly quietSince?: BootMs | undefined;
  /** No answer to a request sent before this may make this host MASTER: it has said so. */
  readonly voidBefore?: BootMs | undefined;
  /** Exclusive, after a restart: when the kernel has let go of what an earlier run left bound. */
  readonly leftoverUntil?: BootMs | undefined;
  /** A change of the kernel has been ordered and its outcome is not known yet. */
  readonly kernelPending?: boolean | undefined;
  /** The group's VIPs that the kernel has now. */
  readonly bound: readonly string[];
  /** The witness has been heard at least once since the start. */
  readonly looked: boolean;
  /** The group's VIPs that the witness lists on this host's ENI; the last that was heard, an error changes nothing. */
  readonly listed: readonly string[];
  /** The witness has listed every VIP since this host became MASTER in this epoch. */
  readonly wasListed: boolean;
  /** Since when every reply for this group has been a refusal: a living arbiter does not know this host as a member. */
  readonly refusedSince?: BootMs | undefined;
  /** Consecutive looks without the VIPs, counted only after `wasListed`. */
  readonly absentLooks: number;
  readonly streak?: Streak | undefined;
  readonly watch?: Watch | undefined;
  readonly suspicion?: Suspicion | undefined;
  /** The number of the latest loss of a peer at the last step. */
  readonly losses?: number | undefined;
  /** How often peers have called, as of the last step. */
  readonly calls?: number | undefined;
  /** What the last answered request said that peers are called for. */
  readonly newsTold?: string | undefined;
  /** A peer has been lost or has called, and no heartbeat has gone out since. */
  readonly asking?: boolean | undefined;
  readonly rank?: number | undefined;
  /** Since when this standby has been healthy and better than the holder. */
  readonly betterSince?: BootMs | undefined;
  /** When the next heartbeat goes out. */
  readonly nextBeatAt: BootMs;
  /** When the last claim went out, so that it is repeated at a measured pace. */
  readonly claimedAt?: BootMs | undefined;
  /** No longer MASTER but still serving until the fabric has moved, at most until then. */
  readonly lingerUntil?: BootMs | undefined;
  /** `most`: what `by` is put off to at most while a successor is preparing. */
  readonly leaving?:
    | { readonly by: BootMs; readonly acknowledged: boolean; readonly most?: BootMs }
    | undefined;
  /** It was asked to prepare for holding under this epoch; how that went, once it has ended. */
  readonly preparing?: Preparing | undefined;
  /** Leaving is over: nothing is done any more. */
  readonly left: boolean;
  /** The restart found that it was MASTER before, and waits for the witness or the arbiter to confirm it. */
  readonly resuming: boolean;
  /** The last state that hooks were told. */
  readonly told: StateName;
}

export type HolderInput =
  | { readonly kind: 'tick' }
  /** A heartbeat with this group has just been handed to the socket. */
  | { readonly kind: 'sent'; readonly claimed: boolean; readonly deaf?: boolean }
  | {
      readonly kind: 'answer';
      readonly answer: GroupAnswer;
      readonly sentAt: BootMs;
      /** The answered request said that the agent is leaving. */
      readonly resigned: boolean;
      /** What the answered request said in `released`. */
      readonly released?: number | undefined;
      /** What it said that peers should know of, see `newsOf`. */
      readonly news?: string | undefined;
    }
  /**
   * `overloaded`: 429. `failing`: 5xx. `unreachable`: no answer at all. `refused`: the arbiter said no to this group.
   * `excluded`: because this host is no member of it, and no longer its holder.
   */
  | {
      readonly kind: 'unanswered';
      readonly why: 'overloaded' | 'failing' | 'unreachable' | 'refused' | 'excluded';
    }
  /** `expiresInMs`, once at the start: how long leftovers may live, the kernel's lateness included; absent: for ever. */
  | {
      readonly kind: 'kernel';
      readonly bound: readonly string[];
      readonly expiresInMs?: number | undefined;
      /** The change that was ordered failed: it is ordered again at the next look, not at once. */
      readonly failed?: boolean;
    }
  | { readonly kind: 'witness'; readonly listed: readonly string[] | 'unknown' }
  | { readonly kind: 'assessed'; readonly assessment: Assessment }
  /** What was ordered by `prepare` has ended. */
  | {
      readonly kind: 'hooked';
      readonly epoch: number;
      readonly outcome: PrepareOutcome;
      readonly ms: number;
    }
  | { readonly kind: 'terminate' }
  /** End without resigning, unbinding or hooks: a newer version of the agent is about to take over on this host. */
  | { readonly kind: 'leave-quietly' };

export type AnswerInput = Extract<HolderInput, { readonly kind: 'answer' }>;

export interface HolderContext {
  readonly now: BootMs;
  readonly node: NodeId;
  readonly profile: GroupProfile;
  /** This host holds no group: only then may it shift its heartbeats to follow a holder's. */
  readonly mayFollow: boolean;
  /** Where the sessions with the group's other members stand now; absent: there are none. */
  readonly peers?: PeerViews | undefined;
}

export type HolderEffect =
  /** `until`, exclusive: not to be begun later, and the kernel must let go by then (`lifetimeMs` in core/lease.ts). */
  | {
      readonly kind: 'bind';
      readonly vips: readonly string[];
      readonly epoch: number;
      readonly until?: BootMs;
    }
  | { readonly kind: 'unbind'; readonly vips: readonly string[] }
  | { readonly kind: 'hook'; readonly state: 'MASTER' | 'BACKUP' | 'FAULT' | 'STOP'; readonly epoch: number }
  /** Run `beforeMaster` for this epoch, and feed back how it ended as `hooked`. */
  | { readonly kind: 'prepare'; readonly epoch: number }
  /** Send a heartbeat for this group alone, now. */
  | {
      readonly kind: 'beat';
      readonly why: 'claim' | 'fault' | 'resign' | 'released' | 'prepared' | 'work' | 'change';
    }
  /** Have the group's other members ask the arbiter. */
  | { readonly kind: 'call' }
  /** Write `{epoch, relEpoch, master}` to disk, for a restart while the arbiter cannot be asked. */
  | { readonly kind: 'persist' }
  | { readonly kind: 'left' }
  | { readonly kind: 'log'; readonly level: 'info' | 'warn'; readonly message: string };

export interface HolderOutcome {
  readonly state: HolderState;
  readonly effects: readonly HolderEffect[];
}
