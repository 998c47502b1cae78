// Proves that the AWS SDK's own EC2 client works against the EC2 end, and that refusals carry EC2's documented codes.
import {
  AssignPrivateIpAddressesCommand,
  DeleteRouteTableCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSubnetsCommand,
  EC2Client,
  UnassignPrivateIpAddressesCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LabClock } from '../../../../lab/ends/clock.ts';
import { ARBITER_ROLE, MEMBER_ROLE, type Principal } from '../../../../lab/ends/credentials.ts';
import type { AppliedChange } from '../../../../lab/ends/ec2/address-book.ts';
import type { Cloud } from '../../../../lab/ends/ec2/cloud.ts';
import { type Ec2Call, Ec2End } from '../../../../lab/ends/ec2/server.ts';
import { eni, instanceId, SUBNET, smallCloud, storeOf, VPC } from '../small-vpc.ts';

const clock = new LabClock();
const credentials = storeOf(clock);
const VIP = '172.31.0.201';
const calls: Ec2Call[] = [];
const applied: AppliedChange[] = [];
const clients: EC2Client[] = [];
let cloud: Cloud;
let end: Ec2End;
let port = 0;

function clientOf(
  who: Principal,
  overrides: { sessionToken?: string; secretAccessKey?: string } = {},
): EC2Client {
  const client = new EC2Client({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
    maxAttempts: 1,
    credentials: {
      accessKeyId: who.accessKeyId,
      secretAccessKey: who.secretAccessKey,
      ...(who.sessionToken === undefined ? {} : { sessionToken: who.sessionToken }),
      ...overrides,
    },
  });
  clients.push(client);
  return client;
}

const arbiter = () => clientOf(credentials.session(ARBITER_ROLE, 'keepaloft-heartbeat'));
const operator = () => clientOf(credentials.operator());
const assign = (n: number, addresses: string[], AllowReassignment = true) =>
  new AssignPrivateIpAddressesCommand({
    NetworkInterfaceId: eni(n),
    PrivateIpAddresses: addresses,
    AllowReassignment,
  });

beforeEach(async () => {
  calls.length = 0;
  applied.length = 0;
  cloud = smallCloud({ clock, onApplied: (change) => applied.push(change) });
  end = new Ec2End({ clock, credentials, cloud, onCall: (call) => calls.push(call) });
  port = await end.listen();
});
afterEach(() => end.close());
afterAll(() => {
  for (const client of clients) client.destroy();
});

describe('writes', () => {
  it('assigns, moves with AllowReassignment, and unassigns', async () => {
    const ec2 = arbiter();
    const first = await ec2.send(assign(1, [VIP, '172.31.0.202']));
    expect(first.AssignedPrivateIpAddresses).toEqual([
      { PrivateIpAddress: VIP },
      { PrivateIpAddress: '172.31.0.202' },
    ]);
    await ec2.send(assign(2, [VIP]));
    expect(cloud.ownerOf(VIP, 'fabric')).toBe(eni(2));
    expect(cloud.secondaries(eni(1), 'describe')).toEqual(['172.31.0.202']);
    await ec2.send(
      new UnassignPrivateIpAddressesCommand({ NetworkInterfaceId: eni(2), PrivateIpAddresses: [VIP] }),
    );
    expect(cloud.ownerOf(VIP, 'control')).toBeUndefined();
    expect(
      applied.map(({ address, fromInterfaceId, toInterfaceId }) => [address, fromInterfaceId, toInterfaceId]),
    ).toEqual([
      [VIP, undefined, eni(1)],
      ['172.31.0.202', undefined, eni(1)],
      [VIP, eni(1), eni(2)],
      [VIP, eni(2), undefined],
    ]);
  });

  it('repeating an assignment changes nothing', async () => {
    const ec2 = arbiter();
    await ec2.send(assign(1, [VIP]));
    await ec2.send(assign(1, [VIP], false));
    expect(applied).toHaveLength(1);
  });

  it('picks free addresses by count', async () => {
    const result = await arbiter().send(
      new AssignPrivateIpAddressesCommand({ NetworkInterfaceId: eni(1), SecondaryPrivateIpAddressCount: 2 }),
    );
    expect(result.AssignedPrivateIpAddresses?.map((one) => one.PrivateIpAddress)).toEqual([
      '172.31.0.4',
      '172.31.0.5',
    ]);
  });

  it('acknowledges after ackMs and journals who asked for what', async () => {
    cloud.delays.ackMs = 60;
    const who = credentials.session(ARBITER_ROLE, 'keepaloft-heartbeat');
    await clientOf(who).send(assign(1, [VIP]));
    const call = calls[0];
    expect(call).toMatchObject({
      action: 'AssignPrivateIpAddresses',
      principalArn: who.arn,
      status: 200,
      params: { NetworkInterfaceId: eni(1), 'PrivateIpAddress.1': VIP, AllowReassignment: 'true' },
    });
    expect((call?.endedAtMs ?? 0) - (call?.startedAtMs ?? 0)).toBeGreaterThanOrEqual(59);
  });
});

describe('refused writes', () => {
  const refused = (promise: Promise<unknown>, name: string, status = 400) =>
    expect(promise).rejects.toMatchObject({ name, $metadata: { httpStatusCode: status } });

  it('unknown interface, foreign address, primary address, taken address', async () => {
    const ec2 = arbiter();
    await ec2.send(assign(1, [VIP]));
    await refused(ec2.send(assign(9, [VIP])), 'InvalidNetworkInterfaceID.NotFound');
    await refused(ec2.send(assign(1, ['10.0.0.1'])), 'InvalidParameterValue');
    await refused(ec2.send(assign(1, ['172.31.0.1'])), 'InvalidParameterValue');
    await refused(ec2.send(assign(1, ['nonsense'])), 'InvalidParameterValue');
    await refused(ec2.send(assign(2, ['172.31.0.11'])), 'InvalidParameterValue');
    await refused(ec2.send(assign(2, [VIP], false)), 'Resource.AlreadyAssigned');
    await refused(ec2.send(assign(2, ['172.31.0.202', '10.0.0.1'])), 'InvalidParameterValue');
    expect(cloud.secondaries(eni(2), 'control')).toEqual([]);
  });

  it('too many addresses', async () => {
    const many = Array.from({ length: 10 }, (_, index) => `172.31.0.${150 + index}`);
    await refused(arbiter().send(assign(1, many)), 'PrivateIpAddressLimitExceeded');
  });

  it('missing and contradicting parameters', async () => {
    const ec2 = arbiter();
    await refused(
      ec2.send(new AssignPrivateIpAddressesCommand({ NetworkInterfaceId: eni(1) })),
      'MissingParameter',
    );
    await refused(
      ec2.send(
        new AssignPrivateIpAddressesCommand({
          NetworkInterfaceId: eni(1),
          PrivateIpAddresses: [VIP],
          SecondaryPrivateIpAddressCount: 1,
        }),
      ),
      'InvalidParameterCombination',
    );
  });

  it('unassigning a primary or a foreign address', async () => {
    const ec2 = arbiter();
    for (const address of ['172.31.0.11', VIP])
      await refused(
        ec2.send(
          new UnassignPrivateIpAddressesCommand({
            NetworkInterfaceId: eni(1),
            PrivateIpAddresses: [address],
          }),
        ),
        'InvalidParameterValue',
      );
  });

  it('a member may look but not write', async () => {
    const ec2 = clientOf(credentials.session(MEMBER_ROLE, instanceId(1)));
    await ec2.send(new DescribeInstancesCommand({}));
    await refused(ec2.send(assign(1, [VIP])), 'UnauthorizedOperation', 403);
    expect(calls.at(-1)).toMatchObject({ status: 403, errorCode: 'UnauthorizedOperation' });
  });

  it('wrong secrets and tokens', async () => {
    const who = credentials.session(ARBITER_ROLE, 'keepaloft-heartbeat');
    await refused(
      clientOf(who, { secretAccessKey: 'x'.repeat(40) }).send(assign(1, [VIP])),
      'AuthFailure',
      401,
    );
    await refused(clientOf(who, { sessionToken: 'x' }).send(assign(1, [VIP])), 'AuthFailure', 401);
  });

  it('an action the lab does not know', async () => {
    await refused(
      operator().send(new DeleteRouteTableCommand({ RouteTableId: 'rtb-0a000000000000001' })),
      'InvalidAction',
    );
  });
});

describe('describe', () => {
  it('instances with interfaces, addresses, tags and state', async () => {
    const ec2 = operator();
    await ec2.send(assign(1, [VIP]));
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [instanceId(1)] }));
    expect(Reservations?.[0]?.Instances?.[0]).toMatchObject({
      InstanceId: instanceId(1),
      State: { Code: 16, Name: 'running' },
      PrivateIpAddress: '172.31.0.11',
      SubnetId: SUBNET,
      VpcId: VPC,
      Placement: { AvailabilityZone: 'us-east-1a' },
      Tags: [
        { Key: 'Name', Value: 'host1' },
        { Key: 'role', Value: 'db' },
      ],
      NetworkInterfaces: [
        {
          NetworkInterfaceId: eni(1),
          MacAddress: '02:00:ac:1f:00:11',
          PrivateIpAddresses: [
            { PrivateIpAddress: '172.31.0.11', Primary: true },
            { PrivateIpAddress: VIP, Primary: false },
          ],
          Attachment: { DeviceIndex: 0, Status: 'attached' },
        },
      ],
    });
  });

  it('interfaces by filter, the older truth until propagated', async () => {
    const ec2 = operator();
    await ec2.send(assign(1, [VIP]));
    cloud.delays.propagationMs = 40;
    await ec2.send(assign(2, [VIP]));
    const owner = async () => {
      const Filters = [{ Name: 'addresses.private-ip-address', Values: [VIP] }];
      const { NetworkInterfaces } = await ec2.send(new DescribeNetworkInterfacesCommand({ Filters }));
      return NetworkInterfaces?.map((one) => [one.NetworkInterfaceId, one.Attachment?.InstanceId]);
    };
    expect(await owner()).toEqual([[eni(1), instanceId(1)]]);
    await expect.poll(owner).toEqual([[eni(2), instanceId(2)]]);
  });

  it('filters by tag with wildcards and several values, and refuses unknown ones', async () => {
    const ec2 = operator();
    const ids = async (Name: string, Values: string[]) => {
      const { Reservations } = await ec2.send(new DescribeInstancesCommand({ Filters: [{ Name, Values }] }));
      return Reservations?.flatMap((one) => one.Instances?.map((instance) => instance.InstanceId)) ?? [];
    };
    expect(await ids('tag:role', ['d*'])).toEqual([instanceId(1), instanceId(2)]);
    expect(await ids('tag:Name', ['host1', 'host?'])).toHaveLength(3);
    expect(await ids('private-ip-address', ['172.31.0.12'])).toEqual([instanceId(2)]);
    cloud.setInstanceState(instanceId(2), 'stopped');
    expect(await ids('instance-state-name', ['stopped'])).toEqual([instanceId(2)]);
    await expect(ids('no-such-filter', ['x'])).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  it('subnets with their free addresses', async () => {
    const { Subnets } = await operator().send(new DescribeSubnetsCommand({ SubnetIds: [SUBNET] }));
    expect(Subnets).toMatchObject([
      { CidrBlock: '172.31.0.0/24', AvailableIpAddressCount: 256 - 5 - 3, VpcId: VPC },
    ]);
  });

  it('pages', async () => {
    for (const n of [4, 5, 6, 7])
      cloud.addInstance({
        instanceId: instanceId(n),
        networkInterfaceId: eni(n),
        subnetId: SUBNET,
        privateIpAddress: `172.31.0.1${n}`,
        macAddress: `02:00:ac:1f:00:1${n}`,
      });
    const ec2 = operator();
    const first = await ec2.send(new DescribeNetworkInterfacesCommand({ MaxResults: 5 }));
    expect(first.NetworkInterfaces).toHaveLength(5);
    const rest = await ec2.send(
      new DescribeNetworkInterfacesCommand({ MaxResults: 5, NextToken: first.NextToken }),
    );
    expect(rest.NetworkInterfaces?.map((one) => one.NetworkInterfaceId)).toEqual([eni(6), eni(7)]);
    expect(rest.NextToken).toBeUndefined();
  });

  it('unknown ids and dry runs', async () => {
    const ec2 = operator();
    const refused = (promise: Promise<unknown>, name: string) =>
      expect(promise).rejects.toMatchObject({ name });
    await refused(
      ec2.send(new DescribeInstancesCommand({ InstanceIds: ['i-9'] })),
      'InvalidInstanceID.NotFound',
    );
    await refused(
      ec2.send(new DescribeSubnetsCommand({ SubnetIds: ['subnet-9'] })),
      'InvalidSubnetID.NotFound',
    );
    await refused(
      ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [eni(9)] })),
      'InvalidNetworkInterfaceID.NotFound',
    );
    await refused(ec2.send(new DescribeInstancesCommand({ DryRun: true })), 'DryRunOperation');
  });
});

describe('temper', () => {
  it('throttles on command, per action, for a time', async () => {
    const ec2 = operator();
    end.fault({ kind: 'throttle', action: 'AssignPrivateIpAddresses', forMs: 100 });
    await expect(ec2.send(assign(1, [VIP]))).rejects.toMatchObject({
      name: 'RequestLimitExceeded',
      $metadata: { httpStatusCode: 503 },
    });
    await ec2.send(new DescribeSubnetsCommand({}));
    await expect
      .poll(() =>
        ec2.send(assign(1, [VIP])).then(
          () => 'served',
          () => 'throttled',
        ),
      )
      .toBe('served');
    expect(end.counts()['DescribeSubnets']).toEqual({ calls: 1, errors: 0 });
  });

  it('throttles one address and no other, and heals it alone', async () => {
    const ec2 = operator();
    end.fault({ kind: 'throttle', action: VIP });
    end.fault({ kind: 'error', code: 'Unavailable', action: 'DescribeSubnets' });
    await expect(ec2.send(assign(1, [VIP]))).rejects.toMatchObject({ name: 'RequestLimitExceeded' });
    await ec2.send(assign(1, ['172.31.0.202']));
    end.heal(VIP);
    await ec2.send(assign(1, [VIP]));
    await expect(ec2.send(new DescribeSubnetsCommand({}))).rejects.toMatchObject({ name: 'Unavailable' });
  });

  it('fails with any code until healed', async () => {
    const ec2 = operator();
    end.fault({ kind: 'error', code: 'Unavailable' });
    await expect(ec2.send(assign(1, [VIP]))).rejects.toMatchObject({ name: 'Unavailable' });
    end.heal();
    await ec2.send(assign(1, [VIP]));
  });

  it('empties a bucket of 100 writes', async () => {
    const ec2 = operator();
    const results = await Promise.allSettled(Array.from({ length: 110 }, () => ec2.send(assign(1, [VIP]))));
    const throttled = results.filter((one) => one.status === 'rejected');
    expect(throttled.length).toBeGreaterThan(0);
    expect(throttled.length).toBeLessThanOrEqual(10);
  });

  it('holds a call so that a later one is accepted first', async () => {
    const ec2 = operator();
    end.fault({ kind: 'hold', holdMs: 80, action: 'AssignPrivateIpAddresses' });
    const late = ec2.send(assign(1, [VIP]));
    await expect.poll(() => end.received('AssignPrivateIpAddresses')).toBe(1);
    end.heal();
    await ec2.send(assign(2, [VIP]));
    await late;
    expect(cloud.ownerOf(VIP, 'fabric')).toBe(eni(1));
  });
});
