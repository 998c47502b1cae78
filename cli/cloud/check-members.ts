/** Whether a group's members can hold its VIPs at all. Pure: facts in, findings out. */
import { bad, type Finding, ok, unknown, warn } from '../../agent/doctor/finding.ts';
import { staysInSubnet } from '../../core/traits.ts';
import { type CloudFacts, firstInterface, type InstanceFacts, type PlannedGroup } from './facts.ts';

const GONE: ReadonlySet<string> = new Set(['shutting-down', 'terminated']);

const instanceFinding = (id: string, facts: CloudFacts): Finding => {
  const found = facts.instances.get(id);
  if (found === undefined) {
    return bad(
      'instance-missing',
      'EC2 shows no such instance in this account and region',
      'correct the id, or name the account and region: --profile, --region',
      id,
    );
  }
  if (GONE.has(found.state)) {
    return bad('instance-gone', `it is ${found.state}`, "take it out of the group's members", id);
  }
  if (firstInterface(found) === undefined) {
    return bad(
      'no-first-interface',
      'it has no network interface with device index 0',
      'a member answers at its first interface: attach one, or choose another instance',
      id,
    );
  }
  if (found.state !== 'running') {
    return warn(
      'instance-not-running',
      `it is ${found.state}`,
      'start it: it cannot take over like this',
      id,
    );
  }
  const name = found.name === undefined ? '' : ` "${found.name}"`;
  return ok('instance', `${found.type}${name}, ${found.state}`, id);
};

/** The members that can be looked at further. */
export const usableMembers = ({ members }: PlannedGroup, { instances }: CloudFacts): InstanceFacts[] =>
  members.flatMap(({ instance }) => {
    const found = instances.get(instance);
    return found === undefined || GONE.has(found.state) || firstInterface(found) === undefined ? [] : [found];
  });

const placesOf = (members: readonly InstanceFacts[], key: 'vpc' | 'subnet'): string[] => [
  ...new Set(members.flatMap((member) => firstInterface(member)?.[key] ?? [])),
];

const placeFinding = (name: string, { vips }: PlannedGroup, members: readonly InstanceFacts[]): Finding => {
  const vpcs = placesOf(members, 'vpc');
  if (vpcs.length > 1) {
    return bad(
      'several-vpcs',
      `its members are in different VPCs: ${vpcs.join(', ')}`,
      'an address cannot leave its VPC: take members of one VPC',
      name,
    );
  }
  const subnets = placesOf(members, 'subnet');
  if (subnets.length > 1 && !vips.some(staysInSubnet)) {
    return ok('several-subnets', `its members are in ${subnets.join(', ')} of ${vpcs.join(', ')}`, name);
  }
  if (subnets.length > 1) {
    return bad(
      'several-subnets',
      `its members are in different subnets: ${subnets.join(', ')}`,
      'a secondary IP or an IPv6 address cannot leave its subnet, nor its availability zone: take members of one subnet, or a route (fabric: route)',
      name,
    );
  }
  return ok('same-subnet', `all members are in ${subnets.join(', ')} of ${vpcs.join(', ')}`, name);
};

const NO_GROUPS = 'none';
const groupsOf = (member: InstanceFacts): string =>
  (firstInterface(member)?.securityGroups ?? []).toSorted().join(', ') || NO_GROUPS;

/** Clients that reach one holder and not the next notice only after the failover. */
const securityFindings = (name: string, members: readonly InstanceFacts[]): Finding[] => {
  const sets = new Set(members.map(groupsOf));
  if (sets.size < 2) {
    const [all = NO_GROUPS] = sets;
    const said = all === NO_GROUPS ? 'no member has a security group' : `all members have ${all}`;
    return [ok('same-security-groups', said, name)];
  }
  const each = members.map((member) => `${member.id}: ${groupsOf(member)}`).join('; ');
  return [
    warn(
      'security-groups-differ',
      `its members have different security groups (${each})`,
      'give them the same, or clients may be refused after a failover',
      name,
    ),
  ];
};

/** How many addresses an interface would have if every VIP of every group of its instance came to it. */
const limitFinding = (
  member: InstanceFacts,
  vips: ReadonlySet<string>,
  limits: CloudFacts['limits'],
): Finding => {
  if (!('get' in limits)) {
    return unknown('address-limit', limits.unknown, 'allow ec2:DescribeInstanceTypes', member.id);
  }
  const limit = limits.get(member.type);
  if (limit === undefined) {
    return unknown('address-limit', `EC2 tells no limit of ${member.type}`, 'look it up by hand', member.id);
  }
  const own = firstInterface(member)?.addresses ?? [];
  const needed = new Set([...own, ...vips]).size;
  if (needed > limit) {
    return bad(
      'address-limit',
      `its interface may have ${limit} addresses (${member.type}); with all VIPs it would need ${needed}`,
      'take addresses away from it, give it fewer groups, or use a larger instance type',
      member.id,
    );
  }
  return ok('address-limit', `${needed} of ${limit} addresses when it holds everything`, member.id);
};

/** Each instance once, whatever number of groups it is a member of. */
export const limitFindings = (
  groups: Readonly<Record<string, PlannedGroup>>,
  facts: CloudFacts,
): Finding[] => {
  const vipsOf = new Map<string, Set<string>>();
  for (const group of Object.values(groups)) {
    for (const { id } of usableMembers(group, facts)) {
      const vips = vipsOf.get(id) ?? new Set();
      for (const { address, fabric } of group.vips) if (fabric === 'secondary-ip') vips.add(address);
      vipsOf.set(id, vips);
    }
  }
  return [...vipsOf].flatMap(([id, vips]) => {
    const member = facts.instances.get(id);
    return member === undefined ? [] : [limitFinding(member, vips, facts.limits)];
  });
};

/** Each instance of the file once. */
export const instanceFindings = (
  groups: Readonly<Record<string, PlannedGroup>>,
  facts: CloudFacts,
): Finding[] =>
  [...new Set(Object.values(groups).flatMap(({ members }) => members.map(({ instance }) => instance)))].map(
    (id) => instanceFinding(id, facts),
  );

/** What is said of a group as a whole. */
export const memberFindings = (name: string, group: PlannedGroup, facts: CloudFacts): Finding[] => {
  const members = usableMembers(group, facts);
  const alone =
    group.members.length > 1 || (group.select ?? []).length > 0
      ? []
      : [warn('single-member', 'it has one member, so nobody can take over', 'add a second member', name)];
  if (members.length === 0) return alone;
  return [...alone, placeFinding(name, group, members), ...securityFindings(name, members)];
};
