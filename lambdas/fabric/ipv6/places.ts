/** What EC2 says about which interface has which IPv6 address. */
import { DescribeNetworkInterfacesCommand, type EC2Client, type NetworkInterface } from '@aws-sdk/client-ec2';
import * as z from 'zod/mini';
import { canonicalIpv6 } from '../../../core/wire/ipv6.ts';
import { type EniId, eniIdSchema } from '../../../core/wire/names.ts';
import { askedPages } from '../ec2/ask.ts';
import { FabricError, type FabricScope } from '../fabric.ts';

/** An interface with its IPv6 addresses. */
export interface Place {
  readonly id: EniId;
  readonly vpc: string;
  readonly subnet: string;
  /** In the spelling of RFC 5952. */
  readonly addresses: readonly string[];
  /** The address that stays on the interface for its life, if it has been given one. */
  readonly primary: string | undefined;
}

const interfaceSchema = z.object({
  NetworkInterfaceId: eniIdSchema,
  VpcId: z.string(),
  SubnetId: z.string(),
  Ipv6Addresses: z.optional(
    z.array(z.object({ Ipv6Address: z.string(), IsPrimaryIpv6: z.optional(z.boolean()) })),
  ),
});

const spelt = (address: string): string => canonicalIpv6(address) ?? address;

/** @throws FabricError */
export const placeOf = (found: NetworkInterface): Place => {
  const parsed = interfaceSchema.safeParse(found);
  if (!parsed.success) {
    throw new FabricError(
      'UnexpectedAnswer',
      'DescribeNetworkInterfaces answered an interface without its place or its IPv6 addresses',
      parsed.error,
    );
  }
  const { NetworkInterfaceId: id, VpcId: vpc, SubnetId: subnet, Ipv6Addresses: entries = [] } = parsed.data;
  const primary = entries.find(({ IsPrimaryIpv6 }) => IsPrimaryIpv6 === true)?.Ipv6Address;
  return {
    id,
    vpc,
    subnet,
    addresses: entries.map(({ Ipv6Address }) => spelt(Ipv6Address)),
    primary: primary === undefined ? undefined : spelt(primary),
  };
};

/** As filters and not by id: an interface that is gone would fail the whole call. */
export const byId = (enis: readonly EniId[]) => [{ Name: 'network-interface-id', Values: [...enis] }];
export const byAddress = (addresses: readonly string[]) => [
  { Name: 'ipv6-addresses.ipv6-address', Values: [...addresses] },
];

/**
 * These interfaces as far as they exist, and whichever interface of their VPC has one of the addresses: another VPC may use the
 * same private ones. Both are asked for, since only together they tell "nowhere" from "not found".
 * @throws FabricError also when EC2 knows none of the interfaces
 */
export const describePlaces = async (
  client: EC2Client,
  enis: readonly EniId[],
  addresses: readonly string[],
  scope: FabricScope,
): Promise<Place[]> => {
  const find = async (Filters: ReturnType<typeof byId>): Promise<Place[]> => {
    const found = await askedPages('DescribeNetworkInterfaces', scope, async (more) => {
      const command = new DescribeNetworkInterfacesCommand({ Filters, ...more });
      const answer = await client.send(command, { abortSignal: scope.signal });
      return { found: answer.NetworkInterfaces, next: answer.NextToken };
    });
    return found.map(placeOf);
  };
  const [own, having] = await Promise.all([find(byId(enis)), find(byAddress(addresses))]);
  const [{ vpc } = { vpc: undefined }] = own;
  if (vpc === undefined) {
    throw new FabricError(
      'MembersNotFound',
      'EC2 knows no network interface of any member: is the roster current?',
    );
  }
  const known = new Set<string>(own.map(({ id }) => id));
  return [...own, ...having.filter((place) => place.vpc === vpc && !known.has(place.id))];
};
