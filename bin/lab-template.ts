/**
 * Prints the template that a lab reads, as one JSON document: `{group, template}`. It is synthesised when the artefacts
 * are built, since the CDK takes seconds for it, and by the same app that a user deploys.
 *
 * `group` is the name of its one group, see lab.yaml. Paths of code in it are relative to the project.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import * as z from 'zod/mini';
import { build } from './app.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const GROUP = 'labgroup';
/** The role of a lab's instances. */
const MEMBER_ROLE = 'KeepaloftMember';
/** Where its VIPs are. */
const SUBNET = 'subnet-00000000000000001';
/** In the lab's account. */
const ALARM_TOPIC = 'arn:aws:sns:us-east-1:111122223333:keepaloft-alarms';
const NOTIFY_TOPIC = 'arn:aws:sns:us-east-1:111122223333:keepaloft-news';
const ASSET_PATH = 'aws:asset:path';

const templateSchema = z.looseObject({
  Resources: z.record(
    z.string(),
    z.looseObject({ Metadata: z.optional(z.looseObject({ [ASSET_PATH]: z.optional(z.string()) })) }),
  ),
});
type Template = z.infer<typeof templateSchema>;

/** A lab's hosts run the agent that was built, and fetch none: for the template it is enough that there could be one. */
const standInForArtefacts = (folder: string): string => {
  const artefact = (arch: string) => ({
    key: `agent/lab/keepaloft-agent-0-${arch}.tar.gz`,
    sha256: '0'.repeat(64),
  });
  const artefacts = { x64: artefact('x64'), arm64: artefact('arm64') };
  mkdirSync(folder);
  writeFileSync(join(folder, 'channel.json'), JSON.stringify({ version: '0', artefacts }));
  return folder;
};

const synthesised = (folder: string): Template => {
  const outdir = join(folder, 'out');
  const app = new App({
    outdir,
    analyticsReporting: false,
    autoSynth: false,
    context: {
      config: fileURLToPath(new URL('lab.yaml', import.meta.url)),
      memberRoles: MEMBER_ROLE,
      subnet: SUBNET,
      // All that the app can add is there.
      alarms: ALARM_TOPIC,
      dashboard: 'operate',
      notify: NOTIFY_TOPIC,
      'keepaloft:agentArtefacts': standInForArtefacts(join(folder, 'artefacts')),
      // The code stays where it was built, and the template says where.
      'aws:cdk:disable-asset-staging': true,
      'aws:cdk:enable-asset-metadata': true,
    },
  });
  const { artifactId } = build(app);
  return templateSchema.parse(app.synth().getStackArtifact(artifactId).template);
};

/** Wherever this clone lies, or whoever copies it, its template is the same. */
const withRelativePaths = (template: Template): Template => {
  for (const { Metadata } of Object.values(template.Resources)) {
    const path = Metadata?.[ASSET_PATH];
    if (Metadata !== undefined && path !== undefined) Metadata[ASSET_PATH] = relative(ROOT, path);
  }
  return template;
};

const folder = mkdtempSync(join(tmpdir(), 'keepaloft-template-'));
try {
  const template = withRelativePaths(synthesised(folder));
  process.stdout.write(`${JSON.stringify({ group: GROUP, template }, null, 1)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
