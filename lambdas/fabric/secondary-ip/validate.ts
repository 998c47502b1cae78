/** Whether a secondary address can ever live on the members' interfaces. */
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { Vip } from '../../../core/wire/names.ts';
import { FabricError, type FabricScope, type Finding, type Roster } from '../fabric.ts';
import { describeEnis, describeSubnetCidrs, type Eni } from './describe.ts';

const toNumber = (address: string): number =>
  address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);

/** EC2 keeps the first four addresses of a subnet and the last one for itself. */
const RESERVED_FIRST = 4;
const RESERVED_LAST = 1;

type Place = 'usable' | 'reserved' | 'outside';

/** Where `address` lies in `cidr`, such as 172.31.0.0/24. */
const placeIn = (cidr: string, address: string): Place => {
  const [base = '', bits = '32'] = cidr.split('/');
  const size = 2 ** (32 - Number(bits));
  const offset = toNumber(address) - toNumber(base);
  if (offset < 0 || offset >= size) return 'outside';
  return offset < RESERVED_FIRST || offset >= size - RESERVED_LAST ? 'reserved' : 'usable';
};

const REASON: Readonly<Record<Exclude<Place, 'usable'>, string>> = {
  outside:
    'lies outside the subnet of the member: a secondary IP cannot leave its subnet, use a route instead',
  reserved: 'is one of the five addresses that EC2 keeps in every subnet: choose another',
};

const memberFindings = (vips: readonly Vip[], member: string, cidr: string): Finding[] =>
  vips.flatMap(({ address }) => {
    const place = placeIn(cidr, address);
    return place === 'usable' ? [] : [{ address, member, message: `${address} ${REASON[place]} (${cidr})` }];
  });

const primaryFindings = (vips: readonly Vip[], enis: readonly Eni[]): Finding[] =>
  vips.flatMap(({ address }) => {
    const owner = enis.find((eni) => eni.primary === address);
    if (owner === undefined) return [];
    const message = `${address} is the primary address of ${owner.id}, which never moves: choose another`;
    return [{ address, member: null, message }];
  });

/** The interfaces of the members, and all that have a VIP in the same network. @throws FabricError */
export const inMembersNetwork = (found: readonly Eni[], roster: Roster): readonly Eni[] => {
  const members = new Set<string>(Object.values(roster).map((entry) => entry.eni));
  const vpc = found.find((eni) => members.has(eni.id))?.vpc;
  if (vpc === undefined) {
    throw new FabricError(
      'MembersNotFound',
      'EC2 knows no network interface of any member: is the roster current?',
    );
  }
  return found.filter((eni) => eni.vpc === vpc);
};

/**
 * VIPs outside a member's subnet, reserved by EC2, or another interface's primary address; members whose interface
 * is gone. The address limit of the instance type is not looked up here: EC2 answers it as a permanent error.
 * @throws FabricError
 */
export const validate = async (
  client: EC2Client,
  vips: readonly Vip[],
  roster: Roster,
  scope: FabricScope,
): Promise<Finding[]> => {
  const addresses = [...vips, ...Object.values(roster)].map((entry) => entry.address);
  const found = await describeEnis(
    client,
    { Name: 'addresses.private-ip-address', Values: addresses },
    scope,
  );
  const near = inMembersNetwork(found, roster);
  const cidrs = await describeSubnetCidrs(client, [...new Set(near.map((eni) => eni.subnet))], scope);
  const perMember = Object.entries(roster).flatMap(([member, entry]): Finding[] => {
    const eni = near.find((candidate) => candidate.id === entry.eni);
    if (eni !== undefined) return memberFindings(vips, member, cidrs.get(eni.subnet) ?? '');
    return vips.map(({ address }) => ({
      address,
      member,
      message: `${entry.eni} of ${member} does not exist with ${entry.address}`,
    }));
  });
  return [...primaryFindings(vips, near), ...perMember];
};
