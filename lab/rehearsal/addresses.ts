/** Where somebody's VIPs are in the lab's VPC: each at its own address where the lab has that, else at one that it has. Pure. */
import { isIpv6 } from '../../core/wire/ipv6.ts';
import type { Vip } from '../../core/wire/names.ts';

/** Below are the gateway, hosts and the client; on the switch the client is above. */
const FIRST = 101;
const LAST = 254;
const LAST_ON_SWITCH = 249;
/** From where the lab's own examples have theirs. */
const USUAL = 201;
const ROUTED = '10.';
const PUBLIC = '203.0.113.';
const DECIMAL = 10;
const HEXADECIMAL = 16;

const range = (prefix: string, first: number, last: number, radix = DECIMAL): string[] =>
  Array.from({ length: last - first + 1 }, (_, index) => `${prefix}${(first + index).toString(radix)}`);
const POOLS: Readonly<Partial<Record<Vip['fabric'], readonly string[]>>> = {
  'secondary-ip': [...range('172.31.0.', USUAL, LAST), ...range('172.31.0.', FIRST, USUAL - 1)],
  route: range('10.99.0.', 1, LAST),
  'elastic-ip': range(PUBLIC, 1, LAST),
  ipv6: range('2001:db8:0:1::', USUAL, LAST, HEXADECIMAL),
  l2: range('192.168.0.', FIRST - 1, LAST_ON_SWITCH),
};

const IPV6_ON_SWITCH = range('2001:db8:0:2::', FIRST - 1, LAST_ON_SWITCH, HEXADECIMAL);

const poolOf = ({ address, fabric }: Vip): readonly string[] | undefined =>
  fabric === 'l2' && isIpv6(address) ? IPV6_ON_SWITCH : POOLS[fabric];

/** Whether the lab has an address as it is. */
const isOfLab = (vip: Vip): boolean => {
  const { address, fabric } = vip;
  if (fabric === 'route') return address.startsWith(ROUTED);
  if (fabric === 'elastic-ip') return address.startsWith(PUBLIC);
  return poolOf(vip)?.includes(address) !== false;
};

/**
 * Every address and the one that stands for it; those that stay are theirs themselves. Where there are more than the lab has room for, the
 * rest stays as it is, and the lab refuses it with a word.
 */
export const addressesFor = (vips: readonly Vip[]): ReadonlyMap<string, string> => {
  const taken = new Set(vips.filter(isOfLab).map(({ address }) => address));
  const places = new Map<string, string>();
  for (const vip of vips) {
    const free = isOfLab(vip) ? undefined : poolOf(vip)?.find((address) => !taken.has(address));
    const place = free ?? vip.address;
    taken.add(place);
    places.set(vip.address, place);
  }
  return places;
};

/** A VIP, and the private one that it may stand on, at their places. */
export const placed = (vip: Vip, places: ReadonlyMap<string, string>): Vip => {
  const address = places.get(vip.address) ?? vip.address;
  return vip.fabric === 'elastic-ip' && vip.private !== undefined
    ? { ...vip, address, private: places.get(vip.private) ?? vip.private }
    : { ...vip, address };
};
