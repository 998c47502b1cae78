/** CreateRoute, ReplaceRoute and DeleteRoute, of IPv4 destinations. */
import type { Cloud } from './cloud.ts';
import { Ec2Error } from './errors.ts';
import { endDryRun, type QueryParams } from './params.ts';
import type { Field } from './xml.ts';

/** Other kinds of target are unknown here, and refused as such. */
const TARGETS = ['NetworkInterfaceId', 'GatewayId'] as const;

interface RouteOrder {
  routeTableId: string;
  destination: string;
  target: string;
}

function read(params: QueryParams): RouteOrder {
  const dryRun = params.flag('DryRun');
  const routeTableId = params.required('RouteTableId');
  const destination = params.required('DestinationCidrBlock');
  const targets = TARGETS.flatMap((name) => params.optional(name) ?? []);
  params.finish();
  const [target, another] = targets;
  if (target === undefined)
    throw new Ec2Error(
      'MissingParameter',
      'The request must contain exactly one of gatewayId, networkInterfaceId',
    );
  if (another !== undefined)
    throw new Ec2Error('InvalidParameterCombination', 'A route has exactly one target');
  endDryRun(dryRun);
  return { routeTableId, destination, target };
}

export function createRoute(cloud: Cloud, params: QueryParams): Record<string, Field> {
  const { routeTableId, destination, target } = read(params);
  cloud.routeTables.create(routeTableId, destination, target);
  return { return: true };
}

export function replaceRoute(cloud: Cloud, params: QueryParams): Record<string, Field> {
  const { routeTableId, destination, target } = read(params);
  cloud.routeTables.replace(routeTableId, destination, target);
  return { return: true };
}

export function deleteRoute(cloud: Cloud, params: QueryParams): Record<string, Field> {
  const dryRun = params.flag('DryRun');
  const routeTableId = params.required('RouteTableId');
  const destination = params.required('DestinationCidrBlock');
  params.finish();
  endDryRun(dryRun);
  cloud.routeTables.delete(routeTableId, destination);
  return { return: true };
}
