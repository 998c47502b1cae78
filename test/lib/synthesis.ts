/** Stacks as templates, without a network, an account, or anything left in the temporary folder. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Subnet } from 'aws-cdk-lib/aws-ec2';
import { Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

export const nodeA = 'i-0123456789abcdef0';
export const nodeB = 'i-0123456789abcdef1';

/** A resource of a template, of which only what every resource has is known. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
}

/** What `npm run artefact` makes, but for the contents: 90 MB say nothing about a template. */
const writeArtefacts = (folder: string, version: string): void => {
  mkdirSync(folder);
  const build = version.padEnd(12, '0').replaceAll('.', '0');
  const artefacts = Object.fromEntries(
    ['x64', 'arm64'].map((architecture) => {
      const name = `keepaloft-agent-${version}-${architecture}.tar.gz`;
      writeFileSync(join(folder, name), `${architecture} ${version}`);
      return [
        architecture,
        { key: `agent/${build}/${name}`, sha256: version.padEnd(64, '0').replaceAll('.', '0') },
      ];
    }),
  );
  writeFileSync(join(folder, 'channel.json'), JSON.stringify({ version, artefacts }));
};

/**
 * Runs `use` with an app whose output is removed afterwards.
 * @param agentVersion of the agent that is there to be delivered
 */
export const inApp = <T>(
  use: (app: App) => T,
  context: Record<string, unknown> = {},
  agentVersion = '1.2.3',
): T => {
  const folder = mkdtempSync(join(tmpdir(), 'keepaloft-synth-'));
  try {
    const artefacts = join(folder, 'artefacts');
    writeArtefacts(artefacts, agentVersion);
    const app = new App({
      outdir: join(folder, 'out'),
      analyticsReporting: false,
      autoSynth: false,
      // The code is on disk already: no copy of it is needed to know its hash.
      context: {
        ...context,
        'aws:cdk:disable-asset-staging': true,
        'keepaloft:agentArtefacts': artefacts,
      },
    });
    return use(app);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** The template of a stack that `build` fills, or that it gives back. */
export const templateOf = (build: (stack: Stack) => unknown): Template =>
  inApp((app) => {
    const stack = new Stack(app, 'Stack');
    const built = build(stack);
    return Template.fromStack(built instanceof Stack ? built : stack);
  });

export const resourcesOf = (template: Template): Readonly<Record<string, TemplateResource>> =>
  template.toJSON()['Resources'] as Record<string, TemplateResource>;

/** The resources of one type, by logical id. */
export const ofType = (template: Template, type: string): [string, TemplateResource][] =>
  Object.entries(resourcesOf(template)).filter(([, resource]) => resource.Type === type);

/** The one resource whose logical id begins so. */
export const named = (template: Template, prefix: string, type: string): [string, TemplateResource] => {
  const found = ofType(template, type).filter(([id]) => id.startsWith(prefix));
  const [one] = found;
  if (one === undefined || found.length > 1)
    throw new Error(`${found.length} of ${type} are named ${prefix}…`);
  return one;
};

export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** Every statement of every policy that a role has, by the role's logical id. */
export const statementsOf = (template: Template, rolePrefix: string): Statement[] => {
  const [role] = named(template, rolePrefix, 'AWS::IAM::Role');
  const mine = JSON.stringify({ Ref: role });
  return ofType(template, 'AWS::IAM::Policy').flatMap(([, { Properties = {} }]) => {
    const roles = Properties['Roles'] as unknown[];
    const { Statement } = Properties['PolicyDocument'] as { Statement: Statement[] };
    return roles.some((one) => JSON.stringify(one) === mine) ? Statement : [];
  });
};

export const memberRole = (scope: Construct) => Role.fromRoleName(scope, 'MemberRole', 'database');
export const someSubnet = (scope: Construct, cidr?: string, id = 'subnet-0a000000000000001') =>
  Subnet.fromSubnetAttributes(scope, `Subnet-${id}`, {
    subnetId: id,
    routeTableId: 'rtb-0a000000000000001',
    ...(cidr === undefined ? {} : { ipv4CidrBlock: cidr }),
  });
