/** Which secondary addresses an interface may be given. */
import type { View } from './address-book.ts';
import { Ec2Error } from './errors.ts';
import { addressNumber, addressText, parseCidr } from './ipv4.ts';
import type { NetworkInterface, Subnet } from './model.ts';

/** EC2 keeps the first four addresses of every subnet and the last one for itself. */
const RESERVED_AT_START = 4;

interface Owners {
  ownerOf(address: string, view: View): string | undefined;
}

/** @throws {Ec2Error} unless `address` lies in the assignable part of the subnet */
export function checkInSubnet(address: string, subnet: Subnet): void {
  const number = addressNumber(address);
  const block = parseCidr(subnet.cidrBlock);
  if (number === undefined || block === undefined)
    throw new Ec2Error(
      'InvalidParameterValue',
      `Value (${address}) for parameter privateIpAddress is invalid.`,
    );
  if (number < block.first + RESERVED_AT_START || number >= block.last)
    throw new Ec2Error(
      'InvalidParameterValue',
      `Address ${address} does not fall within the assignable range of subnet ${subnet.subnetId}`,
    );
}

/** @throws {Ec2Error} when another interface has the address and may keep it */
export function checkTakeable(
  address: string,
  target: NetworkInterface,
  owner: NetworkInterface | undefined,
  allowReassignment: boolean,
): void {
  if (owner === undefined) return;
  const { networkInterfaceId } = owner;
  if (owner.privateIpAddress === address)
    throw new Ec2Error(
      'InvalidParameterValue',
      `Address ${address} is the primary address of ${networkInterfaceId}`,
    );
  if (networkInterfaceId !== target.networkInterfaceId && !allowReassignment)
    throw new Ec2Error(
      'Resource.AlreadyAssigned',
      `Address ${address} is already assigned to ${networkInterfaceId}`,
    );
}

/** `count` addresses of the subnet that nobody holds, the lowest first. @throws {Ec2Error} when there are fewer */
export function freeAddresses({ subnetId, cidrBlock }: Subnet, count: number, owners: Owners): string[] {
  const block = parseCidr(cidrBlock);
  const free: string[] = [];
  if (block === undefined) return free;
  for (
    let number = block.first + RESERVED_AT_START;
    number < block.last && free.length < count;
    number += 1
  ) {
    const address = addressText(number);
    if (owners.ownerOf(address, 'control') === undefined) free.push(address);
  }
  if (free.length < count)
    throw new Ec2Error('InsufficientFreeAddressesInSubnet', `Subnet ${subnetId} has too few free addresses`);
  return free;
}
