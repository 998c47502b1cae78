// Proves that routes become true for Describe and for the network when their delays say so, and that an interface's end is seen.
import { describe, expect, it } from 'vitest';
import type { AppliedRoute } from '../../../../lab/ends/ec2/model.ts';
import { eni, instanceId, ManualClock, SUBNET, smallCloud, VPC } from '../small-vpc.ts';

const TABLE = 'rtb-00000000000000001';
const MAIN = 'rtb-00000000000000002';
const WAY = '10.99.0.1/32';

function setUp(delays = { ackMs: 0, propagationMs: 0, describeMs: 0 }, routesPerTableMax = 10) {
  const clock = new ManualClock(1_000_000);
  const told: AppliedRoute[] = [];
  const cloud = smallCloud({
    clock,
    delays,
    routesPerTableMax,
    vpcs: [{ vpcId: VPC, cidrBlocks: ['172.31.0.0/16', '10.50.0.0/16'] }],
    routeTables: [
      { routeTableId: TABLE, vpcId: VPC, subnetIds: [SUBNET] },
      { routeTableId: MAIN, vpcId: VPC, isMain: true },
    ],
    onRoute: (route) => told.push(route),
  });
  const views = () =>
    (['control', 'describe', 'fabric'] as const).map(
      (view) => cloud.routeTables.routes(TABLE, view).find(({ destination }) => destination === WAY)?.target,
    );
  return { clock, cloud, tables: cloud.routeTables, told, views };
}

describe('routes', () => {
  it('are accepted at once, and applied and shown each in its own time', () => {
    const { clock, tables, told, views } = setUp({ ackMs: 100, propagationMs: 200, describeMs: 500 });
    tables.create(TABLE, WAY, eni(1));
    expect(views()).toEqual([eni(1), undefined, undefined]);
    clock.advance(300);
    expect(views()).toEqual([eni(1), undefined, eni(1)]);
    expect(told).toEqual([
      { routeTableId: TABLE, destination: WAY, networkInterfaceId: eni(1), appliedAtMs: 1_000_300 },
    ]);
    clock.advance(300);
    expect(views()).toEqual([eni(1), eni(1), eni(1)]);
  });

  it('share the delays of the whole cloud, and a slow older change does not overwrite a newer one', () => {
    const { clock, cloud, tables, told, views } = setUp();
    cloud.delays.propagationMs = 1000;
    tables.create(TABLE, WAY, eni(1));
    cloud.delays.propagationMs = 10;
    tables.replace(TABLE, WAY, eni(2));
    clock.advance(5000);
    expect(views()).toEqual([eni(2), eni(2), eni(2)]);
    expect(told.map(({ networkInterfaceId }) => networkInterfaceId)).toEqual([eni(2)]);
  });

  it('to an interface that vanishes stay as black holes, and the network is told at once', () => {
    const { cloud, tables, told } = setUp();
    tables.create(TABLE, WAY, eni(1));
    cloud.setInstanceState(instanceId(1), 'terminated');
    expect(tables.routes(TABLE, 'describe')).toContainEqual({
      destination: WAY,
      target: eni(1),
      isBlackhole: true,
    });
    expect(told.at(-1)).toMatchObject({ destination: WAY, networkInterfaceId: null });
    expect(() => tables.replace(TABLE, WAY, eni(1))).toThrow('does not exist');
    tables.replace(TABLE, WAY, eni(2));
    expect(told.at(-1)).toMatchObject({ networkInterfaceId: eni(2) });
    tables.delete(TABLE, WAY);
    expect(told.at(-1)).toMatchObject({ networkInterfaceId: null });
  });

  it('begin with those of every block of the VPC, and a subnet without a table uses the main one', () => {
    const { cloud, tables } = setUp();
    expect(tables.routes(MAIN, 'control').map(({ destination, target }) => [destination, target])).toEqual([
      ['172.31.0.0/16', 'local'],
      ['10.50.0.0/16', 'local'],
    ]);
    cloud.addSubnet({
      subnetId: 'subnet-00000000000000002',
      vpcId: VPC,
      cidrBlock: '172.31.1.0/24',
      availabilityZone: 'us-east-1b',
    });
    expect(tables.tableOf(SUBNET)?.routeTableId).toBe(TABLE);
    expect(tables.tableOf('subnet-00000000000000002')?.routeTableId).toBe(MAIN);
  });

  it('a VPC that nobody described is as large as its subnets', () => {
    const cloud = smallCloud({ clock: new ManualClock(0) });
    expect(cloud.vpc(VPC).cidrBlocks).toEqual(['172.31.0.0/24']);
  });

  it.each([
    ['rtb-9', WAY, eni(1), 'InvalidRouteTableID.NotFound'],
    [TABLE, WAY, eni(9), 'InvalidNetworkInterfaceID.NotFound'],
    [TABLE, '172.31.9.9/32', eni(1), 'InvalidParameterValue'],
    [TABLE, '10.50.0.1/32', eni(1), 'InvalidParameterValue'],
    [TABLE, '169.254.169.1/32', eni(1), 'InvalidParameterValue'],
    [TABLE, '10.99.0.1', eni(1), 'InvalidParameterValue'],
    [TABLE, '10.99.0.2/32', eni(1), 'RouteAlreadyExists'],
  ])('refuse %s %s → %s with %s', (table, destination, target, code) => {
    const { tables } = setUp();
    tables.create(TABLE, '10.99.0.2/32', eni(2));
    expect(() => tables.create(table, destination, target)).toThrow(expect.objectContaining({ code }));
  });

  it('refuse what is not there, as EC2 does: replacing it is an invalid value, deleting it is not found', () => {
    const { tables } = setUp();
    expect(() => tables.replace(TABLE, WAY, eni(1))).toThrow(
      expect.objectContaining({ code: 'InvalidParameterValue' }),
    );
    expect(() => tables.delete(TABLE, WAY)).toThrow(
      expect.objectContaining({ code: 'InvalidRoute.NotFound' }),
    );
  });

  it('refuse one too many, and take the block of a subnet and another form of a block', () => {
    const { tables } = setUp(undefined, 4);
    tables.create(TABLE, '172.31.0.0/24', eni(1));
    tables.create(TABLE, '10.99.0.77/24', eni(1));
    expect(tables.routes(TABLE, 'control').map(({ destination }) => destination)).toContain('10.99.0.0/24');
    expect(() => tables.create(TABLE, WAY, eni(1))).toThrow(
      expect.objectContaining({ code: 'RouteLimitExceeded' }),
    );
  });
});
