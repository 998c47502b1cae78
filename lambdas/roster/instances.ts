/** Who the members are: interface, address and tags of each come from EC2, never from whoever deploys or asks. */
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
  Tags: z.optional(z.array(z.object({ Key: z.string(), Value: z.string() }))),
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

/** An instance as EC2 shows it. `enrolment` is its first interface; a gone one has none any more. */
export interface Sight {
  /** EC2's own word, such as `running`. */
  readonly state: string;
  /** Shutting down or terminated: it does not come back. */
  readonly gone: boolean;
  readonly enrolment: Enrolment | undefined;
  readonly tags: Readonly<Record<string, string>>;
}
/** What was seen, by instance. One that EC2 does not show is absent. */
export type Sights = Readonly<Record<NodeId, Sight>>;

const sightOf = (found: Instance): [NodeId, Sight] => {
  const parsed = instanceSchema.safeParse(found);
  if (!parsed.success) {
    throw new Misconfigured(
      'DescribeInstances answered an instance without its interfaces: try again',
      parsed.error,
    );
  }
  const { InstanceId, State, NetworkInterfaces = [], Tags = [] } = parsed.data;
  const first = NetworkInterfaces.find(({ Attachment }) => Attachment.DeviceIndex === DEVICE_INDEX);
  const sight = {
    state: State.Name,
    gone: GONE.has(State.Name),
    enrolment:
      first === undefined ? undefined : { eni: first.NetworkInterfaceId, address: first.PrivateIpAddress },
    tags: Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])),
  };
  return [InstanceId, sight];
};

/** One look at these instances. @throws Misconfigured for an answer that is none; else what the SDK throws */
export const lookAt = async (
  instances: readonly NodeId[],
  signal: AbortSignal,
  client: EC2Client,
): Promise<Sights> => {
  if (instances.length === 0) return {};
  // As a filter and not by id: ids that do not exist would fail the whole call, without saying which are meant.
  const command = new DescribeInstancesCommand({
    Filters: [{ Name: 'instance-id', Values: [...instances] }],
  });
  const answer = await client.send(command, { abortSignal: signal });
  const found = (answer.Reservations ?? []).flatMap((reservation) => reservation.Instances ?? []);
  return Object.fromEntries(found.map(sightOf));
};

/** @throws BadRequest for an instance that cannot be a member */
export const enrolmentOf = (instance: NodeId, { state, gone, enrolment }: Sight): Enrolment => {
  if (gone) throw new BadRequest(`${instance} is ${state}: take it out of the group's members`);
  if (enrolment !== undefined) return enrolment;
  throw new BadRequest(
    `${instance} has no network interface with device index ${DEVICE_INDEX}: is it an instance in a VPC?`,
  );
};

/** What `enrolments` needs from outside. */
export interface EnrolDeps {
  readonly ec2: EC2Client;
  readonly pause: (ms: number) => Promise<unknown>;
}

/**
 * Interface and address of each instance. One that does not exist is absent from the answer, after a while: EC2 may
 * not yet show what the same deployment has just started.
 * @throws BadRequest for an instance that is gone; and as `lookAt`
 */
export const enrolments = async (
  instances: readonly NodeId[],
  signal: AbortSignal,
  { ec2, pause }: EnrolDeps,
): Promise<Record<NodeId, Enrolment>> => {
  for (let tries = 1; ; tries += 1) {
    const found = await lookAt(instances, signal, ec2);
    const isComplete = instances.every((instance) => found[instance] !== undefined);
    if (isComplete || tries >= LOOKS_MAX)
      return Object.fromEntries(
        Object.entries(found).map(([instance, sight]) => [instance, enrolmentOf(instance, sight)]),
      );
    await pause(LOOK_PAUSE_MS);
  }
};
