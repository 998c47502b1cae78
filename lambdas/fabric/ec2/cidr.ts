/** Where an IPv4 address lies in a block. */

const toNumber = (address: string): number =>
  address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);

export interface Place {
  /** From the first address of the block; negative before it. */
  readonly offset: number;
  /** Addresses of the block. */
  readonly size: number;
}

/** @param cidr such as 172.31.0.0/24 */
export const placeIn = (cidr: string, address: string): Place => {
  const [base = '', bits = '32'] = cidr.split('/');
  return { offset: toNumber(address) - toNumber(base), size: 2 ** (32 - Number(bits)) };
};

export const isInside = (cidr: string, address: string): boolean => {
  const { offset, size } = placeIn(cidr, address);
  return offset >= 0 && offset < size;
};
