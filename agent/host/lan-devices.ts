/** On which interface a host meets a switch: the one whose own subnet an address lies in. */
import type { LocalAddress } from './shown-addresses.ts';

const HOST_PREFIX = 32;

const numberOf = (address: string): number =>
  address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);

const isInSubnetOf = (vip: string, { address, prefix }: LocalAddress): boolean => {
  const size = 2 ** (HOST_PREFIX - prefix);
  return prefix < HOST_PREFIX && Math.floor(numberOf(vip) / size) === Math.floor(numberOf(address) / size);
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
