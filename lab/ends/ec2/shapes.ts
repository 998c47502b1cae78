/** The XML shapes of instances, interfaces and subnets. */
import { LAB_REGION } from '../credentials.ts';
import type { Cloud } from './cloud.ts';
import { parseCidr } from './ipv4.ts';
import type { Instance, InstanceState, NetworkInterface, Subnet, Tags } from './model.ts';
import { type Field, list, type Markup, record } from './xml.ts';

export const STATE_CODES: Readonly<Record<InstanceState, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};
/** EC2 keeps five addresses of every subnet for itself. */
const RESERVED_ADDRESSES = 5;

const timestamp = (ms: number): string => new Date(ms).toISOString();
const dnsName = (address: string): string => `ip-${address.replaceAll('.', '-')}.ec2.internal`;
export const tagSet = (tags: Tags): Markup =>
  list(Object.entries(tags).map(([key, value]) => record({ key, value })));

export const isPrimary = (one: NetworkInterface, address: string): string =>
  String(one.privateIpAddress === address);

/** The Elastic IP of a private address, if one stands on it. */
function publicMarkup(cloud: Cloud, address: string): Markup | undefined {
  const standing = cloud.elasticIps.on(address, 'describe');
  if (standing === undefined) return undefined;
  const { allocationId, publicIp } = standing;
  const { associationId } = cloud.elasticIps.associationOf(allocationId, 'describe') ?? {};
  return record({ publicIp, ipOwnerId: cloud.accountId, allocationId, associationId });
}

function addressSet(cloud: Cloud, one: NetworkInterface): Markup {
  const addresses = [one.privateIpAddress, ...cloud.secondaries(one.networkInterfaceId, 'describe')];
  return list(
    addresses.map((address) =>
      record({
        privateIpAddress: address,
        privateDnsName: dnsName(address),
        primary: address === one.privateIpAddress,
        association: publicMarkup(cloud, address),
      }),
    ),
  );
}

/** What an interface shows both by itself and inside its instance. */
const interfaceFields = (cloud: Cloud, one: NetworkInterface): Record<string, Field> => ({
  networkInterfaceId: one.networkInterfaceId,
  subnetId: one.subnetId,
  vpcId: one.vpcId,
  description: '',
  ownerId: cloud.accountId,
  status: 'in-use',
  macAddress: one.macAddress,
  privateIpAddress: one.privateIpAddress,
  privateDnsName: dnsName(one.privateIpAddress),
  sourceDestCheck: one.sourceDestCheck,
  association: publicMarkup(cloud, one.privateIpAddress),
  groupSet: list(one.securityGroups.map((groupId) => record({ groupId, groupName: groupId }))),
  privateIpAddressesSet: addressSet(cloud, one),
  ipv6AddressesSet: list(
    cloud.ipv6s
      .of(one.networkInterfaceId, 'describe')
      .map((ipv6Address) => record({ ipv6Address, isPrimaryIpv6: false })),
  ),
  interfaceType: 'interface',
});

const attachmentFields = (one: NetworkInterface): Record<string, Field> => ({
  attachmentId: one.attachmentId,
  deviceIndex: one.deviceIndex,
  networkCardIndex: 0,
  status: 'attached',
  attachTime: timestamp(one.attachedAtMs),
  deleteOnTermination: true,
});

export const interfaceMarkup = (cloud: Cloud, one: NetworkInterface): Markup =>
  record({
    ...interfaceFields(cloud, one),
    availabilityZone: one.availabilityZone,
    requesterManaged: false,
    attachment: record({
      ...attachmentFields(one),
      instanceId: one.instanceId,
      instanceOwnerId: cloud.accountId,
    }),
    tagSet: tagSet(one.tags),
  });

export function instanceMarkup(cloud: Cloud, instance: Instance): Markup {
  const interfaces = cloud.interfacesOf(instance.instanceId);
  const first = interfaces.find((one) => one.deviceIndex === 0);
  return record({
    instanceId: instance.instanceId,
    imageId: instance.imageId,
    instanceState: record({ code: STATE_CODES[instance.state], name: instance.state }),
    privateDnsName: first === undefined ? '' : dnsName(first.privateIpAddress),
    dnsName: '',
    amiLaunchIndex: 0,
    instanceType: instance.instanceType,
    launchTime: timestamp(instance.launchedAtMs),
    placement: record({
      availabilityZone: first?.availabilityZone ?? `${LAB_REGION}a`,
      groupName: '',
      tenancy: 'default',
    }),
    monitoring: record({ state: 'disabled' }),
    subnetId: first?.subnetId,
    vpcId: first?.vpcId,
    privateIpAddress: first?.privateIpAddress,
    sourceDestCheck: first?.sourceDestCheck ?? true,
    architecture: 'x86_64',
    rootDeviceType: 'ebs',
    tagSet: tagSet(instance.tags),
    networkInterfaceSet: list(
      interfaces.map((one) =>
        record({ ...interfaceFields(cloud, one), attachment: record(attachmentFields(one)) }),
      ),
    ),
  });
}

/** How many addresses of a subnet nobody holds. */
export function availableAddresses(cloud: Cloud, subnet: Subnet): number {
  const block = parseCidr(subnet.cidrBlock);
  if (block === undefined) return 0;
  const held = cloud
    .networkInterfaces()
    .filter((one) => one.subnetId === subnet.subnetId)
    .reduce((sum, one) => sum + 1 + cloud.secondaries(one.networkInterfaceId, 'control').length, 0);
  return Math.max(0, block.last - block.first + 1 - RESERVED_ADDRESSES - held);
}

const blocksOf = ({ subnetId, ipv6CidrBlock }: Subnet): Markup[] =>
  ipv6CidrBlock === undefined
    ? []
    : [
        record({
          associationId: `subnet-cidr-assoc-${subnetId.slice('subnet-'.length)}`,
          ipv6CidrBlock,
          ipv6CidrBlockState: record({ state: 'associated' }),
        }),
      ];

export const subnetMarkup = (cloud: Cloud, subnet: Subnet): Markup =>
  record({
    subnetId: subnet.subnetId,
    subnetArn: `arn:aws:ec2:${LAB_REGION}:${cloud.accountId}:subnet/${subnet.subnetId}`,
    state: 'available',
    ownerId: cloud.accountId,
    vpcId: subnet.vpcId,
    cidrBlock: subnet.cidrBlock,
    availableIpAddressCount: availableAddresses(cloud, subnet),
    availabilityZone: subnet.availabilityZone,
    defaultForAz: false,
    mapPublicIpOnLaunch: false,
    assignIpv6AddressOnCreation: false,
    ipv6CidrBlockAssociationSet: list(blocksOf(subnet)),
    tagSet: tagSet(subnet.tags),
  });
