/** Whether routes to an address can lead to the members at all. */
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { RouteVip } from '../../../core/wire/names.ts';
import { isInside } from '../ec2/cidr.ts';
import { describeMembers, describeVpcCidrs, type Eni, vpcOf } from '../ec2/describe.ts';
import { absent, seats } from '../ec2/results.ts';
import type { FabricScope, Finding, Roster } from '../fabric.ts';
import { reservedFindings } from '../reserved.ts';
import { describeTables, destinationOf, type Table } from './tables.ts';

const insideFindings = ({ address }: RouteVip, vpc: string, cidrs: readonly string[]): Finding[] =>
  cidrs
    .filter((cidr) => isInside(cidr, address))
    .map((cidr) => ({
      address,
      member: null,
      message: `${address} lies inside ${cidr} of ${vpc}, where EC2 takes no route to a single address: choose one outside the VPC, or use a secondary IP`,
    }));

/** What stands in a table already. */
const wayFindings = ({ address }: RouteVip, table: Table, roster: Roster): Finding[] => {
  const way = table.ways.get(destinationOf(address));
  // Where nobody is served nobody is robbed.
  if (way === undefined || way.isBlackhole) return [];
  const message = `${table.id} leads ${destinationOf(address)} to ${way.to}`;
  if (way.eni === undefined) {
    return [{ address, member: null, message: `${message}: choose another address, or delete that route` }];
  }
  if (Object.values(roster).some(({ eni }) => eni === way.eni)) return [];
  return [
    { address, member: null, message: `${message}, which is no member's: a move takes it away`, hint: true },
  ];
};

const tableFindings = (vip: RouteVip, vpc: string, known: readonly Table[], roster: Roster): Finding[] =>
  vip.tables.flatMap((id): Finding[] => {
    const table = known.find((candidate) => candidate.id === id);
    const of = { address: vip.address, member: null };
    if (table === undefined)
      return [{ ...of, message: `${id} does not exist: name a route table of ${vpc}` }];
    if (table.vpc !== vpc) {
      return [{ ...of, message: `${id} belongs to ${table.vpc}, the members are in ${vpc}` }];
    }
    return wayFindings(vip, table, roster);
  });

const memberFindings = (vips: readonly RouteVip[], member: string, eni: Eni, vpc: string): Finding[] =>
  vips.flatMap(({ address }): Finding[] => [
    ...(eni.vpc === vpc
      ? []
      : [{ address, member, message: `${eni.id} is in ${eni.vpc}, other members are in ${vpc}` }]),
    ...(eni.isChecked
      ? [
          {
            address,
            member,
            message: `the source/destination check of ${eni.id} is on, so EC2 drops what is sent to ${address}: aws ec2 modify-network-interface-attribute --network-interface-id ${eni.id} --no-source-dest-check`,
          },
        ]
      : []),
  ]);

/**
 * Addresses that no route can lead to, tables that are not there or elsewhere, what stands in them already, and members that
 * would drop what a route brings. @throws FabricError
 */
export const validate = async (
  client: EC2Client,
  vips: readonly RouteVip[],
  roster: Roster,
  scope: FabricScope,
): Promise<Finding[]> => {
  const enis = await describeMembers(client, roster, scope);
  const vpc = vpcOf(enis, roster);
  const ids = [...new Set(vips.flatMap(({ tables }) => tables))];
  const [cidrs, known] = await Promise.all([
    describeVpcCidrs(client, vpc, scope),
    describeTables(client, { Filters: [{ Name: 'route-table-id', Values: ids }] }, scope),
  ]);
  const perVip = vips.flatMap((vip) => [
    ...reservedFindings(vip),
    ...insideFindings(vip, vpc, cidrs),
    ...tableFindings(vip, vpc, known, roster),
  ]);
  const perMember = seats(roster, enis).flatMap(([member, entry, eni]) =>
    eni === undefined ? absent(vips, member, entry) : memberFindings(vips, member, eni, vpc),
  );
  return [...perVip, ...perMember];
};
