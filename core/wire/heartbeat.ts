/**
 * The heartbeat, wire version 1: what an agent reports and what the arbiter answers. Unknown fields are ignored
 * on the wire so that version N and N+1 can talk; config files refuse them instead (see `config.ts`).
 */
import * as z from 'zod/mini';
import { beatTextSchema } from '../beat.ts';
import {
  addressSchema,
  GROUPS_MAX,
  groupNameSchema,
  MEMBERS_MAX,
  nodeIdSchema,
  prioritySchema,
} from './names.ts';

/** A larger body is refused with 413 before anything is parsed. */
export const BODY_BYTES_MAX = 16_384;

const counter = z.int().check(z.nonnegative());
const shortText = z.string().check(z.maxLength(200));
/** No report or claim speaks of more than a day: a larger number is a defect, not a fact. Longer spans are sent as this. */
export const SPAN_MS_MAX = 86_400_000;
const spanMs = z.int().check(z.nonnegative(), z.maximum(SPAN_MS_MAX));

/** A standby's request to take over: it names exactly what it watched, and all three must still be true. */
export const claimSchema = z.object({
  epoch: counter,
  holder: nodeIdSchema,
  beat: beatTextSchema,
  /** How long the standby has seen no newer beat, on its own boot clock, milliseconds. */
  silentMs: spanMs,
  /** `suspect`: the session with the holder is down, and its beat has stood still since. */
  evidence: z.enum(['silence', 'suspect']),
  /** With `suspect`: the number of the loss in this run of the claimant, and which run of the holder was lost. */
  loss: z.optional(z.object({ n: counter, holderBoot: counter })),
});
export type Claim = z.infer<typeof claimSchema>;

export const vipStateSchema = z.object({
  /** The kernel has the address on an interface. */
  bound: z.boolean(),
  /** The witness (the instance metadata service) lists the address on this host's ENI. Absent: it never could. */
  inFabric: z.optional(z.boolean()),
});
export type VipState = z.infer<typeof vipStateSchema>;

/** A session with a peer: its state, and the number of the peer's latest loss in this run of the agent, if there was one. */
export const peerStateSchema = z.object({
  state: z.enum(['admin-down', 'down', 'init', 'up']),
  loss: z.optional(counter),
});
export type PeerState = z.infer<typeof peerStateSchema>;

export const groupReportSchema = z.object({
  name: groupNameSchema,
  configHash: z.string().check(z.maxLength(64)),
  /** The highest epoch this agent has ever applied or persisted. */
  epochSeen: counter,
  /** Effective priority: base plus the weights of checks. */
  priority: prioritySchema,
  health: z.enum(['ok', 'fault']),
  fault: z.optional(shortText),
  /** A check is failing but has not failed `fall` times yet: a FAULT may follow within one check interval. */
  wavering: z.optional(z.boolean()),
  /** Names of failing checks whose weight lowers the priority. */
  degradedBy: z.optional(z.array(z.string().check(z.maxLength(32))).check(z.maxLength(16))),
  /** Names of all checks that are down, whatever their weight. For people: nothing is decided by it. */
  down: z.optional(z.array(z.string().check(z.maxLength(32))).check(z.maxLength(16))),
  /** Exclusive: for how long this host may still hold, at the moment of sending, milliseconds; 0 when it holds nothing. */
  holdMs: spanMs,
  vips: z.record(addressSchema, vipStateSchema),
  /** Peer detection: the sessions with the other members. For people: what is decided by is in the claim. */
  peers: z.optional(
    z
      .record(nodeIdSchema, peerStateSchema)
      .check(z.refine((peers) => Object.keys(peers).length <= MEMBERS_MAX, 'too many peers')),
  ),
  claim: z.optional(claimSchema),
  /** A better standby's wish to take over: the epoch it looks at and how long it has been ready, milliseconds. */
  preempt: z.optional(z.object({ epoch: counter, readyMs: spanMs })),
  /** The agent is stopping: it must not be chosen again until a newer boot. */
  resign: z.optional(z.boolean()),
  /** Asked to, or exclusive: up to this epoch the VIPs are given up, unbound, and never bound again. */
  released: z.optional(counter),
  /** It was asked to prepare for holding under this epoch, and has; in every heartbeat until it is asked no more. */
  prepared: z.optional(z.object({ epoch: counter, ms: spanMs })),
  /** … and has not: its `beforeMaster` refused, or failed. */
  declined: z.optional(z.object({ epoch: counter, ms: spanMs, why: z.enum(['refused', 'failed']) })),
  /** No answer for a lease. Exclusive: nothing is bound, and no answer to an earlier request will be acted on. */
  deaf: z.optional(z.boolean()),
});
export type GroupReport = z.infer<typeof groupReportSchema>;

export const heartbeatRequestSchema = z.object({
  v: z.literal(1),
  node: nodeIdSchema,
  boot: counter,
  seq: counter,
  agent: z.string().check(z.maxLength(32)),
  groups: z.array(groupReportSchema).check(z.minLength(1), z.maxLength(GROUPS_MAX)),
});
export type HeartbeatRequest = z.infer<typeof heartbeatRequestSchema>;

/** Every error of the arbiter, whole request or single group. */
export const wireErrorSchema = z.object({
  code: z.string(),
  message: z.string(),
  requestId: z.optional(z.string()),
  /** With `StaleBeat`: the pair the arbiter has, so that an agent can tell a lost persist from a rival. */
  stored: z.optional(z.object({ boot: counter, seq: counter })),
});
export type WireError = z.infer<typeof wireErrorSchema>;
export const errorBodySchema = z.object({ error: wireErrorSchema });

export const groupAnswerSchema = z.object({
  rev: counter,
  role: z.enum(['MASTER', 'BACKUP']),
  epoch: counter,
  holder: z.nullable(
    z.object({
      node: nodeIdSchema,
      beat: beatTextSchema,
      /** How long ago the arbiter received that beat, by the arbiter's clock. A hint, never a proof. */
      ageMs: counter,
      holdMs: counter,
      priority: prioritySchema,
    }),
  ),
  /** When to send the next heartbeat, milliseconds after this one. */
  heartbeatMs: counter,
  /** 0 for the best standby, 1 for the next…: how long to wait before claiming, in steps of the rank skew. */
  rank: z.optional(counter),
  /** There is fabric work to do: send a request for this group alone. */
  work: z.optional(z.boolean()),
  /** Unbind the VIPs, never bind them again at this epoch, and say so. */
  release: z.optional(z.boolean()),
  /** Prepare for holding under this epoch, and say how that went. Nothing has been decided. */
  prepare: z.optional(z.object({ epoch: counter })),
  /** To the holder: its successor is preparing. */
  preparing: z.optional(z.boolean()),
  /** The group's configuration, when the reporter's own is another one: it may ask for it at `POST /v1/enroll`. */
  configHash: z.optional(z.string().check(z.maxLength(64))),
  reason: z.string(),
});
export type GroupAnswer = z.infer<typeof groupAnswerSchema>;

/** A group is answered with a role, or with an error; the second acknowledges nothing. */
export const groupResultSchema = z.union([groupAnswerSchema, errorBodySchema]);
export type GroupResult = z.infer<typeof groupResultSchema>;

export const heartbeatResponseSchema = z.object({
  v: z.literal(1),
  groups: z.record(groupNameSchema, groupResultSchema),
});
export type HeartbeatResponse = z.infer<typeof heartbeatResponseSchema>;
