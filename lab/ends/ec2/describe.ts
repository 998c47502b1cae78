/** DescribeInstances, DescribeNetworkInterfaces and DescribeSubnets, as the eventually consistent view shows them. */
import { type Cloud, instanceNotFound } from './cloud.ts';
import { Ec2Error } from './errors.ts';
import { instanceFilters, interfaceFilters, subnetFilters } from './filter-tables.ts';
import { applyFilters } from './filters.ts';
import { endDryRun, type QueryParams } from './params.ts';
import { instanceMarkup, interfaceMarkup, subnetMarkup } from './shapes.ts';
import { type Field, list, type Markup, record } from './xml.ts';

const PAGE_MIN = 5;
const PAGE_MAX = 1000;

interface Selection {
  ids: string[];
  filters: ReturnType<QueryParams['filters']>;
  maxResults: number | undefined;
  offset: number;
}

/** Reads what every Describe has in common; `dry-run` ends the call here. */
export function selection(params: QueryParams, idName: string): Selection {
  const dryRun = params.flag('DryRun');
  const ids = params.list(idName);
  const filters = params.filters();
  const maxResults = params.integer('MaxResults', PAGE_MIN, PAGE_MAX);
  const token = params.optional('NextToken');
  params.finish();
  if (ids.length > 0 && maxResults !== undefined)
    throw new Ec2Error('InvalidParameterCombination', `MaxResults cannot be used together with ${idName}s`);
  const offset = token === undefined ? 0 : tokenOffset(token);
  endDryRun(dryRun);
  return { ids, filters, maxResults, offset };
}

function tokenOffset(token: string): number {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  const match = /^keepaloft-page:(\d{1,9})$/.exec(text);
  if (match === null) throw new Ec2Error('InvalidNextToken', 'The token is not valid');
  return Number(match[1]);
}

export function page<T>(
  all: readonly T[],
  { maxResults, offset }: Selection,
): { members: T[]; nextToken?: string } {
  const end = maxResults === undefined ? all.length : offset + maxResults;
  const members = all.slice(offset, end);
  return end < all.length
    ? { members, nextToken: Buffer.from(`keepaloft-page:${end}`).toString('base64url') }
    : { members };
}

/** The resources named by id, in the order of existence; every id must exist. */
export function pick<T>(
  all: readonly T[],
  ids: readonly string[],
  idOf: (one: T) => string,
  absent: (id: string) => Error,
): T[] {
  const missing = ids.find((id) => !all.some((one) => idOf(one) === id));
  if (missing !== undefined) throw absent(missing);
  return ids.length === 0 ? [...all] : all.filter((one) => ids.includes(idOf(one)));
}

export function describeInstances(cloud: Cloud, params: QueryParams): Record<string, Field> {
  const wanted = selection(params, 'InstanceId');
  const picked = pick(cloud.instances(), wanted.ids, (one) => one.instanceId, instanceNotFound);
  const { members, nextToken } = page(applyFilters(picked, wanted.filters, instanceFilters(cloud)), wanted);
  const reservations = members.map((instance): Markup => {
    const reservationId = `r-${instance.instanceId.slice('i-'.length)}`;
    return record({
      reservationId,
      ownerId: cloud.accountId,
      groupSet: list([]),
      instancesSet: list([instanceMarkup(cloud, instance)]),
    });
  });
  return { reservationSet: list(reservations), nextToken };
}

export function describeNetworkInterfaces(cloud: Cloud, params: QueryParams): Record<string, Field> {
  const wanted = selection(params, 'NetworkInterfaceId');
  const picked = pick(
    cloud.networkInterfaces(),
    wanted.ids,
    (one) => one.networkInterfaceId,
    (id) =>
      new Ec2Error('InvalidNetworkInterfaceID.NotFound', `The networkInterface ID '${id}' does not exist`),
  );
  const { members, nextToken } = page(applyFilters(picked, wanted.filters, interfaceFilters(cloud)), wanted);
  return { networkInterfaceSet: list(members.map((one) => interfaceMarkup(cloud, one))), nextToken };
}

export function describeSubnets(cloud: Cloud, params: QueryParams): Record<string, Field> {
  const wanted = selection(params, 'SubnetId');
  const picked = pick(
    cloud.subnets(),
    wanted.ids,
    (one) => one.subnetId,
    (id) => new Ec2Error('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`),
  );
  const { members, nextToken } = page(applyFilters(picked, wanted.filters, subnetFilters(cloud)), wanted);
  return { subnetSet: list(members.map((one) => subnetMarkup(cloud, one))), nextToken };
}
