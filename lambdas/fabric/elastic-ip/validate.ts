/** Whether an Elastic IP can be had by the members at all. */
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { ElasticIpVip } from '../../../core/wire/names.ts';
import { describeMembers, type Eni, vpcOf } from '../ec2/describe.ts';
import { absent, seats } from '../ec2/results.ts';
import type { FabricScope, Finding, Roster } from '../fabric.ts';
import { type Allocation, describeAllocations } from './allocations.ts';

const vipFindings = (vip: ElasticIpVip, known: readonly Allocation[], roster: Roster): Finding[] => {
  const { address, allocation } = vip;
  const found = known.find((candidate) => candidate.id === allocation);
  const of = { address, member: null };
  if (found === undefined) {
    return [
      {
        ...of,
        message: `${allocation} does not exist: allocate an Elastic IP, or name the one of ${address}`,
      },
    ];
  }
  if (found.publicIp !== address) {
    return [{ ...of, message: `${allocation} is ${found.publicIp} and not ${address}: name that address` }];
  }
  const isOwn = Object.values(roster).some(({ eni }) => eni === found.eni);
  if (found.eni === undefined || isOwn) return [];
  const message = `${allocation} stands on ${found.eni}, which is no member's: a move takes it away`;
  return [{ ...of, message, hint: true }];
};

/** A private address goes by one Elastic IP: a second one would push the first one off, and the next look push it back. */
const placeFindings = (vips: readonly ElasticIpVip[]): Finding[] =>
  vips.flatMap((vip, index) => {
    const first = vips.findIndex((other) => other.private === vip.private);
    if (first === index) return [];
    const place = vip.private ?? 'the primary address of the holder';
    const message = `${vip.address} and ${vips[first]?.address} both stand on ${place}: give each a secondary IP of its own (private)`;
    return [{ address: vip.address, member: null, message }];
  });

/** An Elastic IP on the primary address takes the place of what the member is reached, and reaches others, by. */
const memberFindings = (vips: readonly ElasticIpVip[], member: string, eni: Eni): Finding[] => {
  const { publicIp } = eni;
  if (publicIp === undefined || vips.some(({ address }) => address === publicIp)) return [];
  return vips
    .filter((vip) => vip.private === undefined)
    .map(({ address }) => ({
      address,
      member,
      message: `${eni.id} loses its own public address ${publicIp} when it gets ${address}: let it reach the arbiter by a NAT gateway or an endpoint, or let ${address} stand on a secondary IP (private)`,
      hint: true,
    }));
};

/** Allocations that are not there or another address, two in one place, members whose interface is gone. @throws FabricError */
export const validate = async (
  client: EC2Client,
  vips: readonly ElasticIpVip[],
  roster: Roster,
  scope: FabricScope,
): Promise<Finding[]> => {
  const ids = vips.map(({ allocation }) => allocation);
  const [enis, known] = await Promise.all([
    describeMembers(client, roster, scope),
    describeAllocations(client, { Filters: [{ Name: 'allocation-id', Values: ids }] }, scope),
  ]);
  vpcOf(enis, roster);
  const perMember = seats(roster, enis).flatMap(([member, entry, eni]) =>
    eni === undefined ? absent(vips, member, entry) : memberFindings(vips, member, eni),
  );
  return [...placeFindings(vips), ...vips.flatMap((vip) => vipFindings(vip, known, roster)), ...perMember];
};
