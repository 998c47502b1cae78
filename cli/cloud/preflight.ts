/** `keepaloft preflight`: would this keepaloft.yaml work where it is to be deployed? Reads, and changes nothing. */
import { exitCodeOf, type Finding, ok } from '../../agent/doctor/finding.ts';
import { reportDocument, reportLines } from '../../agent/doctor/report.ts';
import type { Vip } from '../../core/wire/names.ts';
import { terminalOf } from '../terminal.ts';
import { readConfigFile } from '../validate.ts';
import { elasticIpFindings } from './check-elastic-ips.ts';
import { ipv6Findings } from './check-ipv6.ts';
import { l2Findings } from './check-l2.ts';
import { instanceFindings, limitFindings, memberFindings } from './check-members.ts';
import { routeFindings, wayOf } from './check-routes.ts';
import { vipFindings } from './check-vips.ts';
import { type CloudOptions, explainCloud, openCloud } from './client.ts';
import { type CloudFacts, instanceWith, type PlannedGroup } from './facts.ts';
import { lookAtCloud } from './look.ts';

export const FILE_DEFAULT = 'keepaloft.yaml';

export interface PreflightOptions extends CloudOptions {
  json?: boolean;
}

/** The instance that a VIP leads to now, as far as EC2 knows. */
const holderOf = (vip: Vip, facts: CloudFacts): string | undefined => {
  switch (vip.fabric) {
    case 'secondary-ip':
    case 'ipv6':
      return facts.owners.find((owner) => owner.address === vip.address)?.instance;
    case 'route': {
      const owners = new Set(vip.tables.map((id) => wayOf(vip, id, facts)?.to));
      const [owner] = owners;
      return owners.size === 1 ? instanceWith(owner, facts) : undefined;
    }
    case 'elastic-ip':
      return instanceWith(facts.allocations.get(vip.allocation)?.eni, facts);
    case 'l2':
      return undefined;
  }
};

/** Who has all the VIPs now: a group that is new to the arbiter is left there, unless it is exclusive. */
const holderFinding = (name: string, group: PlannedGroup, facts: CloudFacts): Finding[] => {
  const holders = new Set(group.vips.map((vip) => holderOf(vip, facts)));
  const [holder] = holders;
  const isMember = group.members.some(({ instance }) => instance === holder);
  if (holders.size !== 1 || holder === undefined || !isMember) return [];
  const follows = group.exclusive ? '' : ', and would be the first holder: nothing moves';
  return [ok('holder-now', `${holder} has its VIPs now${follows}`, name)];
};

/** Everything that can be said of a file before it is deployed. Pure. */
export const preflightFindings = (
  groups: Readonly<Record<string, PlannedGroup>>,
  facts: CloudFacts,
): Finding[] => [
  ...instanceFindings(groups, facts),
  ...Object.entries(groups).flatMap(([name, group]) => [
    ...memberFindings(name, group, facts),
    ...vipFindings(group, facts),
    ...ipv6Findings(group, facts),
    ...routeFindings(group, facts),
    ...elasticIpFindings(group, facts),
    ...l2Findings(group, facts),
    ...holderFinding(name, group, facts),
  ]),
  ...limitFindings(groups, facts),
];

/** @throws CliError, DocumentError */
export const preflight = async (path: string, options: PreflightOptions): Promise<number> => {
  const { groups } = await readConfigFile(path);
  const cloud = await openCloud(options);
  const facts = await lookAtCloud(cloud.client, groups)
    .catch((cause: unknown) => {
      throw explainCloud(cause, cloud);
    })
    .finally(() => cloud.client.destroy());
  const findings = preflightFindings(groups, facts);
  const terminal = terminalOf(process.stdout);
  if (options.json === true) {
    terminal.line(JSON.stringify(reportDocument({ cloud: cloud.name, file: path }, findings), null, 2));
    return exitCodeOf(findings);
  }
  terminal.line(`${path} in ${terminal.paint('bold', cloud.name)}`);
  for (const line of reportLines(findings, terminal)) terminal.line(line);
  return exitCodeOf(findings);
};
