/** DescribeVpcs, DescribeRouteTables and DescribeAddresses, as the eventually consistent view shows them. */
import { LAB_REGION } from '../credentials.ts';
import { type Cloud, vpcNotFound } from './cloud.ts';
import { page, pick, selection } from './describe.ts';
import { Ec2Error } from './errors.ts';
import { addressFilters, routeTableFilters, vpcFilters } from './filter-tables.ts';
import { applyFilters } from './filters.ts';
import type { Allocation, RouteTable, Vpc } from './model.ts';
import { endDryRun, type QueryParams } from './params.ts';
import { isInterface, LOCAL, type Route } from './routes.ts';
import { tagSet } from './shapes.ts';
import { type Field, list, type Markup, record } from './xml.ts';

/** The id of something that belongs to another thing, and that nobody asks for by itself. */
const dependentId = (prefix: string, id: string, index: number): string =>
  `${prefix}-${index.toString(16)}${id.slice(id.indexOf('-') + 2)}`;

const vpcMarkup = (cloud: Cloud, { vpcId, cidrBlocks, tags }: Vpc): Markup =>
  record({
    vpcId,
    ownerId: cloud.accountId,
    state: 'available',
    cidrBlock: cidrBlocks[0],
    cidrBlockAssociationSet: list(
      cidrBlocks.map((cidrBlock, index) =>
        record({
          cidrBlock,
          associationId: dependentId('vpc-cidr-assoc', vpcId, index),
          cidrBlockState: record({ state: 'associated' }),
        }),
      ),
    ),
    instanceTenancy: 'default',
    isDefault: false,
    tagSet: tagSet(tags),
  });

export function describeVpcs(cloud: Cloud, params: QueryParams): Record<string, Field> {
  const wanted = selection(params, 'VpcId');
  const picked = pick(cloud.vpcs(), wanted.ids, (one) => one.vpcId, vpcNotFound);
  const { members, nextToken } = page(applyFilters(picked, wanted.filters, vpcFilters(cloud)), wanted);
  return { vpcSet: list(members.map((one) => vpcMarkup(cloud, one))), nextToken };
}

/** A route to an interface also names the instance that has it. */
function targetFields(cloud: Cloud, target: string): Record<string, Field> {
  if (!isInterface(target)) return { gatewayId: target };
  const face = cloud.networkInterfaces().find((one) => one.networkInterfaceId === target);
  const instance =
    face === undefined ? {} : { instanceId: face.instanceId, instanceOwnerId: cloud.accountId };
  return { networkInterfaceId: target, ...instance };
}

const routeMarkup = (cloud: Cloud, { destination, target, isBlackhole }: Route): Markup =>
  record({
    destinationCidrBlock: destination,
    ...targetFields(cloud, target),
    state: isBlackhole ? 'blackhole' : 'active',
    origin: target === LOCAL ? 'CreateRouteTable' : 'CreateRoute',
  });

function associationSet({ routeTableId, subnetIds, isMain }: RouteTable): Markup {
  const places = [...(isMain ? [undefined] : []), ...subnetIds];
  return list(
    places.map((subnetId, index) =>
      record({
        routeTableAssociationId: dependentId('rtbassoc', routeTableId, index),
        routeTableId,
        subnetId,
        main: subnetId === undefined,
        associationState: record({ state: 'associated' }),
      }),
    ),
  );
}

const routeTableMarkup = (cloud: Cloud, table: RouteTable): Markup =>
  record({
    routeTableId: table.routeTableId,
    vpcId: table.vpcId,
    ownerId: cloud.accountId,
    routeSet: list(
      cloud.routeTables.routes(table.routeTableId, 'describe').map((route) => routeMarkup(cloud, route)),
    ),
    associationSet: associationSet(table),
    propagatingVgwSet: list([]),
    tagSet: tagSet(table.tags),
  });

export function describeRouteTables(cloud: Cloud, params: QueryParams): Record<string, Field> {
  const wanted = selection(params, 'RouteTableId');
  const picked = pick(
    cloud.routeTables.tables(),
    wanted.ids,
    (one) => one.routeTableId,
    (id) => new Ec2Error('InvalidRouteTableID.NotFound', `The routeTable ID '${id}' does not exist`),
  );
  const found = applyFilters(picked, wanted.filters, routeTableFilters(cloud));
  const { members, nextToken } = page(found, wanted);
  return { routeTableSet: list(members.map((one) => routeTableMarkup(cloud, one))), nextToken };
}

function addressMarkup(cloud: Cloud, { allocationId, publicIp, tags }: Allocation): Markup {
  const standing = cloud.elasticIps.associationOf(allocationId, 'describe');
  const face = cloud
    .networkInterfaces()
    .find((one) => one.networkInterfaceId === standing?.networkInterfaceId);
  return record({
    publicIp,
    allocationId,
    domain: 'vpc',
    instanceId: face?.instanceId,
    associationId: standing?.associationId,
    networkInterfaceId: standing?.networkInterfaceId,
    networkInterfaceOwnerId: standing === undefined ? undefined : cloud.accountId,
    privateIpAddress: standing?.privateIp,
    publicIpv4Pool: 'amazon',
    networkBorderGroup: LAB_REGION,
    tagSet: tagSet(tags),
  });
}

/** Unlike the other Describes it knows no pages. */
export function describeAddresses(cloud: Cloud, params: QueryParams): Record<string, Field> {
  const dryRun = params.flag('DryRun');
  const ids = params.list('AllocationId');
  const publicIps = params.list('PublicIp');
  const filters = params.filters();
  params.finish();
  endDryRun(dryRun);
  const absent = (id: string) =>
    new Ec2Error('InvalidAllocationID.NotFound', `The allocation ID '${id}' does not exist`);
  const unknown = (address: string) =>
    new Ec2Error('InvalidAddress.NotFound', `Address '${address}' not found.`);
  const byId = pick(cloud.elasticIps.allocations(), ids, (one) => one.allocationId, absent);
  const picked = pick(byId, publicIps, (one) => one.publicIp, unknown);
  return {
    addressesSet: list(
      applyFilters(picked, filters, addressFilters(cloud)).map((one) => addressMarkup(cloud, one)),
    ),
  };
}
