/**
 * What EventBridge delivers about machines: which ones, and what the event says that a description of the machine does
 * not show. The envelope and the details are AWS's, which may add to them.
 *
 * | source            | detail-type                               | about                                   |
 * | ----------------- | ----------------------------------------- | --------------------------------------- |
 * | `aws.ec2`         | EC2 Instance State-change Notification    | a change of state; the state is asked for |
 * | `aws.ec2`         | EC2 Spot Instance Interruption Warning    | two minutes until it is interrupted     |
 * | `aws.autoscaling` | EC2 Instance-terminate Lifecycle Action   | its group is about to end it            |
 * | `aws.health`      | AWS Health Event                          | its hardware will be retired            |
 */
import * as z from 'zod/mini';
import type { InstanceFact } from '../../core/wire/item.ts';
import { type NodeId, nodeIdSchema } from '../../core/wire/names.ts';
import { BadRequest } from '../errors.ts';

/** An event about more machines than an arbiter has members. */
const MACHINES_MAX = 256;

const stateChange = z.object({ 'instance-id': nodeIdSchema, state: z.string() });
const spotWarning = z.object({ 'instance-id': nodeIdSchema });
const lifecycle = z.object({ EC2InstanceId: nodeIdSchema });
const health = z.object({
  service: z.literal('EC2'),
  eventTypeCode: z.string(),
  /** `closed`: it is over, or was called off. */
  statusCode: z.optional(z.string()),
  affectedEntities: z
    ._default(z.array(z.object({ entityValue: z.string() })), [])
    .check(z.maxLength(MACHINES_MAX)),
});

const envelope = {
  id: z.string().check(z.maxLength(64)),
  time: z.string(),
};
const eventSchema = z.discriminatedUnion('detail-type', [
  z.object({
    ...envelope,
    source: z.literal('aws.ec2'),
    'detail-type': z.literal('EC2 Instance State-change Notification'),
    detail: stateChange,
  }),
  z.object({
    ...envelope,
    source: z.literal('aws.ec2'),
    'detail-type': z.literal('EC2 Spot Instance Interruption Warning'),
    detail: spotWarning,
  }),
  z.object({
    ...envelope,
    source: z.literal('aws.autoscaling'),
    'detail-type': z.literal('EC2 Instance-terminate Lifecycle Action'),
    detail: lifecycle,
  }),
  z.object({
    ...envelope,
    source: z.literal('aws.health'),
    'detail-type': z.literal('AWS Health Event'),
    detail: health,
  }),
]);
type CloudEvent = z.infer<typeof eventSchema>;

/** Scheduled ends of a machine's hardware. Other health events (reboots, network maintenance) end nothing. */
const RETIREMENTS: ReadonlySet<string> = new Set([
  'AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED',
  'AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED',
  'AWS_EC2_INSTANCE_STOP_SCHEDULED',
]);

export interface Occurrence {
  readonly eventId: string;
  /** When it happened, milliseconds since 1970, by AWS's clock. */
  readonly atMs: number;
  /** Empty: it is about none that could be a member. */
  readonly nodes: readonly NodeId[];
  /** The state that the event says; worth no more than asking until EC2 says the same, or something newer. */
  readonly state?: string;
  /** What only the event says. */
  readonly notice?: InstanceFact;
}

const aboutOf = (event: CloudEvent): Pick<Occurrence, 'nodes' | 'state' | 'notice'> => {
  switch (event['detail-type']) {
    case 'EC2 Instance State-change Notification':
      return { nodes: [event.detail['instance-id']], state: event.detail.state };
    case 'EC2 Spot Instance Interruption Warning':
      return { nodes: [event.detail['instance-id']], notice: 'spot' };
    case 'EC2 Instance-terminate Lifecycle Action':
      return { nodes: [event.detail.EC2InstanceId], notice: 'terminating' };
    case 'AWS Health Event': {
      const { eventTypeCode, statusCode, affectedEntities } = event.detail;
      if (!RETIREMENTS.has(eventTypeCode) || statusCode === 'closed') return { nodes: [] };
      const nodes = affectedEntities.map(({ entityValue }) => nodeIdSchema.safeParse(entityValue));
      return { nodes: nodes.flatMap(({ data }) => data ?? []), notice: 'retiring' };
    }
  }
};

/** @throws BadRequest naming what is wrong: a rule has delivered what it should not have */
export const parseEvent = (event: unknown): Occurrence => {
  const parsed = eventSchema.safeParse(event);
  const atMs = parsed.success ? Date.parse(parsed.data.time) : Number.NaN;
  if (!parsed.success || Number.isNaN(atMs)) {
    const issue = parsed.error?.issues[0];
    const path = issue?.path.map(String).join('.') ?? 'time';
    throw new BadRequest(
      `not an event about machines: ${path}: ${issue?.message ?? 'not an instant'}`,
      parsed.error,
    );
  }
  return { eventId: parsed.data.id, atMs, ...aboutOf(parsed.data) };
};
