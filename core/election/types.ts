/** What goes into the arbiter's step and what comes out. Nothing here does anything. */
import type { Beat } from '../beat.ts';
import type { EpochMs } from '../time.ts';
import type { MemberDetail } from '../wire/detail.ts';
import type { GroupReport } from '../wire/heartbeat.ts';
import type { GroupConfig, GroupState, InstanceFact } from '../wire/item.ts';
import type { EniId, NodeId, Vip } from '../wire/names.ts';

/** How the fabric answered for one VIP. */
export interface VipResult {
  readonly address: string;
  readonly ok: boolean;
  /** `permanent`: trying again with the same target cannot help (no such ENI, address limit, not allowed). */
  readonly error?: { readonly code: string; readonly message: string; readonly permanent: boolean };
}

/** Where the fabric says one VIP lives now; null when it is on no ENI. */
export interface Observation {
  readonly address: string;
  readonly owner: EniId | null;
}

export type Input =
  | { readonly kind: 'report'; readonly node: NodeId; readonly beat: Beat; readonly report: GroupReport }
  | {
      readonly kind: 'moved';
      readonly epoch: number;
      readonly moveId: number;
      readonly results: readonly VipResult[];
    }
  | { readonly kind: 'observed'; readonly observations: readonly Observation[] }
  /** What the cloud answered about a machine, and the newest heartbeat of it when it was asked. */
  | { readonly kind: 'instance'; readonly node: NodeId; readonly said: InstanceFact; readonly beat: Beat }
  /** Whether the alarm behind a check of a member is on, as CloudWatch says now. */
  | { readonly kind: 'alarm'; readonly node: NodeId; readonly check: string; readonly rings: boolean }
  /** The backstop's turn, and where it saw the VIPs: under which epoch, and when it began to look. None: it could not. */
  | {
      readonly kind: 'sweep';
      readonly epoch: number;
      readonly seenAt: EpochMs;
      readonly observations: readonly Observation[];
    }
  | {
      readonly kind: 'operator';
      readonly command: Command;
      /** Refused unless this is the group's epoch: nobody decides on what he saw before it changed. */
      readonly ifEpoch?: number | undefined;
      /** Who, as the cloud identified the caller. */
      readonly by: string;
      readonly reason: string;
    };

/** What an operator may order. A failover without `to` goes to the best standby. */
export type Command =
  | { readonly do: 'failover'; readonly to?: NodeId | undefined }
  | { readonly do: 'drain' | 'undrain'; readonly node: NodeId }
  | { readonly do: 'pause' | 'resume' }
  /** Where the VIPs are is where they shall be: the member that has them becomes the holder, and nothing is moved. */
  | { readonly do: 'adopt' };

/** Move these VIPs to this ENI. Must not be begun, nor any call of it sent, after `abortAt`. */
export interface MoveEffect {
  readonly kind: 'move';
  readonly epoch: number;
  readonly moveId: number;
  readonly attempt: number;
  readonly to: NodeId;
  readonly toEni: EniId;
  readonly vips: readonly Vip[];
  readonly orderedAt: EpochMs;
  /** 2 s after the order: a Lambda that was frozen and thaws later must not steal the VIP. */
  readonly abortAt: EpochMs;
}

/** Ask the fabric where the VIPs are and feed the answer back as `observed`. */
export interface LookEffect {
  readonly kind: 'look';
  readonly vips: readonly Vip[];
}

/** Keep what a member says of itself: it is something new. */
export interface DetailEffect {
  readonly kind: 'detail';
  readonly node: NodeId;
  readonly detail: MemberDetail;
}

/** Why a group changed, for logs, history and timelines. */
export interface GroupEvent {
  readonly type:
    | 'transfer'
    | 'committed'
    | 'move-failed'
    | 'move-stale'
    | 'drift'
    | 'claim-refused'
    /** A candidate was asked first: it is preparing, it is prepared, or it is not to be had, or needed. */
    | 'preparing'
    | 'prepared'
    | 'not-prepared'
    | 'releasing'
    | 'release-refused'
    /** Mode observe: it would have been done. */
    | 'would-move'
    /** The last healthy standby has gone, or there is one again. */
    | 'standby'
    | 'instance'
    /** An alarm about a member is on, or over. */
    | 'alarm'
    | 'operator';
  readonly group: string;
  readonly epoch: number;
  readonly from: NodeId | null;
  readonly to: NodeId | null;
  readonly reason: string;
  readonly at: EpochMs;
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

export type MetricName =
  | 'Transfers'
  | 'MoveErrors'
  | 'StaleMoves'
  | 'DriftRepaired'
  /** Seen elsewhere, and left there: `drift: alarm`. */
  | 'DriftLeft'
  | 'ClaimsRefused';

export type Effect =
  | MoveEffect
  | LookEffect
  | { readonly kind: 'emit'; readonly event: GroupEvent }
  | { readonly kind: 'metric'; readonly name: MetricName; readonly value: number }
  | DetailEffect;

/** Why an input was not taken. The state is unchanged and must not be written. */
export interface Refusal {
  readonly code:
    | 'NotEnrolled'
    | 'StaleBeat'
    | 'EpochMismatch'
    | 'Paused'
    | 'Observing'
    | 'Exclusive'
    | 'NotHeld'
    | 'NoStandby'
    | 'NotAMember'
    | 'NotEligible'
    | 'NothingToDo';
  readonly message: string;
  /** With `StaleBeat`: the pair that is stored. */
  readonly stored?: Beat;
}

export interface StepContext {
  /** The arbiter's wall clock. */
  readonly now: EpochMs;
  readonly config: GroupConfig;
  /** This request carries this group alone and has time left: it may order fabric work and must then do it. */
  readonly mayMove: boolean;
  /** Too many groups have moved on silence alone within a short time (`core/brake.ts`): such claims are refused. */
  readonly braked?: boolean;
}

export interface Outcome {
  /** The same object as the input when nothing changed: then there is nothing to write. */
  readonly state: GroupState;
  readonly effects: readonly Effect[];
  readonly refusal?: Refusal;
  /** Fabric work was due, but this request may not do it: the answer asks for a request of its own. */
  readonly work?: boolean;
  /** The holder was replaced because a standby claimed its silence: the brake has to admit it before it is written. */
  readonly onSilence?: boolean;
}
