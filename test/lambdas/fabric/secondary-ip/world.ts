/** The contract's world for secondary IPs: the lab's EC2 end, spoken to by the real SDK. */
import type { EC2Client, EC2ClientConfig } from '@aws-sdk/client-ec2';
import { LabClock } from '../../../../lab/ends/clock.ts';
import { CredentialStore } from '../../../../lab/ends/credentials.ts';
import { Cloud } from '../../../../lab/ends/ec2/cloud.ts';
import { type Ec2Call, Ec2End } from '../../../../lab/ends/ec2/server.ts';
import { createEc2Client } from '../../../../lambdas/fabric/secondary-ip/client.ts';
import { createSecondaryIp } from '../../../../lambdas/fabric/secondary-ip/driver.ts';
import { config, eniA, eniB, eniC, nodeA, nodeB, nodeC } from '../../fixtures.ts';
import type { World } from '../contract.ts';

const SUBNET = { subnetId: 'subnet-0a000000000000001', vpcId: 'vpc-0a000000000000001' };
const PLACE = { ...SUBNET, cidrBlock: '172.31.0.0/24', availabilityZone: 'us-east-1a' };
const ADDRESSES_MAX = 4;

const vip = (address: string) => ({ address, fabric: 'secondary-ip' as const });

/** Back from the Query API's numbered parameters to what the SDK was given. */
const inputOf = ({ params }: Ec2Call) => ({
  NetworkInterfaceId: params['NetworkInterfaceId'],
  PrivateIpAddresses: Object.entries(params).flatMap(([key, value]) =>
    key.startsWith('PrivateIpAddress.') ? [value] : [],
  ),
  AllowReassignment: params['AllowReassignment'] === 'true',
});

export const openEc2 = async (): Promise<World & { readonly cloud: Cloud; readonly client: EC2Client }> => {
  const clock = new LabClock();
  const cloud = new Cloud({ clock, addressesPerInterfaceMax: ADDRESSES_MAX });
  cloud.addSubnet(PLACE);
  const hosts = [
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
  for (const host of hosts) cloud.addInstance({ ...host, subnetId: SUBNET.subnetId });
  const credentials = new CredentialStore({ clock });
  const calls: Ec2Call[] = [];
  const end = new Ec2End({ clock, credentials, cloud, onCall: (call) => calls.push(call) });
  const port = await end.listen();
  const { accessKeyId, secretAccessKey, sessionToken } = credentials.session('KeepaloftArbiter', 'heartbeat');
  const clientOf = (endpoint: string) => {
    const options: EC2ClientConfig = {
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId, secretAccessKey, sessionToken },
    };
    return createEc2Client(options);
  };
  const client = clientOf(`http://127.0.0.1:${port}`);
  const nowhere = clientOf('http://127.0.0.1:1');
  return {
    cloud,
    client,
    fabric: createSecondaryIp(client),
    unreachable: createSecondaryIp(nowhere),
    roster: config.members,
    vips: [vip('172.31.0.201'), vip('172.31.0.202')],
    impossible: vip('10.9.9.9'),
    ownerOf: (address) => cloud.ownerOf(address, 'control'),
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
