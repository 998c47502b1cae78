/** What EventBridge delivers of Auto Scaling's hook: an instance that waits to be terminated. AWS may add to it. */
import * as z from 'zod/mini';
import { type NodeId, nodeIdSchema } from '../../core/wire/names.ts';
import { BadRequest } from '../errors.ts';

const name = z.string().check(z.minLength(1), z.maxLength(255));
const eventSchema = z.object({
  source: z.literal('aws.autoscaling'),
  'detail-type': z.literal('EC2 Instance-terminate Lifecycle Action'),
  detail: z.object({
    AutoScalingGroupName: name,
    LifecycleHookName: name,
    LifecycleActionToken: z.string().check(z.minLength(1), z.maxLength(64)),
    EC2InstanceId: nodeIdSchema,
  }),
});

/** An instance that waits, and what Auto Scaling wants to hear for it to go on. */
export interface Waiting {
  readonly node: NodeId;
  readonly autoScalingGroup: string;
  readonly hook: string;
  readonly token: string;
}

/** @throws BadRequest naming what is wrong: a rule has delivered what it should not have */
export const parseWaiting = (event: unknown): Waiting => {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = issue?.path.map(String).join('.') ?? '';
    throw new BadRequest(`not a termination that waits: ${path}: ${issue?.message ?? ''}`, parsed.error);
  }
  const { detail } = parsed.data;
  return {
    node: detail.EC2InstanceId,
    autoScalingGroup: detail.AutoScalingGroupName,
    hook: detail.LifecycleHookName,
    token: detail.LifecycleActionToken,
  };
};
