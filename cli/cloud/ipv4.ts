/** Where an address lies in a block. Pure. */

const numberOf = (address: string): number =>
  address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);

/** EC2 keeps the first four addresses of a subnet and the last one for itself. */
const KEPT_FIRST = 4;
const KEPT_LAST = 1;

const offsetIn = (cidr: string, address: string): { offset: number; size: number } => {
  const [base = '', bits = '32'] = cidr.split('/');
  return { offset: numberOf(address) - numberOf(base), size: 2 ** (32 - Number(bits)) };
};

/** Whether `address` lies in `cidr`, such as 172.31.0.0/24. */
export const isWithin = (cidr: string, address: string): boolean => {
  const { offset, size } = offsetIn(cidr, address);
  return offset >= 0 && offset < size;
};

/** Where `address` lies in a subnet of EC2: `kept` is one of the five that nobody gets. */
export const placeIn = (cidr: string, address: string): 'usable' | 'kept' | 'outside' => {
  if (!isWithin(cidr, address)) return 'outside';
  const { offset, size } = offsetIn(cidr, address);
  return offset < KEPT_FIRST || offset >= size - KEPT_LAST ? 'kept' : 'usable';
};
