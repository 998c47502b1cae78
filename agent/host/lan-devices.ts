/** On which interface a host meets a switch: the one whose own subnet an address lies in. */
import { isInIpv6Block, isIpv6 } from '../../core/wire/ipv6.ts';
import { hostPrefix } from './address-lines.ts';
import type { LocalAddress } from './shown-addresses.ts';

const numberOf = (address: string): number =>
  address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);

/** An address that is bound alone, as a VIP is, has no subnet around it. */
const isInSubnetOf = (vip: string, { address, prefix }: LocalAddress): boolean => {
  const bits = hostPrefix(address);
  if (isIpv6(vip) !== isIpv6(address) || prefix >= bits) return false;
  if (isIpv6(vip)) return isInIpv6Block(`${address}/${prefix}`, vip);
  const size = 2 ** (bits - prefix);
  return Math.floor(numberOf(vip) / size) === Math.floor(numberOf(address) / size);
};

export class LanDevices {
  readonly #fallback: string;
  readonly #locate: () => LocalAddress[];
  /** An interface without carrier is not listed: the address stays where it was meant for. */
  readonly #known = new Map<string, string>();

  /** @param fallback for an address that lies in no subnet of the host's */
  constructor(fallback: string, locate: () => LocalAddress[]) {
    this.#fallback = fallback;
    this.#locate = locate;
  }

  deviceOf(vip: string): string {
    const found = this.#locate().find((place) => isInSubnetOf(vip, place))?.interface;
    if (found !== undefined) this.#known.set(vip, found);
    return found ?? this.#known.get(vip) ?? this.#fallback;
  }
}
