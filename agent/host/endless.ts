/** Takes away, at the start, what must not stay bound while the agent knows nothing yet. */
import { endlessOf } from '../../core/holder/endless.ts';
import { type AddressDeps, HOST_ADDRESSES, unbind } from './addresses.ts';
import { showAddresses } from './leased-addresses.ts';

/**
 * Takes away what the kernel would never end of groups whose lease is the fence; see core/holder/endless.ts.
 * @returns the VIPs that were taken away
 * @throws HostError
 */
export const dropEndless = async (
  profiles: Parameters<typeof endlessOf>[0],
  deps: AddressDeps = HOST_ADDRESSES,
): Promise<string[]> => {
  if (!profiles.some(({ kernelExpiry }) => kernelExpiry !== undefined)) return [];
  const shown = await showAddresses(deps);
  const addresses = endlessOf(profiles, shown);
  const first = shown.find(({ address }) => addresses.includes(address));
  if (first !== undefined) await unbind({ addresses, interface: first.interface }, deps);
  return addresses;
};
