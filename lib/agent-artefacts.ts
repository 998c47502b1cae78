/** The packed agent by path: what `npm run artefact` has made. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Node } from 'constructs';
import * as z from 'zod/mini';
import { DeploymentError } from './errors.ts';

const BUNDLED = fileURLToPath(new URL('../dist/artefact', import.meta.url));
/** Of the CDK's context: another folder with artefacts. */
const CONTEXT_KEY = 'keepaloft:agentArtefacts';
export const CHANNEL = 'channel.json';

const artefactSchema = z.strictObject({
  key: z.string().check(z.regex(/^agent\/[\w~-]+\/keepaloft-agent-[\w.~+-]+\.tar\.gz$/)),
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
});
const channelSchema = z.strictObject({
  version: z.string().check(z.minLength(1)),
  artefacts: z.strictObject({ x64: artefactSchema, arm64: artefactSchema }),
});

export interface AgentArtefacts {
  readonly folder: string;
  /** As it will be in the bucket, but for the arguments of the installer. */
  readonly channel: z.infer<typeof channelSchema>;
  /** Where in the bucket the artefacts of this build are. */
  readonly prefix: string;
}

/** @throws DeploymentError when there is nothing to deliver */
export const readArtefacts = (node: Node, given: string | undefined): AgentArtefacts => {
  const context: unknown = node.tryGetContext(CONTEXT_KEY);
  const folder = given ?? (typeof context === 'string' ? context : BUNDLED);
  try {
    const channel = channelSchema.parse(JSON.parse(readFileSync(join(folder, CHANNEL), 'utf8')));
    const { key } = channel.artefacts.x64;
    return { folder, channel, prefix: key.slice(0, key.lastIndexOf('/')) };
  } catch (cause) {
    throw new DeploymentError(`${folder} holds no packed agent: run \`npm run artefact\``, { cause });
  }
};
