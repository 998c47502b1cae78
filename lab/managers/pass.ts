/** What one pass of an address manager does to an interface, as lines for `ip -batch`. Pure. */

/** An address that the interface has. */
export interface Present {
  readonly address: string;
  readonly prefix: number;
}

export interface Scene {
  readonly device: string;
  /** The host's own, primary address. */
  readonly own: string;
  /** What the interface has now. */
  readonly present: readonly Present[];
  /** Its routes, as `ip route show dev` prints them. */
  readonly routes: readonly string[];
}

/**
 * As systemd-networkd with a list of secondary addresses (amazon-ec2-net-utils): what it has not put there itself goes, and
 * what the list has is there as /32, for ever.
 */
export const listedPass = ({ device, own, present }: Scene, listed: readonly string[]): string[] => [
  ...present
    .filter(({ address }) => address !== own && !listed.includes(address))
    .map(({ address, prefix }) => `addr del ${address}/${prefix} dev ${device}`),
  ...listed.map(
    (address) => `addr replace ${address}/32 dev ${device} valid_lft forever preferred_lft forever`,
  ),
];

/** As a connection that is brought up anew: everything goes, and what the manager itself knows comes back. */
export const ownPass = ({ device, own, routes }: Scene): string[] => [
  `addr flush dev ${device}`,
  `addr add ${own}/32 dev ${device}`,
  ...routes.map((route) => `route replace ${route} dev ${device}`),
];
