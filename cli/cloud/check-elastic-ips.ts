/** Whether a group's Elastic IPs are what the file says, and where they stand now. Pure: facts in, findings out. */
import { bad, type Finding, ok, warn } from '../../agent/doctor/finding.ts';
import type { ElasticIpVip } from '../../core/wire/names.ts';
import { usableMembers } from './check-members.ts';
import { type CloudFacts, firstInterface, instanceWith, type PlannedGroup } from './facts.ts';

const elasticIpFinding = (
  { address, allocation }: ElasticIpVip,
  group: PlannedGroup,
  facts: CloudFacts,
): Finding => {
  const found = facts.allocations.get(allocation);
  if (found === undefined) {
    const fix = 'allocate an Elastic IP, correct the id, or name the account and region: --profile, --region';
    return bad('elastic-ip-missing', `EC2 shows no Elastic IP ${allocation}`, fix, address);
  }
  if (found.publicIp !== address) {
    const fix = `write address: ${found.publicIp}, or the allocation of ${address}`;
    return bad('elastic-ip-other', `${allocation} is ${found.publicIp}`, fix, address);
  }
  if (found.eni === undefined) return ok('elastic-ip-free', 'nobody has it', address);
  const instance = instanceWith(found.eni, facts);
  if (instance !== undefined && group.members.some((member) => member.instance === instance)) {
    return ok('elastic-ip-held-by-member', `${instance} has it now: a member`, address);
  }
  return bad(
    'elastic-ip-held-by-stranger',
    `${found.eni} has it now, which is no member's`,
    'the first election would take it from there: choose another one, add that instance as a member, or disassociate it',
    address,
  );
};

/** An Elastic IP on the primary address takes the place of what the member reaches others by. */
const lossFindings = (vips: readonly ElasticIpVip[], group: PlannedGroup, facts: CloudFacts): Finding[] => {
  const loose = vips.find((vip) => vip.private === undefined);
  if (loose === undefined) return [];
  return usableMembers(group, facts).flatMap((member) => {
    const publicIp = firstInterface(member)?.publicIp;
    if (publicIp === undefined || vips.some(({ address }) => address === publicIp)) return [];
    return [
      warn(
        'loses-public-address',
        `it loses its own public address ${publicIp} when it gets ${loose.address}`,
        'let it reach the arbiter by a NAT gateway or an endpoint, or let the Elastic IP stand on a secondary IP (private)',
        member.id,
      ),
    ];
  });
};

/** Everything about the Elastic IPs of one group. */
export const elasticIpFindings = (group: PlannedGroup, facts: CloudFacts): Finding[] => {
  const vips = group.vips.filter((vip): vip is ElasticIpVip => vip.fabric === 'elastic-ip');
  return [...vips.map((vip) => elasticIpFinding(vip, group, facts)), ...lossFindings(vips, group, facts)];
};
