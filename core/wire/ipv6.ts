/**
 * IPv6 addresses, each in the one spelling of RFC 5952: an address is a key here, in requests, items and logs, and two
 * spellings of one key would be two VIPs.
 */
import * as z from 'zod/mini';

const SPELLING = /^[0-9a-f:.]{2,45}$/i;
const HEXTETS = 8;
const HEXTET_BITS = 16n;
const ADDRESS_BITS = 128;

/** The address as RFC 5952 has it; undefined when the text is no IPv6 address. */
export const canonicalIpv6 = (text: string): string | undefined => {
  const url = `http://[${text}]`;
  // A URL's host is written in just that form.
  return SPELLING.test(text) && URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : undefined;
};

export const isIpv6 = (text: string): boolean => canonicalIpv6(text) === text;

/** The number of an address in any spelling; undefined when the text is none. */
export const ipv6Number = (text: string): bigint | undefined => {
  const address = canonicalIpv6(text);
  if (address === undefined) return undefined;
  const [before = '', after] = address.split('::');
  const head = before.split(':').filter((hextet) => hextet !== '');
  const tail = (after ?? '').split(':').filter((hextet) => hextet !== '');
  const zeros = Array.from({ length: HEXTETS - head.length - tail.length }, () => '0');
  return [...head, ...zeros, ...tail].reduce(
    (sum, hextet) => (sum << HEXTET_BITS) + BigInt(`0x${hextet}`),
    0n,
  );
};

export interface Ipv6Place {
  /** From the first address of the block; negative before it. */
  readonly offset: bigint;
  /** Addresses of the block. */
  readonly size: bigint;
}

/** Where an address lies in a block such as 2001:db8:0:1::/64; undefined when one of them is none. */
export const placeInIpv6 = (cidr: string, address: string): Ipv6Place | undefined => {
  const [base = '', bits = ''] = cidr.split('/');
  const first = ipv6Number(base);
  const number = ipv6Number(address);
  if (first === undefined || number === undefined || !/^\d{1,3}$/.test(bits) || Number(bits) > ADDRESS_BITS)
    return undefined;
  const size = 1n << BigInt(ADDRESS_BITS - Number(bits));
  return { offset: number - (first / size) * size, size };
};

export const isInIpv6Block = (cidr: string, address: string): boolean => {
  const place = placeInIpv6(cidr, address);
  return place !== undefined && place.offset >= 0n && place.offset < place.size;
};

export const ipv6Schema = z.string().check(
  z.refine(isIpv6, {
    error: ({ input }) => {
      const canonical = canonicalIpv6(String(input));
      return canonical === undefined
        ? 'an IPv6 address such as 2001:db8::c9'
        : `an IPv6 address in its short form of RFC 5952: write ${canonical}`;
    },
  }),
);

/** What no interface of a subnet has, or each has for itself: no address of a service. */
const UNUSABLE: Readonly<Record<string, string>> = {
  '::/96': 'is unspecified, the host itself, or an outdated form of an IPv4 address',
  '::ffff:0:0/96': 'is an IPv4 address in the clothes of an IPv6 one',
  'fe80::/10': 'is link-local',
  'ff00::/8': 'is multicast',
};

const reasonAgainst = (address: string): string | undefined =>
  Object.entries(UNUSABLE).find(([cidr]) => isInIpv6Block(cidr, address))?.[1];

/** An address that can be a VIP: unicast, beyond one link. */
export const ipv6VipSchema = ipv6Schema.check(
  z.refine((address) => reasonAgainst(address) === undefined, {
    error: ({ input }) =>
      `${String(input)} ${reasonAgainst(String(input)) ?? ''}: choose a unicast address of the members' own network`,
  }),
);
