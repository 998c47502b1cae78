/**
 * The two DynamoDB items that decide about a group: its state, rewritten by every heartbeat under one condition, and its
 * configuration, written only by a deployment.
 *
 * | item   | pk      | sk             | holds                                    |
 * | ------ | ------- | -------------- | ---------------------------------------- |
 * | state  | `mysql` | `state`        | {@link GroupState}, kept under 1 KB       |
 * | config | `mysql` | `config#HASH`  | {@link GroupConfig}, immutable per hash   |
 *
 * What rarely changes and only people read stands beside them: `detail.ts`.
 */
import * as z from 'zod/mini';
import { durationMsSchema, epochMsSchema } from '../time.ts';
import {
  eniIdSchema,
  groupNameSchema,
  ipv4Schema,
  MEMBERS_MAX,
  nodeIdSchema,
  prioritySchema,
  VIPS_MAX,
  vipSchema,
} from './names.ts';

const counter = z.int().check(z.nonnegative());

/**
 * What the cloud says of a member's machine: `terminating` a lifecycle action of its Auto Scaling group, `spot` a notice
 * of interruption, `retiring` a scheduled end of its hardware, the others the states of the instance.
 */
export const instanceFactSchema = z.enum([
  'running',
  'retiring',
  'terminating',
  'spot',
  'stopping',
  'shutting-down',
  'stopped',
  'terminated',
]);
export type InstanceFact = z.infer<typeof instanceFactSchema>;

/** How a candidate that was asked first was not to be had (`hooks.beforeMaster`). */
export const declineSchema = z.enum(['refused', 'failed', 'timeout']);
export type Decline = z.infer<typeof declineSchema>;
/** For people: in events, the history and status. */
export const DECLINE_WORDS: Readonly<Record<Decline, string>> = {
  refused: 'refused by beforeMaster',
  failed: 'beforeMaster failed',
  timeout: 'beforeMaster took too long',
};

/** What the arbiter remembers of one member: its last accepted heartbeat and what follows from it. */
export const memberStateSchema = z.object({
  boot: counter,
  seq: counter,
  /** When the arbiter took this heartbeat, by the arbiter's clock. */
  at: epochMsSchema,
  priority: prioritySchema,
  health: z.enum(['ok', 'fault']),
  /** Every VIP of the group is bound in the member's kernel. */
  bound: z.boolean(),
  /** The member's witness lists at least one VIP (a standby) or every VIP (the holder); false if it can see none. */
  inFabric: z.boolean(),
  /** Exclusive: for how long this heartbeat lets its sender hold (`core/lease.ts`). Fenced: 0. */
  holdMs: counter,
  /** Since when the member could have taken over without a break; absent while it could not. */
  okSince: z.optional(epochMsSchema),
  wavering: z.optional(z.boolean()),
  degradedBy: z.optional(z.array(z.string())),
  /** When it said, under this boot, that it is leaving. */
  resignedAt: z.optional(epochMsSchema),
  /** A permanent fabric error was met with this member as the target; not eligible before. */
  banUntil: z.optional(epochMsSchema),
  /** Why, where it was not the fabric: its own `beforeMaster` said no, failed, or did not end. */
  banWhy: z.optional(declineSchema),
  /** The last epoch in which the member reported the VIPs absent from its ENI: what makes "present" evidence. */
  absentEpoch: z.optional(counter),
  /** Consecutive reports, as the holder, of an absent VIP. */
  absentLooks: z.optional(counter),
  /** Up to this epoch the member has let go, and its kernel has too. Of its last heartbeat only. */
  released: z.optional(counter),
  /** Since when it has said that it hears no answers: it sends, but what it is told does not arrive. */
  deafSince: z.optional(epochMsSchema),
  /** Its last heartbeat knew only an older epoch than the group's. */
  behind: z.optional(z.boolean()),
  /** What the cloud has said of its machine, and when that was taken; absent while it just runs. */
  cloud: z.optional(z.object({ said: instanceFactSchema, at: epochMsSchema })),
  /** Alarm checks about it that are on, by name. What stands above of health and priority has them in it. */
  alarms: z.optional(z.array(z.string())),
  /** The fingerprint of what it says in full, which stands in an item of its own (`detail.ts`). */
  said: z.optional(z.string()),
});
export type MemberState = z.infer<typeof memberStateSchema>;

/**
 * `vacant`: nobody holds the group. `held`: the fabric was changed to the holder and answered so. `moving`: the
 * holder is chosen and the fabric is being changed. `releasing`: the holder has been asked to let go, and nobody is
 * chosen before it has; in a fenced group only for a while.
 */
export const phaseSchema = z.enum(['vacant', 'held', 'releasing', 'moving']);
export type Phase = z.infer<typeof phaseSchema>;

/** The order under which the fabric is being changed. `id` is the item's rev at the moment of ordering: unique. */
export const moveOrderSchema = z.object({
  id: counter,
  attempt: counter,
  at: epochMsSchema,
  /** False once its results are in: the next attempt need not wait for a time-out. */
  inFlight: z.boolean(),
  /** Who held the group before, for whoever is told that the move is done. */
  from: z.optional(nodeIdSchema),
});
export type MoveOrder = z.infer<typeof moveOrderSchema>;

/** A failover that an operator has ordered and that has not begun yet. */
export const handoverSchema = z.object({ to: nodeIdSchema, at: epochMsSchema });

/** A member that has been asked to prepare for taking over (`hooks.beforeMaster`), before anything changes. */
export const askedSchema = z.object({
  /** Absent: that is over, and the epoch was spent on it. */
  to: z.optional(nodeIdSchema),
  /** The one that it will hold under: above the group's, and no other was ever asked with it. */
  epoch: counter,
  at: epochMsSchema,
  reason: z.string(),
  /** Since when it has been prepared, and for how long it had been preparing. */
  readyAt: z.optional(epochMsSchema),
  hookMs: z.optional(counter),
});
export type Asked = z.infer<typeof askedSchema>;

/** Mode observe: what would have been done. `since`: called for without a break; `at`: called for last. */
export const wouldSchema = z.object({
  to: z.nullable(nodeIdSchema),
  reason: z.string(),
  since: epochMsSchema,
  at: epochMsSchema,
});
export type Would = z.infer<typeof wouldSchema>;

/** The longest time between two heartbeats of the holder, under one epoch: in the present minute, and in the one before. */
export const slowestSchema = z.object({
  epoch: counter,
  /** When the present minute began. */
  since: epochMsSchema,
  ms: counter,
  beforeMs: z.optional(counter),
});

export const groupStateSchema = z.object({
  group: groupNameSchema,
  rev: counter,
  /** Of the last writer, so that a retried write recognises itself. */
  nonce: z.string(),
  configHash: z.string(),
  epoch: counter,
  /** No epoch at or below this may be issued again: an agent has seen it (the item was restored from a backup). */
  epochFloor: z.optional(counter),
  /** Exclusive: since when the item is known to be older than what its agents have seen. */
  restoredAt: z.optional(epochMsSchema),
  holder: z.nullable(nodeIdSchema),
  phase: phaseSchema,
  phaseAt: epochMsSchema,
  reason: z.string(),
  move: z.optional(moveOrderSchema),
  /** Look at the fabric at or after this instant, settled or not: a mover may have acted that was out of date. */
  dirtyAt: z.optional(epochMsSchema),
  /** And once more then: `dirtyAt` has taken the place of this mark, which was for later. */
  dirtyLaterAt: z.optional(epochMsSchema),
  /** The mark is for the second look, which sees what the first may have been too early for. */
  recheck: z.optional(z.boolean()),
  paused: z.optional(z.boolean()),
  drained: z.optional(z.array(nodeIdSchema)),
  handover: z.optional(handoverSchema),
  asked: z.optional(askedSchema),
  /** An operator wants the next look to make the member that has the VIPs the holder; said when. */
  adoptAt: z.optional(epochMsSchema),
  would: z.optional(wouldSchema),
  /** The holder has had no healthy standby since then, and that has been told. */
  alone: z.optional(z.object({ since: epochMsSchema, told: z.boolean() })),
  firstReportAt: z.optional(epochMsSchema),
  /** Looks and repairs back off: how many in a row, and not before when. */
  looks: z.optional(counter),
  lookNotBefore: z.optional(epochMsSchema),
  /** Looks since the last commit that were due because no member sees one of the VIPs. */
  confirmed: z.optional(counter),
  /** How often another hand moved the VIP and it was moved back. */
  repairs: z.optional(counter),
  /** Damping: no preemption before; and how many transfers in a row came within an hour. */
  holdDownUntil: z.optional(epochMsSchema),
  transferAt: z.optional(epochMsSchema),
  transfers: z.optional(counter),
  /** Budget of quick heartbeats for the best standby while the holder wavers: tokens left, and counted when. */
  alertTokens: z.optional(counter),
  alertAt: z.optional(epochMsSchema),
  slowest: z.optional(slowestSchema),
  members: z.record(nodeIdSchema, memberStateSchema),
});
export type GroupState = z.infer<typeof groupStateSchema>;

export const rosterEntrySchema = z.object({
  eni: eniIdSchema,
  /** The member's own primary address, for people and for messages. */
  address: ipv4Schema,
  priority: prioritySchema,
});

/** A check that CloudWatch makes. `alarm`: its name, with `{instance}` for the member's id. `weight`: 0, or below. */
export const alarmCheckSchema = z.object({
  check: z.string(),
  alarm: z.string(),
  weight: z.int().check(z.maximum(0)),
});
export type AlarmCheck = z.infer<typeof alarmCheckSchema>;

export const groupConfigSchema = z.object({
  group: groupNameSchema,
  hash: z.string(),
  vips: z.array(vipSchema).check(z.minLength(1), z.maxLength(VIPS_MAX)),
  heartbeatMs: durationMsSchema,
  leaseMs: durationMsSchema,
  /** The lease is the fence: a holder lets go before another may take over. @default false: the fabric fences */
  exclusive: z.optional(z.boolean()),
  /** Decides and tells, and changes nothing in the cloud. @default false */
  observe: z.optional(z.boolean()),
  /** The member that has the VIPs already is the first holder. @default true */
  adopt: z.optional(z.boolean()),
  /** What is done when another hand has moved a VIP. @default it is moved back */
  drift: z.optional(z.enum(['adopt', 'alarm'])),
  /** Candidates are asked first, and have so long to prepare (`hooks.beforeMaster`). @default nobody is asked */
  prepareMs: z.optional(durationMsSchema),
  /** Fenced: a living holder is asked to let go before its VIPs move, and given three seconds. @default it is not */
  release: z.optional(z.boolean()),
  preempt: z.boolean(),
  preemptDelayMs: durationMsSchema,
  holdDownMs: durationMsSchema,
  /** Names of the checks, for people. @default none */
  checks: z.optional(z.array(z.string())),
  /** Checks that CloudWatch makes; their names are among `checks`, too. @default none */
  alarms: z.optional(z.array(alarmCheckSchema)),
  members: z
    .record(nodeIdSchema, rosterEntrySchema)
    .check(z.refine((members) => Object.keys(members).length <= MEMBERS_MAX, 'too many members')),
});
export type GroupConfig = z.infer<typeof groupConfigSchema>;
