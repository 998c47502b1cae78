/** The EC2 actions the lab knows, by name, with what each needs from the caller. */
import { assignPrivateIpAddresses, unassignPrivateIpAddresses } from './assign.ts';
import { assignIpv6Addresses, unassignIpv6Addresses } from './assign-ipv6.ts';
import type { Cloud } from './cloud.ts';
import { describeInstances, describeNetworkInterfaces, describeSubnets } from './describe.ts';
import { describeAddresses, describeRouteTables, describeVpcs } from './describe-network.ts';
import {
  allocateAddress,
  associateAddress,
  disassociateAddress,
  modifyNetworkInterfaceAttribute,
} from './elastic.ts';
import { describeInstanceTypes, getSubnetCidrReservations } from './limits.ts';
import type { QueryParams } from './params.ts';
import { createRoute, deleteRoute, replaceRoute } from './route.ts';
import type { Field } from './xml.ts';

/** Performs one action and returns the fields of its answer. Every parameter it knows is read, then `finish` called. */
export type Perform = (cloud: Cloud, params: QueryParams) => Record<string, Field>;

export interface Action {
  perform: Perform;
  /** A write is acknowledged late (`ackMs`). */
  isWrite: boolean;
  /** A write of which EC2 takes half as many at once as of others. */
  isScarce?: boolean;
}

export const ACTIONS: Readonly<Record<string, Action>> = {
  AssignPrivateIpAddresses: { perform: assignPrivateIpAddresses, isWrite: true },
  UnassignPrivateIpAddresses: { perform: unassignPrivateIpAddresses, isWrite: true },
  AssignIpv6Addresses: { perform: assignIpv6Addresses, isWrite: true },
  UnassignIpv6Addresses: { perform: unassignIpv6Addresses, isWrite: true },
  ModifyNetworkInterfaceAttribute: { perform: modifyNetworkInterfaceAttribute, isWrite: true },
  CreateRoute: { perform: createRoute, isWrite: true, isScarce: true },
  ReplaceRoute: { perform: replaceRoute, isWrite: true, isScarce: true },
  DeleteRoute: { perform: deleteRoute, isWrite: true },
  AllocateAddress: { perform: allocateAddress, isWrite: true },
  AssociateAddress: { perform: associateAddress, isWrite: true, isScarce: true },
  DisassociateAddress: { perform: disassociateAddress, isWrite: true },
  DescribeInstances: { perform: describeInstances, isWrite: false },
  DescribeNetworkInterfaces: { perform: describeNetworkInterfaces, isWrite: false },
  DescribeSubnets: { perform: describeSubnets, isWrite: false },
  DescribeVpcs: { perform: describeVpcs, isWrite: false },
  DescribeRouteTables: { perform: describeRouteTables, isWrite: false },
  DescribeAddresses: { perform: describeAddresses, isWrite: false },
  DescribeInstanceTypes: { perform: describeInstanceTypes, isWrite: false },
  GetSubnetCidrReservations: { perform: getSubnetCidrReservations, isWrite: false },
};

/** True when a Describe names what it wants, which EC2 throttles less. */
export const isFiltered = (names: readonly string[]): boolean =>
  names.some((name) =>
    /^(Filter|InstanceId|NetworkInterfaceId|SubnetId|VpcId|RouteTableId|AllocationId|PublicIp|MaxResults)\b/.test(
      name,
    ),
  );
