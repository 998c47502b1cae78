/** Deployments into a running lab, by the code that ships. */
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { AssignPrivateIpAddressesCommand } from '@aws-sdk/client-ec2';
import type { LabInfo } from '../../../lab/control/types.ts';
import { type ConfigureDeps, configure } from '../../../lambdas/configure/configure.ts';
import { createEc2Client } from '../../../lambdas/fabric/ec2/client.ts';
import { createFabrics } from '../../../lambdas/fabric/fabrics.ts';
import { createClaims } from '../../../lambdas/store/claims.ts';
import { createDocuments } from '../../../lambdas/store/documents.ts';
import { createStore } from '../../../lambdas/store/store.ts';
import { openTable } from '../../../lambdas/store/table.ts';
import { testDeps } from '../../lambdas/deps.ts';
import { hostOf } from './inside.ts';

/** With the credentials of whoever runs the lab, as an operator has them. */
const clientConfig = ({ env }: LabInfo) => ({
  region: env['AWS_REGION'] ?? '',
  credentials: {
    accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
  },
});

const ec2Of = (info: LabInfo) => createEc2Client({ ...clientConfig(info), endpoint: info.endpoints.ec2 });

/** What `configure` needs in this lab. */
export const configureDepsOf = (info: LabInfo): ConfigureDeps => {
  const client = new DynamoDBClient({ ...clientConfig(info), endpoint: info.endpoints.dynamodb });
  const ec2 = ec2Of(info);
  const tableName = info.table;
  const table = openTable({ client, tableName });
  return {
    ...testDeps(createStore({ client, tableName }), createFabrics(ec2)('secondary-ip')),
    ec2,
    claims: createClaims(table),
    documents: createDocuments(table),
    pause: (ms) => pause(ms),
  };
};

/** What a deployment of the changed group does. @returns the name of the new configuration */
export const deployGroup = async (name: string, group: object, deps: ConfigureDeps): Promise<string> => {
  const event = {
    RequestType: 'Update',
    ResourceType: 'Custom::KeepaloftGroup',
    StackId: 'arn:aws:cloudformation:us-east-1:111122223333:stack/keepaloft/lab',
    LogicalResourceId: `Group-${name}`,
    PhysicalResourceId: name,
    ResourceProperties: { Document: JSON.stringify({ version: 1, groups: { [name]: group } }) },
  };
  return (await configure(event, deps)).Data?.['Hash'] ?? '';
};

/** Gives an address to a host, as somebody does who is not the arbiter. */
export const assignByHand = async (info: LabInfo, host: string, vip: string): Promise<void> => {
  const input = {
    NetworkInterfaceId: hostOf(info, host).eni,
    PrivateIpAddresses: [vip],
    AllowReassignment: true,
  };
  await ec2Of(info).send(new AssignPrivateIpAddressesCommand(input));
};
