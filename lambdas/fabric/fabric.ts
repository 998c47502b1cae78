/**
 * What moves a VIP. One folder per mechanism implements these interfaces, and one contract suite
 * (`test/lambdas/fabric/contract.ts`) runs against each of them.
 */
import type { MoveEffect, Observation, VipResult } from '../../core/election/types.ts';
import type { EpochMs } from '../../core/time.ts';
import type { GroupConfig } from '../../core/wire/item.ts';
import type { FabricKind, Vip } from '../../core/wire/names.ts';

/** A call that would be made: what a dry run shows. */
export interface PlannedCall {
  readonly service: 'ec2';
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** One call as it ended. `code` is `ok`, or the cloud's own error code. */
export interface FabricCall {
  readonly action: string;
  readonly ms: number;
  readonly ok: boolean;
  readonly code: string;
}

/** What bounds and watches the calls of one `apply` or `observe`. */
export interface FabricScope {
  /** Ends every call in flight at the latest when the invocation must answer. */
  readonly signal: AbortSignal;
  /** The arbiter's wall clock, read again before each send. */
  readonly now: () => EpochMs;
  readonly onCall: (call: FabricCall) => void;
}

export type Roster = GroupConfig['members'];

/** Something that will keep a VIP from moving to a member, or that somebody should know before it does. */
export interface Finding {
  readonly address: string;
  /** The instance, or null when it concerns all. */
  readonly member: string | null;
  readonly message: string;
  /** It keeps nothing from moving. */
  readonly hint?: boolean;
}

/** What a function needs that moves VIPs. */
export interface Mover {
  readonly kind: FabricKind;
  /** The calls that `apply` would send, without sending any. */
  plan(order: MoveEffect): readonly PlannedCall[];
  /**
   * Moves all VIPs of the order, one result each. Idempotent. Sends nothing after `order.abortAt`, has nothing in
   * flight once it returns, and reports failures as results; it rejects only for a defect.
   */
  apply(order: MoveEffect, scope: FabricScope): Promise<readonly VipResult[]>;
  /**
   * Where the VIPs are now, in the members' own network. @throws FabricError when the cloud does not say; no answer
   * must never look like "nowhere".
   */
  observe(vips: readonly Vip[], roster: Roster, scope: FabricScope): Promise<readonly Observation[]>;
}

/** With what a deployment asks, and a host that joins. Whoever only moves does without, and starts sooner for it. */
export interface Fabric extends Mover {
  /** Whether the VIPs can be had by the members at all. @throws FabricError as `observe` */
  validate(vips: readonly Vip[], roster: Roster, scope: FabricScope): Promise<readonly Finding[]>;
}

/** The cloud's network did not do or say what was asked. */
export class FabricError extends Error {
  override readonly name = 'FabricError';
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
