// Proves that each of preflight's findings about routes and Elastic IPs can be produced, against the lab's EC2 end.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../../agent/doctor/finding.ts';
import { lookAtCloud } from '../../../cli/cloud/look.ts';
import { preflightFindings } from '../../../cli/cloud/preflight.ts';
import { readConfigFile } from '../../../cli/validate.ts';
import type { ElasticIpVip, RouteVip } from '../../../core/wire/names.ts';
import {
  type CloudWorld,
  eni,
  node,
  OTHER_SUBNET,
  openCloudWorld,
  STRANGE_VPC,
  VPC,
  writeConfig,
} from './world.ts';

const TABLE = 'rtb-0a000000000000001';
const STRANGE_TABLE = 'rtb-0b000000000000001';
const ALLOCATION = 'eipalloc-0a000000000000001';
const route = (address = '10.99.0.1', table = TABLE): RouteVip => ({
  address,
  fabric: 'route',
  tables: [table],
});
const elastic = (fields: Partial<ElasticIpVip> = {}): ElasticIpVip => ({
  address: '198.51.100.10',
  fabric: 'elastic-ip',
  allocation: ALLOCATION,
  ...fields,
});

let world: CloudWorld;
beforeEach(async () => {
  world = await openCloudWorld();
  // In two subnets: neither kind is bound to one.
  world.add(1, { sourceDestCheck: false });
  world.add(2, { sourceDestCheck: false, subnetId: OTHER_SUBNET, privateIpAddress: '172.31.1.12' });
  world.add(3, { sourceDestCheck: false });
  world.cloud.routeTables.add({ routeTableId: TABLE, vpcId: VPC });
  world.cloud.routeTables.add({ routeTableId: STRANGE_TABLE, vpcId: STRANGE_VPC });
  world.cloud.elasticIps.add({ allocationId: ALLOCATION, publicIp: '198.51.100.10' });
});
afterEach(() => world.close());

const told = async (...vips: (RouteVip | ElasticIpVip)[]) => {
  const { groups } = await readConfigFile(writeConfig({ edge: { vips } }));
  const findings = preflightFindings(groups, await lookAtCloud(world.client, groups));
  return {
    code: exitCodeOf(findings),
    all: findings.map(({ verdict, code, about }) => `${verdict} ${code} ${about ?? ''}`),
    troubles: findings.flatMap(({ verdict, code, about }) =>
      verdict === 'ok' ? [] : [`${verdict} ${code} ${about ?? ''}`],
    ),
  };
};
const associate = (networkInterfaceId: string, allocationId = ALLOCATION) =>
  world.cloud.elasticIps.associate({ allocationId, networkInterfaceId });

describe('preflight of routes and Elastic IPs', () => {
  it('of what can be deployed says so, also across subnets', async () => {
    const { code, all } = await told(route(), elastic());
    expect(code).toBe(0);
    expect(all).toEqual(
      expect.arrayContaining([
        'ok several-subnets edge',
        'ok route-free 10.99.0.1',
        `ok source-dest-check ${node(1)}`,
        'ok elastic-ip-free 198.51.100.10',
      ]),
    );
  });

  it('tells who has all of them now, when that is a member', async () => {
    world.cloud.routeTables.create(TABLE, '10.99.0.1/32', eni(1));
    associate(eni(1));
    const { code, all } = await told(route(), elastic());
    expect(code).toBe(0);
    expect(all).toEqual(
      expect.arrayContaining([
        'ok route-held-by-member 10.99.0.1',
        'ok elastic-ip-held-by-member 198.51.100.10',
        'ok holder-now edge',
      ]),
    );
  });

  it.each<[string, () => void, RouteVip | ElasticIpVip, string]>([
    ['an address of the VPC', () => undefined, route('172.31.1.9'), 'bad route-inside-vpc 172.31.1.9'],
    [
      'a table that there is not',
      () => undefined,
      route('10.99.0.1', 'rtb-0a000000000000009'),
      'bad route-table-missing 10.99.0.1',
    ],
    [
      'a table of another VPC',
      () => undefined,
      route('10.99.0.1', STRANGE_TABLE),
      'bad route-table-elsewhere 10.99.0.1',
    ],
    [
      'a route to somebody else',
      () => world.cloud.routeTables.create(TABLE, '10.99.0.1/32', eni(3)),
      route(),
      'bad route-held-by-stranger 10.99.0.1',
    ],
    [
      'a member whose source/destination check is on',
      () => world.cloud.setSourceDestCheck(eni(2), true),
      route(),
      `bad source-dest-check ${node(2)}`,
    ],
    [
      'an Elastic IP that there is not',
      () => undefined,
      elastic({ allocation: 'eipalloc-0a000000000000009' }),
      'bad elastic-ip-missing 198.51.100.10',
    ],
    [
      'one with another address',
      () => undefined,
      elastic({ address: '198.51.100.11' }),
      'bad elastic-ip-other 198.51.100.11',
    ],
    [
      'one that another instance has',
      () => associate(eni(3)),
      elastic(),
      'bad elastic-ip-held-by-stranger 198.51.100.10',
    ],
    [
      'a member that would lose its own public address',
      () => associate(eni(2), world.cloud.elasticIps.allocate().allocationId),
      elastic(),
      `warn loses-public-address ${node(2)}`,
    ],
  ])('finds %s', async (_what, setUp, vip, finding) => {
    setUp();
    const { code, troubles } = await told(vip);
    expect(troubles).toEqual([finding]);
    expect(code).toBe(finding.startsWith('bad') ? 2 : 1);
  });
});

describe('an address of a switch', () => {
  const l2Codes = async (address: string): Promise<string[]> => {
    const edge = { vips: [{ address, fabric: 'l2' as const }], exclusive: true };
    const { groups } = await readConfigFile(writeConfig({ edge }));
    const findings = preflightFindings(groups, await lookAtCloud(world.client, groups));
    return findings.flatMap(({ verdict, code }) => (code.startsWith('l2-') ? [`${verdict} ${code}`] : []));
  };

  it('is no address of a subnet, where nobody hears an announcement', async () => {
    expect(await l2Codes('172.31.0.201')).toEqual(['bad l2-in-vpc']);
    expect(await l2Codes('192.168.0.100')).toEqual(['ok l2-not-in-vpc']);
    expect(await l2Codes('2001:db8:0:2::64')).toEqual(['ok l2-not-in-vpc']);
  });
});
