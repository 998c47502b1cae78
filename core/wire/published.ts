/**
 * What the arbiter publishes on EventBridge, version 1: source `keepaloft`, one event a decision. Consumers are other
 * people's programs: what is here may be added to, and nothing in it changes its meaning.
 */
import * as z from 'zod/mini';
import { phaseSchema } from './item.ts';
import { groupNameSchema, nodeIdSchema, vipSchema } from './names.ts';

export const EVENT_SOURCE = 'keepaloft';

export const detailTypeSchema = z.enum([
  'Keepaloft Group State Change',
  'Keepaloft Standby Change',
  'Keepaloft Drift Repaired',
  'Keepaloft Operator Action',
  'Keepaloft Brake Engaged',
]);
export type DetailType = z.infer<typeof detailTypeSchema>;

const counter = z.int().check(z.nonnegative());

export const publishedMemberSchema = z.object({
  instanceId: nodeIdSchema,
  /** Availability zone; null: not known. */
  az: z.nullable(z.string()),
  /** keepalived's word, or `SILENT`, `LEFT`, or the cloud's word for its machine; null: not known. */
  state: z.nullable(z.string()),
});

export const publishedDetailSchema = z.object({
  version: z.literal('1'),
  /** Of a change of hands `group/epoch/phase`, of others with type and time behind: the same when delivered twice. */
  id: z.string(),
  arbiter: z.string(),
  /** Null: it is about the arbiter as a whole. */
  group: z.nullable(groupNameSchema),
  epoch: z.nullable(counter),
  /** Null: not known, as after a restore. */
  previousEpoch: z.nullable(counter),
  phase: z.nullable(phaseSchema),
  from: z.nullable(publishedMemberSchema),
  to: z.nullable(publishedMemberSchema),
  reason: z.string(),
  cause: z.object({
    check: z.optional(z.string()),
    eventId: z.optional(z.string()),
    operatorArn: z.optional(z.string()),
  }),
  vips: z.array(vipSchema),
  /** What is known by then, milliseconds. */
  timings: z.object({
    /** Until the old holder's silence was believed. */
    detectMs: z.optional(counter),
    /** What the new holder's `beforeMaster` took. */
    hookMs: z.optional(counter),
    /** From the order to the fabric's answer. */
    fabricMs: z.optional(counter),
    /** From the last heartbeat of a holder that had ended to the fabric's answer. */
    darkMs: z.optional(counter),
  }),
  /** Mode observe: it would have been done, and was not. */
  dryRun: z.boolean(),
});
export type PublishedDetail = z.infer<typeof publishedDetailSchema>;

/** An event as it is put on the bus. */
export interface Published {
  readonly detailType: DetailType;
  readonly detail: PublishedDetail;
}
