/** Whether a group's IPv6 addresses fit where its members are, and who has them now. Pure: facts in, findings out. */
import { bad, type Finding } from '../../agent/doctor/finding.ts';
import { placeInIpv6 } from '../../core/wire/ipv6.ts';
import { ownerFinding, surroundings } from './check-vips.ts';
import type { CloudFacts, PlannedGroup, SubnetFacts } from './facts.ts';

/** EC2 keeps the first four addresses of every block and the last one for itself. */
const KEPT_FIRST = 4n;
const KEPT_LAST = 1n;

const placeFinding = (address: string, { id, ipv6Cidrs }: SubnetFacts): Finding | undefined => {
  if (ipv6Cidrs.length === 0) {
    const fix = 'associate an IPv6 block with the VPC and with that subnet, and choose an address of it';
    return bad('subnet-without-ipv6', `the members' subnet ${id} has no IPv6 block`, fix, address);
  }
  const places = ipv6Cidrs.flatMap((cidr) => placeInIpv6(cidr, address) ?? []);
  const place = places.find(({ offset, size }) => offset >= 0n && offset < size);
  if (place === undefined) {
    return bad(
      'vip-outside-subnet',
      `it lies outside the members' subnet ${id} (${ipv6Cidrs.join(', ')})`,
      'choose a free address of that subnet: an IPv6 address cannot leave it',
      address,
    );
  }
  return place.offset < KEPT_FIRST || place.offset >= place.size - KEPT_LAST
    ? bad(
        'vip-kept-by-aws',
        `it is one of the five addresses of ${id} (${ipv6Cidrs.join(', ')}) that EC2 keeps`,
        'choose another: not the first four of the block and not the last',
        address,
      )
    : undefined;
};

/** Everything about the IPv6 addresses of one group. None is reserved: nobody draws the same one of so many. */
export const ipv6Findings = (group: PlannedGroup, facts: CloudFacts): Finding[] => {
  const { subnets, vpcs } = surroundings(group, facts);
  if (subnets.length === 0) return [];
  return group.vips
    .filter(({ fabric }) => fabric === 'ipv6')
    .flatMap(({ address }) => {
      const misplaced = subnets.flatMap((subnet) => placeFinding(address, subnet) ?? []);
      if (misplaced.length > 0) return misplaced;
      const owner = facts.owners.find((one) => one.address === address && vpcs.has(one.vpc));
      return [ownerFinding(address, group, owner)];
    });
};
