/** Addresses that no host accepts as those of a service. */
import { isInside } from './ec2/cidr.ts';
import type { Finding } from './fabric.ts';

const RESERVED: Readonly<Record<string, string>> = {
  '0.0.0.0/8': 'means "this network"',
  '127.0.0.0/8': 'is the host itself',
  '169.254.0.0/16': 'is link-local, where EC2 keeps its own services',
  '224.0.0.0/4': 'is multicast',
  '240.0.0.0/4': 'is reserved',
};

export const reservedFindings = ({ address }: { readonly address: string }): Finding[] =>
  Object.entries(RESERVED).flatMap(([cidr, reason]) =>
    isInside(cidr, address)
      ? [
          {
            address,
            member: null,
            message: `${address} ${reason} (${cidr}): choose an address that nothing else uses`,
          },
        ]
      : [],
  );
