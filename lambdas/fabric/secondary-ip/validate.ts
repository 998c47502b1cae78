/** Whether a secondary address can ever live on the members' interfaces. */
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { Vip } from '../../../core/wire/names.ts';
import { placeIn } from '../ec2/cidr.ts';
import { describeEnis, describeSubnetCidrs, type Eni, inMembersNetwork } from '../ec2/describe.ts';
import { absent, seats } from '../ec2/results.ts';
import type { FabricScope, Finding, Roster } from '../fabric.ts';

/** EC2 keeps the first four addresses of a subnet and the last one for itself. */
const RESERVED_FIRST = 4;
const RESERVED_LAST = 1;

type Fit = 'usable' | 'reserved' | 'outside';

const fitOf = (cidr: string, address: string): Fit => {
  const { offset, size } = placeIn(cidr, address);
  if (offset < 0 || offset >= size) return 'outside';
  return offset < RESERVED_FIRST || offset >= size - RESERVED_LAST ? 'reserved' : 'usable';
};

const REASON: Readonly<Record<Exclude<Fit, 'usable'>, string>> = {
  outside:
    'lies outside the subnet of the member: a secondary IP cannot leave its subnet, use a route instead',
  reserved: 'is one of the five addresses that EC2 keeps in every subnet: choose another',
};

const memberFindings = (vips: readonly Vip[], member: string, cidr: string): Finding[] =>
  vips.flatMap(({ address }) => {
    const fit = fitOf(cidr, address);
    return fit === 'usable' ? [] : [{ address, member, message: `${address} ${REASON[fit]} (${cidr})` }];
  });

const primaryFindings = (vips: readonly Vip[], enis: readonly Eni[]): Finding[] =>
  vips.flatMap(({ address }) => {
    const owner = enis.find((eni) => eni.primary === address);
    if (owner === undefined) return [];
    const message = `${address} is the primary address of ${owner.id}, which never moves: choose another`;
    return [{ address, member: null, message }];
  });

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
  const perMember = seats(roster, near).flatMap(([member, entry, eni]) =>
    eni === undefined
      ? absent(vips, member, entry)
      : memberFindings(vips, member, cidrs.get(eni.subnet) ?? ''),
  );
  return [...primaryFindings(vips, near), ...perMember];
};
