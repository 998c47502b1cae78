/** IPv4 arithmetic for subnets: addresses as unsigned 32-bit numbers. */
import { isIPv4 } from 'node:net';

/** The number of an address such as `172.31.0.201`; undefined when the text is not one. */
export function addressNumber(text: string): number | undefined {
  if (!isIPv4(text)) return undefined;
  return text.split('.').reduce((number, octet) => number * 256 + Number(octet), 0);
}

export const addressText = (number: number): string =>
  [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff).join('.');

export interface Cidr {
  first: number;
  last: number;
}

/** The first and last address of a block such as `172.31.0.0/24`; undefined when the text is not one. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', bits = ''] = text.split('/');
  const number = addressNumber(address);
  if (number === undefined || !/^\d{1,2}$/.test(bits) || Number(bits) > 32) return undefined;
  const size = 2 ** (32 - Number(bits));
  const first = Math.floor(number / size) * size;
  return { first, last: first + size - 1 };
}
