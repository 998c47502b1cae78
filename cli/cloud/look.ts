/** Asks EC2 for the facts about a keepaloft.yaml. Reads only; whatever may be forbidden and is not needed stays unknown. */
import {
  DescribeInstancesCommand,
  DescribeInstanceTypesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSubnetsCommand,
  type EC2Client,
  type Filter,
  GetSubnetCidrReservationsCommand,
  type Instance,
  type InstanceNetworkInterface,
  type NetworkInterface,
} from '@aws-sdk/client-ec2';
import { canonicalIpv6 } from '../../core/wire/ipv6.ts';
import type { FabricKind, Vip } from '../../core/wire/names.ts';
import type { CloudFacts, InstanceFacts, InterfaceFacts, Owner, PlannedGroup, SubnetFacts } from './facts.ts';
import { lookAround } from './look-around.ts';

/** A file has at most 32 groups of 8 members: a longer answer is no answer to it. */
const PAGES_MAX = 8;

const present = (values: readonly (string | undefined)[]): string[] =>
  values.filter((value): value is string => value !== undefined);

const interfaceOf = (found: InstanceNetworkInterface): InterfaceFacts => ({
  id: found.NetworkInterfaceId ?? '?',
  deviceIndex: found.Attachment?.DeviceIndex ?? -1,
  subnet: found.SubnetId ?? '?',
  vpc: found.VpcId ?? '?',
  primary: found.PrivateIpAddress ?? '?',
  publicIp: found.Association?.PublicIp,
  addresses: present((found.PrivateIpAddresses ?? []).map((entry) => entry.PrivateIpAddress)),
  securityGroups: present((found.Groups ?? []).map((group) => group.GroupId)),
  isChecked: found.SourceDestCheck !== false,
});

const instanceOf = (found: Instance): InstanceFacts => ({
  id: found.InstanceId ?? '?',
  state: found.State?.Name ?? '?',
  type: found.InstanceType ?? '?',
  name: found.Tags?.find(({ Key }) => Key === 'Name')?.Value,
  interfaces: (found.NetworkInterfaces ?? []).map(interfaceOf),
});

/** The instances that a filter finds. @throws whatever the SDK throws */
export const findInstances = async (client: EC2Client, filters: Filter[]): Promise<InstanceFacts[]> => {
  const found: InstanceFacts[] = [];
  let token: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    // As a filter and not by id: one id that does not exist would fail the whole call.
    const answer = await client.send(
      new DescribeInstancesCommand({ Filters: filters, ...(token ? { NextToken: token } : {}) }),
    );
    found.push(...(answer.Reservations ?? []).flatMap(({ Instances = [] }) => Instances.map(instanceOf)));
    token = answer.NextToken;
    if (token === undefined || token === '') break;
  }
  return found;
};

const ownersOf = (found: NetworkInterface, wanted: ReadonlySet<string>): Owner[] =>
  (found.PrivateIpAddresses ?? []).flatMap(({ PrivateIpAddress: address, Primary }) =>
    address === undefined || !wanted.has(address)
      ? []
      : [
          {
            address,
            eni: found.NetworkInterfaceId ?? '?',
            vpc: found.VpcId ?? '?',
            isPrimary: Primary === true,
            instance: found.Attachment?.InstanceId,
          },
        ],
  );

const ipv6OwnersOf = (found: NetworkInterface, wanted: ReadonlySet<string>): Owner[] =>
  (found.Ipv6Addresses ?? []).flatMap(({ Ipv6Address = '', IsPrimaryIpv6 }) => {
    const address = canonicalIpv6(Ipv6Address) ?? '';
    const { NetworkInterfaceId: eni = '?', VpcId: vpc = '?', Attachment } = found;
    const owner = { eni, vpc, isPrimary: IsPrimaryIpv6 === true, instance: Attachment?.InstanceId };
    return wanted.has(address) ? [{ address, ...owner }] : [];
  });

const findOwners = async (
  client: EC2Client,
  filter: string,
  addresses: readonly string[],
  ownersIn: typeof ownersOf,
): Promise<Owner[]> => {
  if (addresses.length === 0) return [];
  const answer = await client.send(
    new DescribeNetworkInterfacesCommand({ Filters: [{ Name: filter, Values: [...addresses] }] }),
  );
  const wanted = new Set(addresses);
  return (answer.NetworkInterfaces ?? []).flatMap((found) => ownersIn(found, wanted));
};

/** Who has the addresses of the VIPs that stand on interfaces. */
const findHolders = async (client: EC2Client, vips: readonly Vip[]): Promise<Owner[]> => {
  const of = (kind: FabricKind): string[] =>
    vips.flatMap(({ address, fabric }) => (fabric === kind ? [address] : []));
  const found = await Promise.all([
    findOwners(client, 'addresses.private-ip-address', of('secondary-ip'), ownersOf),
    findOwners(client, 'ipv6-addresses.ipv6-address', of('ipv6'), ipv6OwnersOf),
  ]);
  return found.flat();
};

/** Of a look that is useful and not needed: what it gave, or why it gave nothing. */
const orUnknown = async <T>(look: () => Promise<T>): Promise<T | { readonly unknown: string }> => {
  try {
    return await look();
  } catch (error) {
    return { unknown: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
};

const reservationsIn = async (client: EC2Client, subnet: string): Promise<readonly string[]> => {
  const answer = await client.send(new GetSubnetCidrReservationsCommand({ SubnetId: subnet }));
  return present((answer.SubnetIpv4CidrReservations ?? []).map(({ Cidr }) => Cidr));
};

const findSubnets = async (client: EC2Client, ids: readonly string[]): Promise<SubnetFacts[]> => {
  if (ids.length === 0) return [];
  const answer = await client.send(
    new DescribeSubnetsCommand({ Filters: [{ Name: 'subnet-id', Values: [...ids] }] }),
  );
  return Promise.all(
    (answer.Subnets ?? []).map(async (found) => {
      const { SubnetId: id = '?', CidrBlock: cidr = '0.0.0.0/32', Ipv6CidrBlockAssociationSet = [] } = found;
      const ipv6Cidrs = present(Ipv6CidrBlockAssociationSet.map(({ Ipv6CidrBlock }) => Ipv6CidrBlock));
      return { id, cidr, ipv6Cidrs, reservations: await orUnknown(() => reservationsIn(client, id)) };
    }),
  );
};

const findLimits = async (
  client: EC2Client,
  types: readonly string[],
): Promise<ReadonlyMap<string, number>> => {
  const command = new DescribeInstanceTypesCommand({
    Filters: [{ Name: 'instance-type', Values: [...types] }],
  });
  const answer = await client.send(command);
  return new Map(
    (answer.InstanceTypes ?? []).flatMap(({ InstanceType: type, NetworkInfo: info }) =>
      type === undefined || info?.Ipv4AddressesPerInterface === undefined
        ? []
        : [[type, info.Ipv4AddressesPerInterface] as const],
    ),
  );
};

/**
 * Everything the checks want to know. Asks for instances and addresses at once, then for what follows from them.
 * @throws whatever the SDK throws when instances, interfaces or subnets cannot be described
 */
export const lookAtCloud = async (
  client: EC2Client,
  groups: Readonly<Record<string, PlannedGroup>>,
): Promise<CloudFacts> => {
  const planned = Object.values(groups);
  const ids = [...new Set(planned.flatMap(({ members }) => members.map(({ instance }) => instance)))];
  const vips = planned.flatMap((group) => group.vips);
  const [instances, owners] = await Promise.all([
    findInstances(client, [{ Name: 'instance-id', Values: ids }]),
    findHolders(client, vips),
  ]);
  const faces = instances.flatMap(({ interfaces }) => interfaces.filter((one) => one.deviceIndex === 0));
  const types = [...new Set(instances.map(({ type }) => type))];
  const [subnets, around, limits] = await Promise.all([
    findSubnets(client, [...new Set(faces.map(({ subnet }) => subnet))]),
    lookAround(client, vips, [...new Set(faces.map(({ vpc }) => vpc))]),
    types.length === 0
      ? new Map<string, number>()
      : orUnknown<ReadonlyMap<string, number>>(() => findLimits(client, types)),
  ]);
  return {
    instances: new Map(instances.map((instance) => [instance.id, instance])),
    subnets: new Map(subnets.map((subnet) => [subnet.id, subnet])),
    owners,
    ...around,
    limits,
  };
};
