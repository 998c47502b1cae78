/**
 * What an earlier boot, or something else on this host, has bound of an exclusive group without a lifetime. The kernel would never end
 * it, so it must not wait for anything: not for the metadata service to say who this host is, and not for the arbiter.
 */
import type { GroupProfile } from '../../core/holder/types.ts';
import { type AddressDeps, HOST_ADDRESSES, unbind } from './addresses.ts';
import { showAddresses } from './leased-addresses.ts';

type Exclusive = Pick<GroupProfile, 'vips' | 'kernelExpiry' | 'observes'>;

/**
 * Takes it away. What has a lifetime is left: it may be serving, and the kernel ends it. Behind an nft guard an address has none by
 * itself, and its packets do.
 * @returns the VIPs that were taken away
 * @throws HostError
 */
export const dropEndless = async (
  profiles: readonly Exclusive[],
  deps: AddressDeps = HOST_ADDRESSES,
): Promise<string[]> => {
  const own = profiles.filter(
    ({ kernelExpiry, observes }) => kernelExpiry === 'address' && observes !== true,
  );
  if (own.length === 0) return [];
  const vips = new Set(own.flatMap((profile) => profile.vips));
  const endless = (await showAddresses(deps)).filter(
    ({ address, lifetimeS }) => vips.has(address) && lifetimeS === Infinity,
  );
  const [first] = endless;
  if (first === undefined) return [];
  const addresses = [...new Set(endless.map(({ address }) => address))];
  await unbind({ addresses, interface: first.interface }, deps);
  return addresses;
};
