// Proves that the AWS SDK's own client reads and changes routes, Elastic IPs and interface checks at the EC2 end.
import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  CreateRouteCommand,
  DeleteRouteCommand,
  DescribeAddressesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeVpcsCommand,
  DisassociateAddressCommand,
  EC2Client,
  ModifyNetworkInterfaceAttributeCommand,
  ReplaceRouteCommand,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LabClock } from '../../../../lab/ends/clock.ts';
import type { Cloud } from '../../../../lab/ends/ec2/cloud.ts';
import { Ec2End } from '../../../../lab/ends/ec2/server.ts';
import { eni, instanceId, SUBNET, smallCloud, storeOf, VPC } from '../small-vpc.ts';

const TABLE = 'rtb-00000000000000001';
const WAY = { RouteTableId: TABLE, DestinationCidrBlock: '10.99.0.1/32' };
const clock = new LabClock();
const credentials = storeOf(clock);
let cloud: Cloud;
let end: Ec2End;
let ec2: EC2Client;

beforeEach(async () => {
  cloud = smallCloud({
    clock,
    vpcs: [{ vpcId: VPC, cidrBlocks: ['172.31.0.0/16', '10.50.0.0/16'] }],
    routeTables: [{ routeTableId: TABLE, vpcId: VPC, subnetIds: [SUBNET], isMain: true }],
  });
  end = new Ec2End({ clock, credentials, cloud });
  const { accessKeyId, secretAccessKey } = credentials.operator();
  ec2 = new EC2Client({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${await end.listen()}`,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey },
  });
});
afterEach(async () => {
  ec2.destroy();
  await end.close();
});

const refused = (promise: Promise<unknown>, name: string) => expect(promise).rejects.toMatchObject({ name });

describe('routes', () => {
  const table = async () =>
    (await ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [TABLE] }))).RouteTables?.[0];

  it('are created, shown, replaced and deleted', async () => {
    await ec2.send(new CreateRouteCommand({ ...WAY, NetworkInterfaceId: eni(1) }));
    await ec2.send(new ReplaceRouteCommand({ ...WAY, NetworkInterfaceId: eni(2) }));
    expect(await table()).toMatchObject({
      RouteTableId: TABLE,
      VpcId: VPC,
      Associations: [{ Main: true }, { Main: false, SubnetId: SUBNET }],
      Routes: [
        { DestinationCidrBlock: '172.31.0.0/16', GatewayId: 'local', State: 'active' },
        { DestinationCidrBlock: '10.50.0.0/16', GatewayId: 'local' },
        {
          DestinationCidrBlock: '10.99.0.1/32',
          NetworkInterfaceId: eni(2),
          InstanceId: instanceId(2),
          State: 'active',
          Origin: 'CreateRoute',
        },
      ],
    });
    cloud.setInstanceState(instanceId(2), 'terminated');
    expect((await table())?.Routes?.at(-1)).toMatchObject({ NetworkInterfaceId: eni(2), State: 'blackhole' });
    await ec2.send(new DeleteRouteCommand(WAY));
    expect((await table())?.Routes).toHaveLength(2);
  });

  it('are found by filter, and an unknown id fails the whole call', async () => {
    const Filters = [{ Name: 'route-table-id', Values: [TABLE, 'rtb-9'] }];
    const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ Filters }));
    expect(RouteTables).toHaveLength(1);
    await refused(
      ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [TABLE, 'rtb-9'] })),
      'InvalidRouteTableID.NotFound',
    );
  });

  it('need exactly one target, and know dry runs', async () => {
    await refused(ec2.send(new CreateRouteCommand(WAY)), 'MissingParameter');
    await refused(
      ec2.send(new CreateRouteCommand({ ...WAY, NetworkInterfaceId: eni(1), GatewayId: 'igw-1' })),
      'InvalidParameterCombination',
    );
    await refused(
      ec2.send(new ReplaceRouteCommand({ ...WAY, NetworkInterfaceId: eni(1), DryRun: true })),
      'DryRunOperation',
    );
  });

  it('have a bucket of 50', async () => {
    cloud.routeTables.create(TABLE, WAY.DestinationCidrBlock, eni(1));
    const replace = () => ec2.send(new ReplaceRouteCommand({ ...WAY, NetworkInterfaceId: eni(1) }));
    const results = await Promise.allSettled(Array.from({ length: 60 }, replace));
    const throttled = results.filter((one) => one.status === 'rejected');
    expect(throttled.length).toBeGreaterThan(0);
    expect(throttled.length).toBeLessThanOrEqual(10);
  });

  it('one address can be struck by a fault, and no other', async () => {
    end.fault({ kind: 'throttle', action: '10.99.0.1' });
    await refused(
      ec2.send(new CreateRouteCommand({ ...WAY, NetworkInterfaceId: eni(1) })),
      'RequestLimitExceeded',
    );
    const other = { ...WAY, DestinationCidrBlock: '10.99.0.2/32', NetworkInterfaceId: eni(1) };
    await ec2.send(new CreateRouteCommand(other));
  });
});

describe('Elastic IPs', () => {
  it('are allocated, associated, shown with their interface, and let go', async () => {
    const { AllocationId = '', PublicIp } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
    const { AssociationId } = await ec2.send(
      new AssociateAddressCommand({ AllocationId, NetworkInterfaceId: eni(1), AllowReassociation: true }),
    );
    const shown = async () =>
      (await ec2.send(new DescribeAddressesCommand({ AllocationIds: [AllocationId] }))).Addresses?.[0];
    expect(await shown()).toMatchObject({
      PublicIp,
      AssociationId,
      NetworkInterfaceId: eni(1),
      InstanceId: instanceId(1),
      PrivateIpAddress: '172.31.0.11',
    });
    const Filters = [{ Name: 'network-interface-id', Values: [eni(1)] }];
    const { NetworkInterfaces } = await ec2.send(new DescribeNetworkInterfacesCommand({ Filters }));
    expect(NetworkInterfaces?.[0]).toMatchObject({
      Association: { PublicIp },
      PrivateIpAddresses: [{ Primary: true, Association: { PublicIp, AllocationId } }],
    });
    await ec2.send(new DisassociateAddressCommand({ AssociationId }));
    expect(await shown()).not.toHaveProperty('NetworkInterfaceId');
  });

  it('go to the only interface of an instance, and to nothing that is not named', async () => {
    const { AllocationId } = await ec2.send(new AllocateAddressCommand({}));
    await ec2.send(new AssociateAddressCommand({ AllocationId, InstanceId: instanceId(3) }));
    expect(cloud.elasticIps.on('172.31.0.13', 'control')?.allocationId).toBe(AllocationId);
    await refused(ec2.send(new AssociateAddressCommand({ AllocationId })), 'MissingParameter');
    const both = { AllocationId, InstanceId: instanceId(3), NetworkInterfaceId: eni(3) };
    await refused(ec2.send(new AssociateAddressCommand(both)), 'InvalidParameterCombination');
    await refused(
      ec2.send(new DescribeAddressesCommand({ AllocationIds: ['eipalloc-9'] })),
      'InvalidAllocationID.NotFound',
    );
  });
});

describe('the network', () => {
  it('shows every block of a VPC', async () => {
    const { Vpcs } = await ec2.send(new DescribeVpcsCommand({ VpcIds: [VPC] }));
    expect(Vpcs).toMatchObject([
      {
        CidrBlock: '172.31.0.0/16',
        CidrBlockAssociationSet: [{ CidrBlock: '172.31.0.0/16' }, { CidrBlock: '10.50.0.0/16' }],
      },
    ]);
    await refused(ec2.send(new DescribeVpcsCommand({ VpcIds: ['vpc-9'] })), 'InvalidVpcID.NotFound');
  });

  it('turns the check of sources and destinations off and on', async () => {
    const check = async () => {
      const command = new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [eni(1)] });
      return (await ec2.send(command)).NetworkInterfaces?.[0]?.SourceDestCheck;
    };
    expect(await check()).toBe(true);
    await ec2.send(
      new ModifyNetworkInterfaceAttributeCommand({
        NetworkInterfaceId: eni(1),
        SourceDestCheck: { Value: false },
      }),
    );
    expect(await check()).toBe(false);
  });
});
