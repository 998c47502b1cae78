/** Whether an IPv6 address can ever live on the members' interfaces. */
import { DescribeSubnetsCommand, type EC2Client } from '@aws-sdk/client-ec2';
import { placeInIpv6 } from '../../../core/wire/ipv6.ts';
import type { Vip } from '../../../core/wire/names.ts';
import { asked } from '../ec2/ask.ts';
import { absent } from '../ec2/results.ts';
import type { FabricScope, Finding, Roster } from '../fabric.ts';
import { describePlaces, type Place } from './places.ts';

/** EC2 keeps the first four addresses of a subnet's block and the last one for itself. */
const RESERVED_FIRST = 4n;
const RESERVED_LAST = 1n;

type Blocks = ReadonlyMap<string, readonly string[]>;

const describeBlocks = async (
  client: EC2Client,
  subnets: readonly string[],
  scope: FabricScope,
): Promise<Blocks> => {
  const command = new DescribeSubnetsCommand({ SubnetIds: [...subnets] });
  const answer = await asked('DescribeSubnets', scope, () =>
    client.send(command, { abortSignal: scope.signal }),
  );
  return new Map(
    (answer.Subnets ?? []).map(({ SubnetId = '', Ipv6CidrBlockAssociationSet: blocks = [] }) => [
      SubnetId,
      blocks.flatMap(({ Ipv6CidrBlock, Ipv6CidrBlockState: state }) =>
        Ipv6CidrBlock === undefined || state?.State === 'disassociated' ? [] : [Ipv6CidrBlock],
      ),
    ]),
  );
};

/** @returns what is wrong with the address in a subnet, or undefined */
const misfit = (address: string, subnet: string, blocks: readonly string[]): string | undefined => {
  if (blocks.length === 0) return `cannot be in ${subnet}, which has no IPv6 block: associate one with it`;
  const cidr = blocks.find((block) => {
    const place = placeInIpv6(block, address);
    return place !== undefined && place.offset >= 0n && place.offset < place.size;
  });
  const place = cidr === undefined ? undefined : placeInIpv6(cidr, address);
  if (place === undefined)
    return `lies outside the subnet of the member, which it cannot leave (${subnet}: ${blocks.join(', ')})`;
  return place.offset < RESERVED_FIRST || place.offset >= place.size - RESERVED_LAST
    ? `is one of the five addresses that EC2 keeps in every block: choose another (${cidr})`
    : undefined;
};

const memberFindings = (vips: readonly Vip[], member: string, { subnet }: Place, blocks: Blocks): Finding[] =>
  vips.flatMap(({ address }) => {
    const why = misfit(address, subnet, blocks.get(subnet) ?? []);
    return why === undefined ? [] : [{ address, member, message: `${address} ${why}` }];
  });

/** Who has it now, if it cannot be had from there. */
const holderFindings = (
  vips: readonly Vip[],
  places: readonly Place[],
  members: ReadonlySet<string>,
): Finding[] =>
  vips.flatMap(({ address }): Finding[] => {
    const holder = places.find(({ addresses }) => addresses.includes(address));
    if (holder === undefined) return [];
    if (holder.primary === address) {
      const message = `${address} is the primary IPv6 address of ${holder.id}, which never moves: choose another`;
      return [{ address, member: null, message }];
    }
    if (members.has(holder.id)) return [];
    // An IPv4 address can be taken from anybody. This one only from whom the arbiter has the right to take it.
    const message = `${holder.id} has ${address}, which is no member's, so it cannot be taken from there: choose another, or unassign it`;
    return [{ address, member: null, message }];
  });

/**
 * Addresses outside the members' subnets, reserved by EC2, or with somebody from whom they cannot be had; members whose
 * interface is gone. The address limit of the instance type is not looked up here: EC2 answers it as a permanent error.
 * @throws FabricError
 */
export const validate = async (
  client: EC2Client,
  vips: readonly Vip[],
  roster: Roster,
  scope: FabricScope,
): Promise<Finding[]> => {
  const enis = Object.values(roster).map(({ eni }) => eni);
  const addresses = vips.map(({ address }) => address);
  const places = await describePlaces(client, enis, addresses, scope);
  const members = new Set<string>(enis);
  const own = places.filter(({ id }) => members.has(id));
  const blocks = await describeBlocks(client, [...new Set(own.map(({ subnet }) => subnet))], scope);
  const perMember = Object.entries(roster).flatMap(([member, entry]) => {
    const place = own.find(({ id }) => id === entry.eni);
    return place === undefined ? absent(vips, member, entry) : memberFindings(vips, member, place, blocks);
  });
  return [...holderFindings(vips, places, members), ...perMember];
};
