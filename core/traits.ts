/** What a kind of fabric means for hosts: whether they bind the address, and whether they can see where it is. */
import type { Vip } from './wire/names.ts';

/** The holder's kernel has it. An Elastic IP is translated before it reaches a host. */
export const isBoundByHosts = ({ fabric }: Vip): boolean => fabric !== 'elastic-ip';

/** A host's metadata lists it while the fabric delivers it there. No metadata tells of a route, nor of a switch. */
export const isSeenByHosts = ({ fabric }: Vip): boolean => fabric !== 'route' && fabric !== 'l2';

/** The cloud can be asked where it leads. Of a switch it knows nothing: there every neighbour believes what it has heard. */
export const isSeenByCloud = ({ fabric }: Vip): boolean => fabric !== 'l2';

/** It goes only from one interface to another of the same subnet. */
export const staysInSubnet = ({ fabric }: { readonly fabric: string }): boolean =>
  fabric === 'secondary-ip' || fabric === 'ipv6';

/** Who binds it is who serves: nothing but the lease keeps two hosts from it. */
export const needsLease = ({ fabric }: Vip): boolean => fabric === 'l2';

/** Of at least one VIP only the cloud's own answer tells where it is. */
export const hasUnseen = (vips: readonly Vip[]): boolean =>
  vips.some((vip) => isSeenByCloud(vip) && !isSeenByHosts(vip));

/** No host of the group can see where its VIPs are. */
export const isUnseen = (vips: readonly Vip[]): boolean => !vips.some(isSeenByHosts);

/** Looking for the VIPs would tell something. */
export const canBeLookedFor = (vips: readonly Vip[]): boolean => vips.some(isSeenByCloud);
