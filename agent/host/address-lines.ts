/** How `ip` is told of an address, whichever protocol it belongs to. */
import { isIpv6 } from '../../core/wire/ipv6.ts';

const IPV4_BITS = 32;
const IPV6_BITS = 128;

/** A VIP is bound alone, and not with the block around it. */
export const hostPrefix = (address: string): number => (isIpv6(address) ? IPV6_BITS : IPV4_BITS);

/**
 * The line that binds an address, or renews it.
 *
 * An IPv6 one is used at once (`nodad`: the arbiter has decided who has it, and the kernel's own question
 * would take a second), and deprecated from the beginning: else the kernel
 * could choose it for connections of this host's own, which would break when it moves.
 * @param lifetimeS for ever without it
 */
export const bindLine = (address: string, device: string, lifetimeS?: number): string => {
  const line = `addr replace ${address}/${hostPrefix(address)} dev ${device}`;
  const lifetime = lifetimeS === undefined ? '' : ` valid_lft ${lifetimeS}`;
  if (isIpv6(address)) return `${line} nodad${lifetime} preferred_lft 0`;
  return lifetimeS === undefined ? line : `${line}${lifetime} preferred_lft ${lifetimeS}`;
};
