/** Where somebody's VIPs are in the lab's VPC: each at its own address where the lab has that, else at one that it has. Pure. */
import type { Vip } from '../../core/wire/names.ts';

const SECONDARY = '172.31.0.';
/** Below are the gateway, hosts and the client. */
const SECONDARY_FIRST = 101;
const SECONDARY_LAST = 254;
const ROUTED = '10.';
const PUBLIC = '203.0.113.';

/** Whether the lab has an address as it is. Another fabric than these says itself what it takes. */
const isOfLab = ({ address, fabric }: Vip): boolean => {
  if (fabric === 'route') return address.startsWith(ROUTED);
  if (fabric === 'elastic-ip') return address.startsWith(PUBLIC);
  return (
    fabric !== 'secondary-ip' ||
    (address.startsWith(SECONDARY) && Number(address.slice(SECONDARY.length)) >= SECONDARY_FIRST)
  );
};

const range = (prefix: string, first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, index) => `${prefix}${first + index}`);
const POOLS: Readonly<Record<string, readonly string[]>> = {
  // From where the lab's own examples have theirs.
  'secondary-ip': [...range(SECONDARY, 201, SECONDARY_LAST), ...range(SECONDARY, SECONDARY_FIRST, 200)],
  route: range('10.99.0.', 1, SECONDARY_LAST),
  'elastic-ip': range(PUBLIC, 1, SECONDARY_LAST),
};

/**
 * Every address and the one that stands for it; those that stay are theirs themselves. Where there are more than the lab has room for, the
 * rest stays as it is, and the lab refuses it with a word.
 */
export const addressesFor = (vips: readonly Vip[]): ReadonlyMap<string, string> => {
  const taken = new Set(vips.filter(isOfLab).map(({ address }) => address));
  const places = new Map<string, string>();
  for (const vip of vips) {
    const free = isOfLab(vip) ? undefined : POOLS[vip.fabric]?.find((address) => !taken.has(address));
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
