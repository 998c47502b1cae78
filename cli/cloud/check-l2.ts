/** Whether addresses of a switch could be meant for the VPC, where no announcement is heard. Pure: facts in, findings out. */
import { bad, type Finding, ok } from '../../agent/doctor/finding.ts';
import { isInIpv6Block, isIpv6 } from '../../core/wire/ipv6.ts';
import { surroundings } from './check-vips.ts';
import type { CloudFacts, PlannedGroup, SubnetFacts } from './facts.ts';
import { isWithin } from './ipv4.ts';

/** The subnet's block that an address lies in, if any. */
const blockAround = (address: string, { cidr, ipv6Cidrs }: SubnetFacts): string | undefined =>
  isIpv6(address)
    ? ipv6Cidrs.find((block) => isInIpv6Block(block, address))
    : isWithin(cidr, address)
      ? cidr
      : undefined;

/** Everything about the addresses of one group that hosts announce themselves. */
export const l2Findings = (group: PlannedGroup, facts: CloudFacts): Finding[] =>
  group.vips.flatMap(({ fabric, address }) => {
    if (fabric !== 'l2') return [];
    const { subnets } = surroundings(group, facts);
    const [around] = subnets.flatMap((subnet) => {
      const block = blockAround(address, subnet);
      return block === undefined ? [] : [{ id: subnet.id, block }];
    });
    if (around === undefined)
      return [ok('l2-not-in-vpc', 'on a network of the hosts’ own, of which EC2 knows nothing', address)];
    return [
      bad(
        'l2-in-vpc',
        `it lies in the subnet ${around.id} (${around.block}), where EC2 delivers and nobody hears an announcement`,
        'use fabric: secondary-ip or ipv6 for an address of a subnet; l2 is for a switch of the hosts’ own',
        address,
      ),
    ];
  });
