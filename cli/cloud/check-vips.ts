/** Whether a group's secondary IPs fit where its members are, and who has them now. Pure: facts in, findings out. */
import { bad, type Finding, ok, unknown, warn } from '../../agent/doctor/finding.ts';
import { usableMembers } from './check-members.ts';
import { type CloudFacts, firstInterface, type Owner, type PlannedGroup, type SubnetFacts } from './facts.ts';
import { isWithin, placeIn } from './ipv4.ts';

/** The subnets of the members, and their VPC: the same address may exist in another one. */
export const surroundings = (group: PlannedGroup, facts: CloudFacts) => {
  const faces = usableMembers(group, facts).flatMap((member) => firstInterface(member) ?? []);
  const ids = new Set(faces.map(({ subnet }) => subnet));
  return {
    subnets: [...ids].flatMap((id) => facts.subnets.get(id) ?? []),
    vpcs: new Set(faces.map(({ vpc }) => vpc)),
  };
};

const placeFinding = (address: string, { id, cidr }: SubnetFacts): Finding | undefined => {
  switch (placeIn(cidr, address)) {
    case 'outside':
      return bad(
        'vip-outside-subnet',
        `it lies outside the members' subnet ${id} (${cidr})`,
        'choose a free address of that subnet: a secondary IP cannot leave it',
        address,
      );
    case 'kept':
      return bad(
        'vip-kept-by-aws',
        `it is one of the five addresses of ${id} (${cidr}) that EC2 keeps`,
        'choose another: not the first four of the subnet and not the last',
        address,
      );
    case 'usable':
      return undefined;
  }
};

/** Who has a VIP that stands on an interface. */
export const ownerFinding = (address: string, group: PlannedGroup, owner: Owner | undefined): Finding => {
  if (owner === undefined) return ok('vip-free', 'nobody has it', address);
  const { eni, instance, isPrimary } = owner;
  const who = instance === undefined ? eni : `${instance} (${eni})`;
  if (isPrimary) {
    return bad(
      'vip-is-primary',
      `it is the primary address of ${who}, which never moves`,
      'choose an address that is nobody’s primary one',
      address,
    );
  }
  if (instance !== undefined && group.members.some((member) => member.instance === instance)) {
    return ok('vip-held-by-member', `${who} has it now: a member`, address);
  }
  return bad(
    'vip-held-by-stranger',
    `${who} has it now, which is no member of the group`,
    'the first election would take it from there: choose another VIP, add that instance as a member, or unassign it',
    address,
  );
};

const reservationFinding = (address: string, { id, reservations }: SubnetFacts): Finding => {
  if ('unknown' in reservations) {
    const fix = 'allow ec2:GetSubnetCidrReservations';
    return unknown('vip-not-reserved', `reservations of ${id}: ${reservations.unknown}`, fix, address);
  }
  if (reservations.some((cidr) => isWithin(cidr, address)))
    return ok('vip-reserved', `reserved in ${id}`, address);
  return warn(
    'vip-not-reserved',
    `it is not reserved in ${id}: AWS may give it to a new instance while nobody holds it`,
    `deploy with the subnet (-c subnet=${id}), or reserve ${address}/32 there`,
    address,
  );
};

/** Everything about the secondary IPs of one group. */
export const vipFindings = (group: PlannedGroup, facts: CloudFacts): Finding[] => {
  const { subnets, vpcs } = surroundings(group, facts);
  if (subnets.length === 0) return [];
  const secondary = group.vips.filter(({ fabric }) => fabric === 'secondary-ip');
  return secondary.flatMap(({ address }) => {
    const misplaced = subnets.flatMap((subnet) => placeFinding(address, subnet) ?? []);
    if (misplaced.length > 0) return misplaced;
    const owner = facts.owners.find((one) => one.address === address && vpcs.has(one.vpc));
    return [
      ownerFinding(address, group, owner),
      ...subnets.map((subnet) => reservationFinding(address, subnet)),
    ];
  });
};
