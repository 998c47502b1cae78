/** Whether a group's routes can lead to its members, and where they lead now. Pure: facts in, findings out. */
import { bad, type Finding, ok } from '../../agent/doctor/finding.ts';
import type { RouteVip } from '../../core/wire/names.ts';
import { usableMembers } from './check-members.ts';
import { surroundings } from './check-vips.ts';
import { type CloudFacts, firstInterface, instanceWith, type PlannedGroup, type WayFacts } from './facts.ts';
import { isWithin } from './ipv4.ts';

export const wayOf = ({ address }: RouteVip, table: string, { tables }: CloudFacts): WayFacts | undefined =>
  tables.get(table)?.ways.get(`${address}/32`);

const placeFindings = ({ address }: RouteVip, vpcs: ReadonlySet<string>, facts: CloudFacts): Finding[] =>
  [...vpcs].flatMap((vpc) =>
    (facts.vpcs.get(vpc) ?? [])
      .filter((cidr) => isWithin(cidr, address))
      .map((cidr) =>
        bad(
          'route-inside-vpc',
          `it lies inside ${cidr} of ${vpc}, where EC2 takes no route to a single address`,
          'choose an address outside the VPC, or use a secondary IP (fabric: secondary-ip)',
          address,
        ),
      ),
  );

const tableFinding = (
  vip: RouteVip,
  id: string,
  vpcs: ReadonlySet<string>,
  group: PlannedGroup,
  facts: CloudFacts,
): Finding => {
  const { address } = vip;
  const table = facts.tables.get(id);
  if (table === undefined) {
    const fix = 'correct the id, or name the account and region: --profile, --region';
    return bad('route-table-missing', `EC2 shows no route table ${id}`, fix, address);
  }
  if (!vpcs.has(table.vpc)) {
    const fix = "name a route table of the members' VPC";
    return bad('route-table-elsewhere', `${id} belongs to ${table.vpc}`, fix, address);
  }
  const way = wayOf(vip, id, facts);
  if (way === undefined || way.isBlackhole) return ok('route-free', `${id} leads it nowhere`, address);
  const instance = instanceWith(way.to, facts);
  if (instance !== undefined && group.members.some((member) => member.instance === instance)) {
    return ok('route-held-by-member', `${id} leads it to ${instance}: a member`, address);
  }
  return bad(
    'route-held-by-stranger',
    `${id} leads it to ${way.to}, which is no member of the group`,
    'the first election would take it from there: choose another address, add that instance as a member, or delete the route',
    address,
  );
};

const checkFindings = (group: PlannedGroup, facts: CloudFacts): Finding[] =>
  usableMembers(group, facts).map((member) => {
    const { id = '?', isChecked = true } = firstInterface(member) ?? {};
    if (!isChecked) return ok('source-dest-check', `the source/destination check of ${id} is off`, member.id);
    return bad(
      'source-dest-check',
      `the source/destination check of ${id} is on: EC2 drops what a route brings`,
      `aws ec2 modify-network-interface-attribute --network-interface-id ${id} --no-source-dest-check`,
      member.id,
    );
  });

/** Everything about the routes of one group. */
export const routeFindings = (group: PlannedGroup, facts: CloudFacts): Finding[] => {
  const routes = group.vips.filter((vip): vip is RouteVip => vip.fabric === 'route');
  const { vpcs } = surroundings(group, facts);
  if (routes.length === 0 || vpcs.size === 0) return [];
  return [
    ...routes.flatMap((vip) => [
      ...placeFindings(vip, vpcs, facts),
      ...vip.tables.map((id) => tableFinding(vip, id, vpcs, group, facts)),
    ]),
    ...checkFindings(group, facts),
  ];
};
