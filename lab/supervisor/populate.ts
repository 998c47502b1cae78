/** The account before anything is deployed: one subnet, and the hosts as instances in it. */
import type { Cloud } from '../ends/ec2/cloud.ts';
import { type Plan, VPC } from './plan.ts';

/** @param macOf the hardware address of a host, by its name */
export const populate = (cloud: Cloud, { hosts }: Plan, macOf: (name: string) => string): void => {
  cloud.addSubnet({
    subnetId: VPC.subnetId,
    vpcId: VPC.vpcId,
    cidrBlock: VPC.subnetCidr,
    availabilityZone: VPC.zone,
  });
  for (const { instanceId, eni, address, name } of hosts) {
    cloud.addInstance({
      instanceId,
      networkInterfaceId: eni,
      subnetId: VPC.subnetId,
      privateIpAddress: address,
      macAddress: macOf(name),
      tags: { Name: name },
    });
  }
};
