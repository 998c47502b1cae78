/** What EC2 says about interfaces and their networks, reduced to what a move depends on. */
import {
  DescribeNetworkInterfacesCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  type EC2Client,
  type Filter,
  type NetworkInterface,
} from '@aws-sdk/client-ec2';
import * as z from 'zod/mini';
import { type EniId, eniIdSchema, ipv4Schema } from '../../../core/wire/names.ts';
import { FabricError, type FabricScope, type Roster } from '../fabric.ts';
import { asked, askedPages } from './ask.ts';

export interface Eni {
  readonly id: EniId;
  readonly vpc: string;
  readonly subnet: string;
  readonly primary: string;
  /** The public address that the primary one goes by, if it has one. */
  readonly publicIp: string | undefined;
  readonly addresses: readonly string[];
  /** EC2 drops what is not from or to its own addresses. */
  readonly isChecked: boolean;
}

const interfaceSchema = z.object({
  NetworkInterfaceId: eniIdSchema,
  VpcId: z.string(),
  SubnetId: z.string(),
  SourceDestCheck: z.optional(z.boolean()),
  PrivateIpAddresses: z.array(
    z.object({
      PrivateIpAddress: ipv4Schema,
      Primary: z.optional(z.boolean()),
      Association: z.optional(z.object({ PublicIp: z.optional(z.string()) })),
    }),
  ),
});

const toEni = (found: NetworkInterface): Eni => {
  const parsed = interfaceSchema.safeParse(found);
  if (!parsed.success) {
    throw new FabricError(
      'UnexpectedAnswer',
      'DescribeNetworkInterfaces answered an interface without its addresses',
      parsed.error,
    );
  }
  const { NetworkInterfaceId: id, VpcId: vpc, SubnetId: subnet, PrivateIpAddresses: entries } = parsed.data;
  const first = entries.find((entry) => entry.Primary === true);
  return {
    id,
    vpc,
    subnet,
    primary: first?.PrivateIpAddress ?? '',
    publicIp: first?.Association?.PublicIp,
    addresses: entries.map((entry) => entry.PrivateIpAddress),
    isChecked: parsed.data.SourceDestCheck !== false,
  };
};

/** All interfaces that a filter finds, in every VPC of the region. @throws FabricError */
export const describeEnis = async (client: EC2Client, filter: Filter, scope: FabricScope): Promise<Eni[]> => {
  const found = await askedPages('DescribeNetworkInterfaces', scope, async (more) => {
    const command = new DescribeNetworkInterfacesCommand({ Filters: [filter], ...more });
    const answer = await client.send(command, { abortSignal: scope.signal });
    return { found: answer.NetworkInterfaces, next: answer.NextToken };
  });
  return found.map(toEni);
};

/** The members' own interfaces, as far as they exist. @throws FabricError */
export const describeMembers = (client: EC2Client, roster: Roster, scope: FabricScope): Promise<Eni[]> => {
  const ids = Object.values(roster).map(({ eni }) => eni);
  // As a filter and not by id: one that is gone would fail the whole call.
  return describeEnis(client, { Name: 'network-interface-id', Values: ids }, scope);
};

/** The VPC of the members. @throws FabricError when EC2 knows none of their interfaces */
export const vpcOf = (found: readonly Eni[], roster: Roster): string => {
  const members = new Set<string>(Object.values(roster).map((entry) => entry.eni));
  const vpc = found.find((eni) => members.has(eni.id))?.vpc;
  if (vpc !== undefined) return vpc;
  throw new FabricError(
    'MembersNotFound',
    'EC2 knows no network interface of any member: is the roster current?',
  );
};

/** The interfaces of the members, and all others that were found in the same network. @throws FabricError */
export const inMembersNetwork = (found: readonly Eni[], roster: Roster): readonly Eni[] => {
  const vpc = vpcOf(found, roster);
  return found.filter((eni) => eni.vpc === vpc);
};

/** The IPv4 block of each subnet. @throws FabricError */
export const describeSubnetCidrs = async (
  client: EC2Client,
  subnets: readonly string[],
  scope: FabricScope,
): Promise<ReadonlyMap<string, string>> => {
  const command = new DescribeSubnetsCommand({ SubnetIds: [...subnets] });
  const answer = await asked('DescribeSubnets', scope, () =>
    client.send(command, { abortSignal: scope.signal }),
  );
  return new Map((answer.Subnets ?? []).map((subnet) => [subnet.SubnetId ?? '', subnet.CidrBlock ?? '']));
};

/** All IPv4 blocks of a VPC. @throws FabricError */
export const describeVpcCidrs = async (
  client: EC2Client,
  vpc: string,
  scope: FabricScope,
): Promise<string[]> => {
  const command = new DescribeVpcsCommand({ VpcIds: [vpc] });
  const answer = await asked('DescribeVpcs', scope, () =>
    client.send(command, { abortSignal: scope.signal }),
  );
  const [found] = answer.Vpcs ?? [];
  if (found === undefined)
    throw new FabricError('UnexpectedAnswer', `DescribeVpcs answered nothing of ${vpc}`);
  const more = (found.CidrBlockAssociationSet ?? []).map(({ CidrBlock }) => CidrBlock);
  // A block on its way out may be refused still, and one on its way in already: all count.
  return [...new Set([found.CidrBlock, ...more])].filter((cidr) => cidr !== undefined);
};
