/** The account before anything is deployed: its VPC, with route tables and Elastic IPs, and the hosts as instances in it. */
import type { Cloud } from '../ends/ec2/cloud.ts';
import { IPV6_CIDR } from '../net/names.ts';
import { type Plan, VPC } from './plan.ts';

const SUBNETS = [VPC.subnetId, VPC.otherSubnetId];

/** The first table is that of the first subnet and the client, the second that of the other one; a single one is of both. */
const subnetsOf = (index: number, count: number): string[] =>
  count === 1 ? SUBNETS : SUBNETS.slice(index, index + 1);

/** @param macOf the hardware address of a host, by its name */
export const populate = (
  cloud: Cloud,
  { hosts, tables, allocations, hasIpv6 }: Plan,
  macOf: (name: string) => string,
): void => {
  const { vpcId } = VPC;
  cloud.addVpc({ vpcId, cidrBlocks: [VPC.cidr] });
  cloud.addSubnet({
    subnetId: VPC.subnetId,
    vpcId,
    cidrBlock: VPC.subnetCidr,
    ...(hasIpv6 ? { ipv6CidrBlock: IPV6_CIDR } : {}),
    availabilityZone: VPC.zone,
  });
  cloud.addSubnet({
    subnetId: VPC.otherSubnetId,
    vpcId,
    cidrBlock: VPC.otherSubnetCidr,
    availabilityZone: VPC.otherZone,
  });
  for (const [index, routeTableId] of tables.entries())
    cloud.routeTables.add({ routeTableId, vpcId, subnetIds: subnetsOf(index, tables.length) });
  for (const allocation of allocations) cloud.elasticIps.add(allocation);
  for (const { instanceId, eni, address, name, isAway } of hosts) {
    cloud.addInstance({
      instanceId,
      networkInterfaceId: eni,
      subnetId: isAway ? VPC.otherSubnetId : VPC.subnetId,
      privateIpAddress: address,
      macAddress: macOf(name),
      // Where routes lead to hosts, EC2 must let them have packets that are for another address.
      sourceDestCheck: tables.length === 0,
      tags: { Name: name },
    });
  }
};
