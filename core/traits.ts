/** What a kind of fabric means for hosts: whether they bind the address, and whether they can see where it is. */
import type { Vip } from './wire/names.ts';

/** The holder's kernel has it. An Elastic IP is translated before it reaches a host. */
export const isBoundByHosts = ({ fabric }: Vip): boolean => fabric !== 'elastic-ip';

/** A host's metadata lists it while the fabric delivers it there. No metadata tells of a route. */
export const isSeenByHosts = ({ fabric }: Vip): boolean => fabric !== 'route';

/** It goes only from one interface to another of the same subnet. */
export const staysInSubnet = ({ fabric }: { readonly fabric: string }): boolean =>
  fabric === 'secondary-ip' || fabric === 'ipv6';

/** Of at least one VIP no host can see where it is. */
export const hasUnseen = (vips: readonly Vip[]): boolean => !vips.every(isSeenByHosts);

/** No host of the group can see where its VIPs are: only the cloud's own answer tells. */
export const isUnseen = (vips: readonly Vip[]): boolean => !vips.some(isSeenByHosts);
