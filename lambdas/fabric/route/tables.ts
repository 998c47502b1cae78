/** What EC2 says about route tables, reduced to where single addresses lead. */
import {
  DescribeRouteTablesCommand,
  type DescribeRouteTablesRequest,
  type EC2Client,
  type Route,
} from '@aws-sdk/client-ec2';
import type { EniId } from '../../../core/wire/names.ts';
import { eniIdSchema } from '../../../core/wire/names.ts';
import { askedPages } from '../ec2/ask.ts';
import { FabricError, type FabricScope } from '../fabric.ts';

export const destinationOf = (address: string): string => `${address}/32`;

/** Where a table sends a single address. */
export interface Way {
  /** Undefined: to something that is no interface. */
  readonly eni: EniId | undefined;
  /** What it leads to, as EC2 names it. */
  readonly to: string;
  /** What it leads to is not there: packets are dropped. */
  readonly isBlackhole: boolean;
}

export interface Table {
  readonly id: string;
  readonly vpc: string;
  /** By destination, such as 10.99.0.1/32. */
  readonly ways: ReadonlyMap<string, Way>;
}

const TARGETS = [
  'NetworkInterfaceId',
  'GatewayId',
  'NatGatewayId',
  'TransitGatewayId',
  'VpcPeeringConnectionId',
  'LocalGatewayId',
  'CarrierGatewayId',
  'CoreNetworkArn',
  'InstanceId',
] as const;

const wayOf = (route: Route): Way => {
  const name = TARGETS.find((target) => route[target] !== undefined);
  const eni = eniIdSchema.safeParse(route.NetworkInterfaceId);
  return {
    eni: eni.success ? eni.data : undefined,
    to: name === undefined ? 'an unknown target' : (route[name] ?? ''),
    isBlackhole: route.State === 'blackhole',
  };
};

const waysOf = (routes: readonly Route[]): ReadonlyMap<string, Way> =>
  new Map(
    routes.flatMap((route) =>
      route.DestinationCidrBlock === undefined ? [] : [[route.DestinationCidrBlock, wayOf(route)]],
    ),
  );

/** @throws FabricError */
export const describeTables = async (
  client: EC2Client,
  which: Pick<DescribeRouteTablesRequest, 'RouteTableIds' | 'Filters'>,
  scope: FabricScope,
): Promise<Table[]> => {
  const found = await askedPages('DescribeRouteTables', scope, async (more) => {
    const command = new DescribeRouteTablesCommand({ ...which, ...more });
    const answer = await client.send(command, { abortSignal: scope.signal });
    return { found: answer.RouteTables, next: answer.NextToken };
  });
  return found.map(({ RouteTableId: id, VpcId: vpc, Routes: routes }) => {
    if (id === undefined || vpc === undefined || routes === undefined) {
      throw new FabricError('UnexpectedAnswer', 'DescribeRouteTables answered a table without its routes');
    }
    return { id, vpc, ways: waysOf(routes) };
  });
};
