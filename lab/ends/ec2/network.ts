/** What the parts of the cloud know of each other: routes lead to interfaces, Elastic IPs stand on their addresses. */
import type { View } from './address-book.ts';
import type { NetworkInterface, Subnet, Vpc } from './model.ts';

export interface Network {
  subnets(): Subnet[];
  networkInterfaces(): NetworkInterface[];
  /** @throws {Ec2Error} InvalidVpcID.NotFound */
  vpc(vpcId: string): Vpc;
  /** @throws {Ec2Error} InvalidNetworkInterfaceID.NotFound */
  networkInterface(networkInterfaceId: string): NetworkInterface;
  /** The interface that holds `address` (primary or secondary) in the given view. */
  ownerOf(address: string, view: View): string | undefined;
}
