/** What EC2 says of machines now. The events about them only say what was. */
import { DescribeInstancesCommand, type EC2Client } from '@aws-sdk/client-ec2';
import * as z from 'zod/mini';
import type { Input } from '../../core/election/types.ts';
import type { GroupState, InstanceFact } from '../../core/wire/item.ts';
import { type NodeId, nodeIdSchema } from '../../core/wire/names.ts';
import { classify } from '../fabric/ec2/classify.ts';
import { FabricError } from '../fabric/fabric.ts';

const instanceSchema = z.object({
  InstanceId: nodeIdSchema,
  State: z.object({
    Name: z.enum(['pending', 'running', 'stopping', 'stopped', 'shutting-down', 'terminated']),
  }),
  HibernationOptions: z.optional(z.object({ Configured: z.optional(z.boolean()) })),
});
type Described = z.infer<typeof instanceSchema>;

/**
 * A machine that starts is no longer stopping. One that may hibernate keeps its kernel, and what that has bound, while it
 * is stopped.
 */
const factOf = ({ State, HibernationOptions }: Described): InstanceFact => {
  if (State.Name === 'pending') return 'running';
  const keepsKernel = State.Name === 'stopped' && HibernationOptions?.Configured === true;
  return keepsKernel ? 'stopping' : State.Name;
};

/**
 * What EC2 says of each; one that it does not know is left out.
 * @throws FabricError: no answer must never look like "stopped"
 */
export const factsOf = async (
  client: EC2Client,
  nodes: readonly NodeId[],
  signal: AbortSignal,
): Promise<ReadonlyMap<NodeId, InstanceFact>> => {
  if (nodes.length === 0) return new Map();
  // As a filter and not by id: ids that do not exist would fail the whole call, without saying which are meant.
  const command = new DescribeInstancesCommand({ Filters: [{ Name: 'instance-id', Values: [...nodes] }] });
  try {
    const answer = await client.send(command, { abortSignal: signal });
    const found = (answer.Reservations ?? []).flatMap(({ Instances }) => Instances ?? []);
    return new Map(
      found.map((instance) => {
        const described = instanceSchema.parse(instance);
        return [described.InstanceId, factOf(described)];
      }),
    );
  } catch (thrown) {
    const { code, message } = classify(thrown);
    throw new FabricError(code, `DescribeInstances failed: ${message}`, thrown);
  }
};

/**
 * What EC2 says of a member, beside the newest heartbeat that was read before EC2 was asked; undefined for one that was
 * never heard of.
 */
export const evidenceOf = (
  stateBefore: GroupState,
  node: NodeId,
  said: InstanceFact,
): Extract<Input, { kind: 'instance' }> | undefined => {
  const member = stateBefore.members[node];
  if (member === undefined) return undefined;
  const { boot, seq } = member;
  return { kind: 'instance', node, said, beat: { boot, seq } };
};
