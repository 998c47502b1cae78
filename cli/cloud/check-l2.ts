/** Whether addresses of a switch could be meant for the VPC, where no announcement is heard. Pure: facts in, findings out. */
import { bad, type Finding, ok } from '../../agent/doctor/finding.ts';
import { surroundings } from './check-vips.ts';
import type { CloudFacts, PlannedGroup } from './facts.ts';
import { isWithin } from './ipv4.ts';

/** Everything about the addresses of one group that hosts announce themselves. */
export const l2Findings = (group: PlannedGroup, facts: CloudFacts): Finding[] =>
  group.vips.flatMap(({ fabric, address }) => {
    if (fabric !== 'l2') return [];
    const { subnets } = surroundings(group, facts);
    const around = subnets.find(({ cidr }) => isWithin(cidr, address));
    if (around === undefined)
      return [ok('l2-not-in-vpc', 'on a network of the hosts’ own, of which EC2 knows nothing', address)];
    return [
      bad(
        'l2-in-vpc',
        `it lies in the subnet ${around.id} (${around.cidr}), where EC2 delivers and nobody hears gratuitous ARP`,
        'use fabric: secondary-ip for an address of a subnet; l2 is for a switch of the hosts’ own',
        address,
      ),
    ];
  });
