/**
 * The IPv6 addresses of interfaces. EC2 knows no reassignment of them: one that an interface has is refused to any other, until it
 * has been taken from there.
 */
import { isIPv6 } from 'node:net';
import { placeInIpv6 } from '../../../core/wire/ipv6.ts';
import type { AddressBook, View } from './address-book.ts';
import { Ec2Error } from './errors.ts';
import type { NetworkInterface, Subnet } from './model.ts';

/** EC2 keeps the first four addresses of every block and the last one for itself. */
const RESERVED_AT_START = 4n;

interface Around {
  subnet(subnetId: string): Subnet;
  networkInterface(networkInterfaceId: string): NetworkInterface;
}

const checkInBlock = (address: string, { ipv6CidrBlock, subnetId }: Subnet): void => {
  const place = ipv6CidrBlock === undefined ? undefined : placeInIpv6(ipv6CidrBlock, address);
  if (place === undefined || place.offset < RESERVED_AT_START || place.offset >= place.size - 1n)
    throw new Ec2Error(
      'InvalidParameterValue',
      `Address ${address} does not fall within the assignable IPv6 range of subnet ${subnetId}`,
    );
};

export class Ipv6s {
  readonly #around: Around;
  readonly #book: AddressBook;
  readonly #perInterfaceMax: number;

  constructor(around: Around, book: AddressBook, perInterfaceMax: number) {
    this.#around = around;
    this.#book = book;
    this.#perInterfaceMax = perInterfaceMax;
  }

  /** An interface's IPv6 addresses in the given view, oldest assignment first. */
  of(networkInterfaceId: string, view: View): string[] {
    return this.#book.secondaries(networkInterfaceId, view).filter((address) => isIPv6(address));
  }

  /**
   * Gives addresses to an interface, all or none. Repeating it for the interface that has them changes nothing.
   * @throws {Ec2Error} with EC2's code for whatever forbids it
   */
  assign(networkInterfaceId: string, addresses: readonly string[]): string[] {
    const subnet = this.#around.subnet(this.#around.networkInterface(networkInterfaceId).subnetId);
    const wanted = [...new Set(addresses)];
    for (const address of wanted) {
      checkInBlock(address, subnet);
      const owner = this.#book.ownerOf(address, 'control');
      if (owner !== undefined && owner !== networkInterfaceId)
        throw new Ec2Error('Resource.AlreadyAssigned', `Address ${address} is already assigned to ${owner}`);
    }
    const held = this.of(networkInterfaceId, 'control');
    const added = wanted.filter((address) => !held.includes(address));
    if (held.length + added.length > this.#perInterfaceMax)
      throw new Ec2Error('PrivateIpAddressLimitExceeded', 'Number of IPv6 addresses will exceed limit.');
    for (const address of added) this.#book.accept(address, networkInterfaceId);
    return wanted;
  }

  /** Takes addresses from an interface, all or none. @throws {Ec2Error} InvalidParameterValue when it has not all of them */
  unassign(networkInterfaceId: string, addresses: readonly string[]): string[] {
    this.#around.networkInterface(networkInterfaceId);
    const wanted = [...new Set(addresses)];
    for (const address of wanted)
      if (this.#book.ownerOf(address, 'control') !== networkInterfaceId)
        throw new Ec2Error(
          'InvalidParameterValue',
          `Some of the specified addresses are not assigned to interface ${networkInterfaceId}`,
        );
    for (const address of wanted) this.#book.accept(address, undefined);
    return wanted;
  }
}
