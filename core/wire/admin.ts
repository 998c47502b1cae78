/**
 * The operator's requests, wire version 1: what `keepaloft` asks of the arbiter and what it is answered. Unknown keys of
 * a request are refused, unlike those of a heartbeat: a misspelt `ifEpoch` must not be ignored. Those of an answer are
 * ignored, so that the command of version N understands the arbiter of version N+1.
 */
import * as z from 'zod/mini';
import { epochMsSchema } from '../time.ts';
import { peerStateSchema, wireErrorSchema } from './heartbeat.ts';
import { declineSchema, instanceFactSchema, phaseSchema } from './item.ts';
import {
  addressSchema,
  eniIdSchema,
  groupNameSchema,
  nodeIdSchema,
  prioritySchema,
  vipSchema,
} from './names.ts';

export const ADMIN_PATH = '/v1/admin';
/** A history longer than this is not told in one answer. */
export const HISTORY_EVENTS_MAX = 200;
export const HISTORY_EVENTS_DEFAULT = 20;

const REASON_CHARS_MAX = 200;
const counter = z.int().check(z.nonnegative());
/** It is shown on other people's terminals: no control characters. */
const reasonSchema = z
  .string()
  .check(
    z.minLength(1),
    z.maxLength(REASON_CHARS_MAX),
    z.regex(/^\P{Cc}*$/u, 'a reason has no control characters'),
  );

const version = { v: z.literal(1) };
const order = {
  ...version,
  group: groupNameSchema,
  /** Refused unless this is the group's epoch. */
  ifEpoch: z.optional(counter),
  reason: reasonSchema,
};

export const orderRequestSchema = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('failover'), to: z.optional(nodeIdSchema), ...order }),
  z.strictObject({ do: z.enum(['drain', 'undrain']), node: nodeIdSchema, ...order }),
  z.strictObject({ do: z.enum(['pause', 'resume']), ...order }),
  z.strictObject({ do: z.literal('adopt'), ...order }),
]);
export type OrderRequest = z.infer<typeof orderRequestSchema>;

const statusRequestSchema = z.strictObject({
  do: z.literal('status'),
  ...version,
  /** @default all groups, a page at a time */
  group: z.optional(groupNameSchema),
  /** Of all groups: those whose names come after this one. */
  after: z.optional(groupNameSchema),
});
const historyRequestSchema = z.strictObject({
  do: z.literal('history'),
  ...version,
  group: groupNameSchema,
  limit: z._default(z.int().check(z.minimum(1), z.maximum(HISTORY_EVENTS_MAX)), HISTORY_EVENTS_DEFAULT),
});

export const adminRequestSchema = z.discriminatedUnion('do', [
  statusRequestSchema,
  historyRequestSchema,
  orderRequestSchema,
]);
/** As it is understood, and as it is sent: what has a default may be left out. */
export type AdminRequest = z.infer<typeof adminRequestSchema>;
export type AdminRequestInput = z.input<typeof adminRequestSchema>;
export type StatusRequest = z.infer<typeof statusRequestSchema>;
export type HistoryRequest = z.infer<typeof historyRequestSchema>;

/**
 * MASTER: the arbiter names it so. LEFT: it has said that it is leaving. SILENT: its heartbeats have stopped. UNSEEN: it
 * has never sent one.
 */
export const memberRoleSchema = z.enum(['MASTER', 'BACKUP', 'FAULT', 'SILENT', 'LEFT', 'UNSEEN']);

/** One check as its member sees it. */
export const checkStatusSchema = z.object({ name: z.string(), up: z.boolean() });
export type CheckStatus = z.infer<typeof checkStatusSchema>;

/** One VIP as its member sees it: whether its kernel has it, and whether the cloud lists it on its interface. */
export const vipStatusSchema = z.object({
  address: addressSchema,
  bound: z.boolean(),
  /** Null: no host can see it. */
  inFabric: z.nullable(z.boolean()),
});
export type VipStatus = z.infer<typeof vipStatusSchema>;

/** What a member says in full. It is written when it changes, so it may be a moment behind the rest. */
export const memberDetailStatusSchema = z.object({
  /** For how long it has been saying this, milliseconds: a check that is down has been for at least so long. */
  ageMs: counter,
  /** What its failing checks said when they fell, at most 200 characters; null: none fails. */
  fault: z.nullable(z.string()),
  /** In the configured order. Empty: the group has none. */
  checks: z.array(checkStatusSchema),
  /** In the configured order. */
  vips: z.array(vipStatusSchema),
  /** The configuration that the member runs; not the group's: it has not been given the newest. */
  configHash: z.string(),
  /** Its sessions with the other members; absent: they do not watch each other. */
  peers: z.optional(z.record(nodeIdSchema, peerStateSchema)),
});
export type MemberDetailStatus = z.infer<typeof memberDetailStatusSchema>;

export const memberStatusSchema = z.object({
  node: nodeIdSchema,
  eni: eniIdSchema,
  /** The member's own primary address. */
  address: z.string(),
  state: memberRoleSchema,
  /** Kept away from the group by an operator. */
  drained: z.boolean(),
  /** For so long it is not chosen, because the fabric refuses it; null when it may be. */
  bannedMs: z.nullable(counter),
  /** … or because its own `beforeMaster` said no, failed or did not end. Absent: it is the fabric. */
  bannedWhy: z.optional(declineSchema),
  /** It sends, but hears no answers. */
  deaf: z.boolean(),
  /** As configured. */
  basePriority: prioritySchema,
  /** What follows is null for a member that has never been seen. Priority: with the weights of its checks. */
  priority: z.nullable(prioritySchema),
  health: z.nullable(z.enum(['ok', 'fault'])),
  /** Failing checks that lower the priority. */
  degradedBy: z.array(z.string()),
  bound: z.nullable(z.boolean()),
  inFabric: z.nullable(z.boolean()),
  boot: z.nullable(counter),
  seq: z.nullable(counter),
  /** Since its last heartbeat, by the arbiter's clock. */
  beatAgeMs: z.nullable(counter),
  /** Of the holder: how long it may stay silent before it is replaced; null for everybody else. */
  leaseLeftMs: z.nullable(counter),
  /**
   * Of the holder: the least of its lease that it has had left in the last one to two minutes; null for everybody else,
   * and before it has beaten under this epoch. Absent, as all that follows: the arbiter is of a version that does not tell.
   */
  leaseMinMs: z.optional(z.nullable(counter)),
  /** What the cloud has said of its machine and what keeps it from being chosen, or is the last choice; null: nothing. */
  machine: z.optional(z.nullable(instanceFactSchema)),
  /** Null for a member that has never been seen, and while it cannot be read. */
  detail: z.optional(z.nullable(memberDetailStatusSchema)),
});
export type MemberStatus = z.infer<typeof memberStatusSchema>;

/** Where one VIP is, as the cloud has said: on which interface, and which member's that is; null: none that is known. */
export const vipPlaceSchema = z.object({
  address: addressSchema,
  eni: z.nullable(eniIdSchema),
  node: z.nullable(nodeIdSchema),
});

/** The last look of the arbiter itself at the cloud's network, about once a minute. */
export const fabricStatusSchema = z.object({
  /** How long ago, milliseconds. */
  ageMs: counter,
  /** Every VIP was on the interface of the member that holds the group now. Before a move: not yet looked again. */
  confirmed: z.boolean(),
  vips: z.array(vipPlaceSchema),
});
export type FabricStatus = z.infer<typeof fabricStatusSchema>;

/** `observe`: decides and tells, and changes nothing in the cloud. */
export const modeSchema = z.enum(['enforce', 'observe']);
export type Mode = z.infer<typeof modeSchema>;

export const groupStatusSchema = z.object({
  name: groupNameSchema,
  /** `ok`; `degraded`: served, but the next failure is an outage; `down`: not known to be served. */
  health: z.enum(['ok', 'degraded', 'down']),
  epoch: counter,
  phase: phaseSchema,
  /** How long it has been in this phase, milliseconds. */
  phaseMs: counter,
  holder: z.nullable(nodeIdSchema),
  reason: z.string(),
  rev: counter,
  configHash: z.string(),
  exclusive: z.boolean(),
  heartbeatMs: counter,
  leaseMs: counter,
  vips: z.array(vipSchema),
  members: z.array(memberStatusSchema),
  /** The healthy member that could take over now; null: no standby. */
  standby: z.nullable(nodeIdSchema),
  /** Who takes over if the holder dies now: the standby, or nobody while the group is paused. */
  next: z.nullable(nodeIdSchema),
  paused: z.boolean(),
  /** A failover that has been ordered and has not begun. */
  handover: z.nullable(z.object({ to: nodeIdSchema, ageMs: counter })),
  /** How long the last change of holder is past, null if there was none; and how many came within an hour of another. */
  transferMs: z.nullable(counter),
  transfers: counter,
  /** How often another hand moved the VIP and it was moved back. */
  repairs: counter,
  /** Absent, as what follows: the arbiter is of a version that does not tell. */
  mode: z.optional(modeSchema),
  /** Mode observe: what would have been done, and for how long that has been called for; null: nothing. */
  would: z.optional(
    z.nullable(z.object({ to: z.nullable(nodeIdSchema), reason: z.string(), forMs: counter })),
  ),
  /** Null: not looked yet, or the last look cannot be read. */
  fabric: z.optional(z.nullable(fabricStatusSchema)),
});
export type GroupStatus = z.infer<typeof groupStatusSchema>;

/** A group whose item cannot be read stands in its place with the reason. */
export const groupFailureSchema = z.object({ name: groupNameSchema, error: wireErrorSchema });
export type GroupFailure = z.infer<typeof groupFailureSchema>;

/** What CloudWatch knows of the arbiter as a whole. It is some minutes behind. */
export const pulseSchema = z.object({
  /** Heartbeats in the last whole minute, and how long the function worked on them; null: not known yet. */
  beats: z.nullable(z.object({ perSecond: z.number(), p99Ms: z.number() })),
  /** How many alarms there are, and those in state ALARM, each with CloudWatch's reason. */
  alarms: z.object({
    known: counter,
    alarming: z.array(z.object({ name: z.string(), reason: z.string() })),
  }),
});
export type Pulse = z.infer<typeof pulseSchema>;

export const statusResponseSchema = z.object({
  v: z.literal(1),
  /** The arbiter's wall clock. */
  at: epochMsSchema,
  groups: z.array(z.union([groupStatusSchema, groupFailureSchema])),
  /** There are more: ask for those after this one. */
  after: z.optional(groupNameSchema),
  /** While it is engaged nobody is replaced for silence, see `core/brake.ts`; null: it cannot be read. */
  brake: z.nullable(z.object({ engaged: z.boolean(), leftMs: counter })),
  /** The name of the deployment. Absent, as what follows: the arbiter is of a version that does not tell. */
  arbiter: z.optional(z.string()),
  /** How long ago the last sweep began, milliseconds; null: there has been none, or it cannot be read. */
  sweep: z.optional(z.nullable(z.object({ ageMs: counter }))),
  /** Null: CloudWatch is not asked, or does not answer. */
  pulse: z.optional(z.nullable(pulseSchema)),
});
export type StatusResponse = z.infer<typeof statusResponseSchema>;

export const historyEventSchema = z.object({
  type: z.string(),
  epoch: counter,
  from: z.nullable(nodeIdSchema),
  to: z.nullable(nodeIdSchema),
  reason: z.string(),
  at: epochMsSchema,
  detail: z.optional(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
});
export type HistoryEvent = z.infer<typeof historyEventSchema>;

/** Newest first. */
export const historyResponseSchema = z.object({
  v: z.literal(1),
  group: groupNameSchema,
  events: z.array(historyEventSchema),
});
export type HistoryResponse = z.infer<typeof historyResponseSchema>;

/** The group after an order that was taken: a failover or a drain has been noted and follows at a heartbeat. */
export const orderResponseSchema = z.object({
  v: z.literal(1),
  group: groupNameSchema,
  epoch: counter,
  phase: phaseSchema,
  holder: z.nullable(nodeIdSchema),
  /** With a failover: who shall take over. */
  to: z.nullable(nodeIdSchema),
  rev: counter,
});
export type OrderResponse = z.infer<typeof orderResponseSchema>;
