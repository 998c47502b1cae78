/** What the worlds of all EC2 drivers share: the lab's EC2 end with three members in it, spoken to by the real SDK. */
import type { EC2Client, EC2ClientConfig } from '@aws-sdk/client-ec2';
import type { FabricKind } from '../../../../core/wire/names.ts';
import { LabClock } from '../../../../lab/ends/clock.ts';
import { CredentialStore } from '../../../../lab/ends/credentials.ts';
import { Cloud, type CloudOptions } from '../../../../lab/ends/ec2/cloud.ts';
import { type Ec2Call, Ec2End } from '../../../../lab/ends/ec2/server.ts';
import { createEc2Client } from '../../../../lambdas/fabric/ec2/client.ts';
import { createFabrics } from '../../../../lambdas/fabric/fabrics.ts';
import { config, eniA, eniB, eniC, nodeA, nodeB, nodeC } from '../../fixtures.ts';
import type { World } from '../contract.ts';

export const VPC = 'vpc-0a000000000000001';
export const SUBNET = 'subnet-0a000000000000001';
const PLACE = {
  subnetId: SUBNET,
  vpcId: VPC,
  cidrBlock: '172.31.0.0/24',
  ipv6CidrBlock: '2001:db8:0:1::/64',
  availabilityZone: 'us-east-1a',
};
const HOSTS = [
  {
    instanceId: nodeA,
    networkInterfaceId: eniA,
    privateIpAddress: '172.31.0.11',
    macAddress: '02:00:ac:1f:00:0b',
  },
  {
    instanceId: nodeB,
    networkInterfaceId: eniB,
    privateIpAddress: '172.31.0.12',
    macAddress: '02:00:ac:1f:00:0c',
  },
  {
    instanceId: nodeC,
    networkInterfaceId: eniC,
    privateIpAddress: '172.31.0.13',
    macAddress: '02:00:ac:1f:00:0d',
  },
];

const valueOf = (text: string): string | boolean =>
  text === 'true' || text === 'false' ? text === 'true' : text;

/** Back from the Query API's numbered parameters to what the SDK was given. */
const inputOf = ({ params }: Ec2Call): Record<string, unknown> => {
  const input: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(params)) {
    const [, list] = /^(\w+)\.\d+$/.exec(key) ?? [];
    if (list === undefined) input[key] = valueOf(text);
    else {
      const name = `${list.replace(/sses$/, 'ss')}es`;
      input[name] = [...((input[name] as string[] | undefined) ?? []), text];
    }
  }
  return input;
};

export interface Ec2World extends Omit<World, 'vips' | 'impossible' | 'ownerOf' | 'isAtomic'> {
  readonly cloud: Cloud;
  readonly end: Ec2End;
  readonly client: EC2Client;
}

/** @param kind of the fabric that is looked at */
export const openEc2World = async (
  kind: FabricKind,
  options: Partial<CloudOptions> & { readonly sourceDestCheck?: boolean } = {},
): Promise<Ec2World> => {
  const clock = new LabClock();
  const cloud = new Cloud({ clock, subnets: [PLACE], ...options });
  const { sourceDestCheck = true } = options;
  for (const host of HOSTS) cloud.addInstance({ ...host, subnetId: SUBNET, sourceDestCheck });
  const credentials = new CredentialStore({ clock });
  const calls: Ec2Call[] = [];
  const end = new Ec2End({ clock, credentials, cloud, onCall: (call) => calls.push(call) });
  const port = await end.listen();
  const { accessKeyId, secretAccessKey, sessionToken } = credentials.session('KeepaloftArbiter', 'heartbeat');
  const clientOf = (endpoint: string): EC2Client => {
    const overrides: EC2ClientConfig = {
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId, secretAccessKey, sessionToken },
    };
    return createEc2Client(overrides);
  };
  const client = clientOf(`http://127.0.0.1:${port}`);
  const nowhere = clientOf('http://127.0.0.1:1');
  return {
    cloud,
    end,
    client,
    fabric: createFabrics(client)(kind),
    unreachable: createFabrics(nowhere)(kind),
    roster: config.members,
    changes: () =>
      calls
        .filter((call) => !call.action.startsWith('Describe'))
        .map((call) => ({ operation: call.action, input: inputOf(call) })),
    throttle: () => end.fault({ kind: 'throttle' }),
    heal: () => end.heal(),
    hold: (holdMs) => end.fault({ kind: 'hold', holdMs }),
    close: async () => {
      client.destroy();
      nowhere.destroy();
      await end.close();
    },
  };
};
