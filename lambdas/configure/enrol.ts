/** Who the members are: interface and address of each come from EC2, never from whoever deploys. */
import { DescribeInstancesCommand, type EC2Client, type Instance } from '@aws-sdk/client-ec2';
import * as z from 'zod/mini';
import type { Enrolment } from '../../core/wire/compile.ts';
import { eniIdSchema, ipv4Schema, type NodeId, nodeIdSchema } from '../../core/wire/names.ts';
import { BadRequest, Misconfigured } from '../errors.ts';

/** A member answers at its first interface. Others may come and go while the instance runs; this one cannot. */
const DEVICE_INDEX = 0;
/** Looks for an instance that EC2 does not show, and the time between two of them. */
const LOOKS_MAX = 5;
const LOOK_PAUSE_MS = 2000;
const GONE: ReadonlySet<string> = new Set(['shutting-down', 'terminated']);

const instanceSchema = z.object({
  InstanceId: nodeIdSchema,
  State: z.object({ Name: z.string() }),
  NetworkInterfaces: z.optional(
    z.array(
      z.object({
        NetworkInterfaceId: eniIdSchema,
        PrivateIpAddress: ipv4Schema,
        Attachment: z.object({ DeviceIndex: z.int() }),
      }),
    ),
  ),
});

const enrolmentOf = (found: Instance): [NodeId, Enrolment] => {
  const parsed = instanceSchema.safeParse(found);
  if (!parsed.success) {
    throw new Misconfigured(
      'DescribeInstances answered an instance without its interfaces: try again',
      parsed.error,
    );
  }
  const { InstanceId, State, NetworkInterfaces = [] } = parsed.data;
  if (GONE.has(State.Name)) {
    throw new BadRequest(`${InstanceId} is ${State.Name}: take it out of the group's members`);
  }
  const first = NetworkInterfaces.find(({ Attachment }) => Attachment.DeviceIndex === DEVICE_INDEX);
  if (first === undefined) {
    throw new BadRequest(
      `${InstanceId} has no network interface with device index ${DEVICE_INDEX}: is it an instance in a VPC?`,
    );
  }
  return [InstanceId, { eni: first.NetworkInterfaceId, address: first.PrivateIpAddress }];
};

const describeMembers = async (
  client: EC2Client,
  instances: readonly NodeId[],
  signal: AbortSignal,
): Promise<Record<NodeId, Enrolment>> => {
  // As a filter and not by id: ids that do not exist would fail the whole call, without saying which are meant.
  const command = new DescribeInstancesCommand({
    Filters: [{ Name: 'instance-id', Values: [...instances] }],
  });
  const answer = await client.send(command, { abortSignal: signal });
  const found = (answer.Reservations ?? []).flatMap((reservation) => reservation.Instances ?? []);
  return Object.fromEntries(found.map(enrolmentOf));
};

/** What `enrolments` needs from outside. */
export interface EnrolDeps {
  readonly ec2: EC2Client;
  readonly pause: (ms: number) => Promise<unknown>;
}

/**
 * Interface and address of each instance. One that does not exist is absent from the answer, after a while: EC2 may
 * not yet show what the same deployment has just started.
 * @throws BadRequest for an instance that is gone; Misconfigured for an answer that is none; else what the SDK throws
 */
export const enrolments = async (
  instances: readonly NodeId[],
  signal: AbortSignal,
  { ec2, pause }: EnrolDeps,
): Promise<Record<NodeId, Enrolment>> => {
  for (let tries = 1; ; tries += 1) {
    const found = await describeMembers(ec2, instances, signal);
    const isComplete = instances.every((instance) => found[instance] !== undefined);
    if (isComplete || tries >= LOOKS_MAX) return found;
    await pause(LOOK_PAUSE_MS);
  }
};
