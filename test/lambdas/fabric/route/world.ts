/** The contract's world for routes: one VIP in one table, one in two. */
import type { RouteVip } from '../../../../core/wire/names.ts';
import type { World } from '../contract.ts';
import { type Ec2World, openEc2World, SUBNET, VPC } from '../ec2/world.ts';

export const TABLE_1 = 'rtb-0a000000000000001';
export const TABLE_2 = 'rtb-0a000000000000002';
export const TABLE_ABSENT = 'rtb-0a000000000000009';

export const vip = (address: string, ...tables: string[]): RouteVip => ({ address, fabric: 'route', tables });
export const ONE = vip('10.99.0.1', TABLE_1);
export const TWO = vip('10.99.0.2', TABLE_1, TABLE_2);

export interface RouteWorld extends World, Ec2World {
  /** Where the cloud itself leads a single address by one table. */
  wayOf(table: string, address: string): string | undefined;
}

export const openRoute = async (): Promise<RouteWorld> => {
  const world = await openEc2World('route', {
    vpcs: [{ vpcId: VPC, cidrBlocks: ['172.31.0.0/16', '10.50.0.0/16'] }],
    routeTables: [
      { routeTableId: TABLE_1, vpcId: VPC, subnetIds: [SUBNET] },
      { routeTableId: TABLE_2, vpcId: VPC },
    ],
    sourceDestCheck: false,
  });
  const wayOf = (table: string, address: string) =>
    world.cloud.routeTables
      .routes(table, 'control')
      .find(({ destination }) => destination === `${address}/32`)?.target;
  const tablesOf = (address: string) => (address === TWO.address ? TWO.tables : ONE.tables);
  return {
    ...world,
    isAtomic: false,
    vips: [ONE, TWO],
    impossible: vip('10.99.0.3', TABLE_ABSENT),
    wayOf,
    ownerOf: (address) => {
      const [first, ...others] = tablesOf(address).map((table) => wayOf(table, address));
      return others.every((other) => other === first) ? first : 'several';
    },
  };
};
