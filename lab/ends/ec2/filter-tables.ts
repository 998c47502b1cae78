/** Which filter names each Describe knows, and what a resource shows under them. */
import type { Cloud } from './cloud.ts';
import type { FilterTable } from './filters.ts';
import type { Allocation, Instance, NetworkInterface, RouteTable, Subnet, Vpc } from './model.ts';
import { availableAddresses, isPrimary, STATE_CODES } from './shapes.ts';

const addressesOf = (cloud: Cloud, one: NetworkInterface): string[] => [
  one.privateIpAddress,
  ...cloud.secondaries(one.networkInterfaceId, 'describe'),
];

export function instanceFilters(cloud: Cloud): FilterTable<Instance> {
  const interfaces = (instance: Instance) => cloud.interfacesOf(instance.instanceId);
  return {
    'instance-id': (one) => [one.instanceId],
    'instance-state-name': (one) => [one.state],
    'instance-state-code': (one) => [String(STATE_CODES[one.state])],
    'instance-type': (one) => [one.instanceType],
    'image-id': (one) => [one.imageId],
    'owner-id': () => [cloud.accountId],
    'availability-zone': (one) => interfaces(one).map((face) => face.availabilityZone),
    'private-ip-address': (one) => interfaces(one).map((face) => face.privateIpAddress),
    'subnet-id': (one) => interfaces(one).map((face) => face.subnetId),
    'vpc-id': (one) => interfaces(one).map((face) => face.vpcId),
    'network-interface.network-interface-id': (one) => interfaces(one).map((face) => face.networkInterfaceId),
    'network-interface.subnet-id': (one) => interfaces(one).map((face) => face.subnetId),
    'network-interface.vpc-id': (one) => interfaces(one).map((face) => face.vpcId),
    'network-interface.addresses.private-ip-address': (one) =>
      interfaces(one).flatMap((face) => addressesOf(cloud, face)),
    'network-interface.addresses.primary': (one) =>
      interfaces(one).flatMap((face) => addressesOf(cloud, face).map((address) => isPrimary(face, address))),
  };
}

export function interfaceFilters(cloud: Cloud): FilterTable<NetworkInterface> {
  return {
    'network-interface-id': (one) => [one.networkInterfaceId],
    'private-ip-address': (one) => addressesOf(cloud, one),
    'addresses.private-ip-address': (one) => addressesOf(cloud, one),
    'addresses.primary': (one) => addressesOf(cloud, one).map((address) => isPrimary(one, address)),
    'ipv6-addresses.ipv6-address': (one) => cloud.ipv6s.of(one.networkInterfaceId, 'describe'),
    'subnet-id': (one) => [one.subnetId],
    'vpc-id': (one) => [one.vpcId],
    'availability-zone': (one) => [one.availabilityZone],
    'mac-address': (one) => [one.macAddress],
    'source-dest-check': (one) => [String(one.sourceDestCheck)],
    'owner-id': () => [cloud.accountId],
    status: () => ['in-use'],
    'interface-type': () => ['interface'],
    'attachment.instance-id': (one) => [one.instanceId],
    'attachment.attachment-id': (one) => [one.attachmentId],
    'attachment.device-index': (one) => [String(one.deviceIndex)],
    'attachment.status': () => ['attached'],
  };
}

export function subnetFilters(cloud: Cloud): FilterTable<Subnet> {
  return {
    'subnet-id': (one) => [one.subnetId],
    'vpc-id': (one) => [one.vpcId],
    'availability-zone': (one) => [one.availabilityZone],
    availabilityZone: (one) => [one.availabilityZone],
    'cidr-block': (one) => [one.cidrBlock],
    'ipv6-cidr-block-association.ipv6-cidr-block': (one) => [one.ipv6CidrBlock],
    cidr: (one) => [one.cidrBlock],
    'available-ip-address-count': (one) => [String(availableAddresses(cloud, one))],
    state: () => ['available'],
    'owner-id': () => [cloud.accountId],
  };
}

export function vpcFilters(cloud: Cloud): FilterTable<Vpc> {
  return {
    'vpc-id': (one) => [one.vpcId],
    cidr: (one) => one.cidrBlocks.slice(0, 1),
    'cidr-block-association.cidr-block': (one) => one.cidrBlocks,
    state: () => ['available'],
    'owner-id': () => [cloud.accountId],
  };
}

export function routeTableFilters(cloud: Cloud): FilterTable<RouteTable> {
  const routes = ({ routeTableId }: RouteTable) => cloud.routeTables.routes(routeTableId, 'describe');
  return {
    'route-table-id': (one) => [one.routeTableId],
    'vpc-id': (one) => [one.vpcId],
    'association.subnet-id': (one) => one.subnetIds,
    'association.main': (one) => [String(one.isMain)],
    'route.destination-cidr-block': (one) => routes(one).map(({ destination }) => destination),
    'route.state': (one) => routes(one).map(({ isBlackhole }) => (isBlackhole ? 'blackhole' : 'active')),
    'owner-id': () => [cloud.accountId],
  };
}

export function addressFilters(cloud: Cloud): FilterTable<Allocation> {
  const standing = ({ allocationId }: Allocation) => cloud.elasticIps.associationOf(allocationId, 'describe');
  return {
    'allocation-id': (one) => [one.allocationId],
    'public-ip': (one) => [one.publicIp],
    domain: () => ['vpc'],
    'association-id': (one) => [standing(one)?.associationId],
    'network-interface-id': (one) => [standing(one)?.networkInterfaceId],
    'private-ip-address': (one) => [standing(one)?.privateIp],
  };
}
