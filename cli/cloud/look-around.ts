/** Asks EC2 for what routes and Elastic IPs stand on: the VPCs' blocks, the route tables, the allocations. Only if there are any. */
import {
  DescribeAddressesCommand,
  DescribeRouteTablesCommand,
  DescribeVpcsCommand,
  type EC2Client,
  type Route,
} from '@aws-sdk/client-ec2';
import type { Vip } from '../../core/wire/names.ts';
import type { AllocationFacts, CloudFacts, TableFacts, WayFacts } from './facts.ts';

const targetOf = (route: Route): string =>
  route.NetworkInterfaceId ??
  route.GatewayId ??
  route.NatGatewayId ??
  route.TransitGatewayId ??
  route.VpcPeeringConnectionId ??
  'something else';

const waysOf = (routes: readonly Route[]): ReadonlyMap<string, WayFacts> =>
  new Map(
    routes.flatMap((route) =>
      route.DestinationCidrBlock === undefined
        ? []
        : [
            [
              route.DestinationCidrBlock,
              { to: targetOf(route), isBlackhole: route.State === 'blackhole' },
            ] as const,
          ],
    ),
  );

// By filters and not by id, all of them: one id that does not exist would fail the whole call.

const findTables = async (client: EC2Client, ids: readonly string[]): Promise<TableFacts[]> => {
  if (ids.length === 0) return [];
  const Filters = [{ Name: 'route-table-id', Values: [...ids] }];
  const answer = await client.send(new DescribeRouteTablesCommand({ Filters }));
  return (answer.RouteTables ?? []).map(({ RouteTableId: id = '?', VpcId: vpc = '?', Routes = [] }) => ({
    id,
    vpc,
    ways: waysOf(Routes),
  }));
};

const findVpcs = async (client: EC2Client, ids: readonly string[]): Promise<[string, string[]][]> => {
  if (ids.length === 0) return [];
  const answer = await client.send(
    new DescribeVpcsCommand({ Filters: [{ Name: 'vpc-id', Values: [...ids] }] }),
  );
  return (answer.Vpcs ?? []).map(({ VpcId = '?', CidrBlockAssociationSet = [] }) => [
    VpcId,
    CidrBlockAssociationSet.flatMap(({ CidrBlock }) => CidrBlock ?? []),
  ]);
};

const findAllocations = async (client: EC2Client, ids: readonly string[]): Promise<AllocationFacts[]> => {
  if (ids.length === 0) return [];
  const Filters = [{ Name: 'allocation-id', Values: [...ids] }];
  const answer = await client.send(new DescribeAddressesCommand({ Filters }));
  return (answer.Addresses ?? []).map(({ AllocationId = '?', PublicIp = '?', NetworkInterfaceId }) => ({
    id: AllocationId,
    publicIp: PublicIp,
    eni: NetworkInterfaceId,
  }));
};

/** @throws whatever the SDK throws */
export const lookAround = async (
  client: EC2Client,
  vips: readonly Vip[],
  vpcIds: readonly string[],
): Promise<Pick<CloudFacts, 'vpcs' | 'tables' | 'allocations'>> => {
  const tableIds = [...new Set(vips.flatMap((vip) => (vip.fabric === 'route' ? vip.tables : [])))];
  const allocationIds = vips.flatMap((vip) => (vip.fabric === 'elastic-ip' ? [vip.allocation] : []));
  const [tables, vpcs, allocations] = await Promise.all([
    findTables(client, tableIds),
    findVpcs(client, tableIds.length === 0 ? [] : vpcIds),
    findAllocations(client, allocationIds),
  ]);
  return {
    vpcs: new Map(vpcs),
    tables: new Map(tables.map((table) => [table.id, table])),
    allocations: new Map(allocations.map((allocation) => [allocation.id, allocation])),
  };
};
