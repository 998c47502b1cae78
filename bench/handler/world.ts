/** What the handler needs around it: DynamoDB, EC2 and a group of three members, without a network of hosts. */
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { Attributes } from '../../core/wire/attributes.ts';
import { compileGroup } from '../../core/wire/compile.ts';
import type { GroupFile } from '../../core/wire/config.ts';
import { fileOfGroup } from '../../core/wire/group-document.ts';
import type { GroupConfig } from '../../core/wire/item.ts';
import { LabClock } from '../../lab/ends/clock.ts';
import { ARBITER_ROLE, CredentialStore, LAB_REGION } from '../../lab/ends/credentials.ts';
import { DynamoEnd } from '../../lab/ends/dynamodb/server.ts';
import { Cloud } from '../../lab/ends/ec2/cloud.ts';
import { Ec2End } from '../../lab/ends/ec2/server.ts';
import { type Plan, planOf, VPC } from '../../lab/supervisor/plan.ts';
import { BenchError } from '../errors.ts';

const TABLE = 'keepaloft';
const MEMBERS = 3;

/** Any address with the locally administered bit: no packet ever travels here. */
const macOf = (index: number): string => `02:00:00:00:00:${(index + 1).toString(16).padStart(2, '0')}`;

const populate = (cloud: Cloud, plan: Plan): void => {
  cloud.addSubnet({
    subnetId: VPC.subnetId,
    vpcId: VPC.vpcId,
    cidrBlock: VPC.subnetCidr,
    availabilityZone: VPC.zone,
  });
  for (const [index, host] of plan.hosts.entries()) {
    cloud.addInstance({
      instanceId: host.instanceId,
      networkInterfaceId: host.eni,
      subnetId: VPC.subnetId,
      privateIpAddress: host.address,
      macAddress: macOf(index),
      tags: { Name: host.name },
    });
  }
};

const firstGroup = (plan: Plan): [string, GroupFile] => {
  const [first] = Object.entries(plan.file.groups);
  if (first === undefined) throw new BenchError('the lab configures no group');
  return first;
};

/** What CloudFormation sends when a deployment creates the group. */
const createdBy = (name: string, group: GroupFile): Record<string, unknown> => ({
  RequestType: 'Create',
  ResourceType: 'Custom::KeepaloftGroup',
  StackId: 'bench',
  LogicalResourceId: name,
  ResourceProperties: { Document: JSON.stringify(fileOfGroup(name, group)) },
});

const configOf = (plan: Plan): GroupConfig => {
  const enrolments = plan.hosts.map(
    ({ instanceId, eni, address }) => [instanceId, { eni, address }] as const,
  );
  return compileGroup(...firstGroup(plan), Object.fromEntries(enrolments));
};

/** The group's item as DynamoDB has it, and what DynamoDB says that reading it costs. */
export interface StoredItem {
  readonly item: Attributes;
  readonly readUnits: number | undefined;
}

export interface World {
  readonly config: GroupConfig;
  /** The event by which a deployment creates the group. */
  readonly created: Readonly<Record<string, unknown>>;
  readonly dynamo: DynamoEnd;
  /** The environment of the function. @param endpoint of DynamoDB */
  env(endpoint: string): Record<string, string>;
  item(): Promise<StoredItem>;
  close(): Promise<void>;
}

/** @throws LabError when dynoxide is missing or does not start */
export const openWorld = async (): Promise<World> => {
  const clock = new LabClock();
  const credentials = new CredentialStore({ clock });
  const cloud = new Cloud({ clock, delays: { ackMs: 0, propagationMs: 0 } });
  const ec2 = new Ec2End({ clock, credentials, cloud });
  const dynamo = new DynamoEnd({ clock });
  const plan = planOf({ hosts: MEMBERS, ackMs: 0, propagationMs: 0 });
  populate(cloud, plan);
  const config = configOf(plan);
  const close = async (): Promise<void> => {
    await Promise.all([ec2.close(), dynamo.close()]);
  };
  try {
    const [ec2Port] = await Promise.all([ec2.listen(), dynamo.start()]);
    await dynamo.createTable(TABLE);
    const keys = credentials.session(ARBITER_ROLE, 'keepaloft-heartbeat');
    return {
      config,
      created: createdBy(...firstGroup(plan)),
      dynamo,
      close,
      env: (endpoint) => ({
        TABLE_NAME: TABLE,
        LOG_LEVEL: 'INFO',
        TZ: ':UTC',
        AWS_REGION: LAB_REGION,
        AWS_LAMBDA_FUNCTION_NAME: 'keepaloft-heartbeat',
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        AWS_ACCESS_KEY_ID: keys.accessKeyId,
        AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
        AWS_SESSION_TOKEN: keys.sessionToken,
        AWS_ENDPOINT_URL_EC2: `http://127.0.0.1:${ec2Port}`,
        AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      }),
      item: () => readItem(dynamo.directEndpoint, config.group),
    };
  } catch (error) {
    await close();
    throw error;
  }
};

const readItem = async (endpoint: string, group: string): Promise<StoredItem> => {
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  const client = new DynamoDBClient({ region: LAB_REGION, endpoint, credentials });
  try {
    const { Item, ConsumedCapacity } = await client.send(
      new GetItemCommand({
        TableName: TABLE,
        Key: { pk: { S: group }, sk: { S: 'state' } },
        ConsistentRead: true,
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );
    if (Item === undefined) throw new BenchError(`group ${group} has no item`);
    return { item: Item, readUnits: ConsumedCapacity?.CapacityUnits };
  } finally {
    client.destroy();
  }
};
