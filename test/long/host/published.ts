/** Versions of the agent in a lab's bucket: the packed one, and others made from it. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { filesOf, type PackedFile, packed } from '../../../scripts/artefact/tarball.ts';
import { makeArtefacts } from '../../../scripts/artefact.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FOLDER = join(ROOT, 'dist/artefact');
const BUNDLE = 'keepaloft-agent.cjs';
const channelSchema = z.object({
  version: z.string(),
  artefacts: z.object({ x64: z.object({ key: z.string(), sha256: z.string() }) }),
});

export interface Publisher {
  /** The version that is packed for everybody. */
  readonly version: string;
  /** The packed agent can fetch its configuration itself. */
  readonly canEnrol: boolean;
  /** Puts the packed version into the bucket, byte for byte. */
  publish(): void;
  /**
   * Puts another version there: the same files, its number written into the bundle, and what else `change` does to that.
   * @returns the file of the artefact in the bucket
   */
  publishAs(version: string, change?: (bundle: string) => string): Promise<string>;
}

/**
 * @param bucket the directory that the lab serves as its bucket
 * @param args of install.sh, as the deployment writes them into the channel
 */
export const publisherFor = async (bucket: string, args: readonly string[]): Promise<Publisher> => {
  await makeArtefacts(ROOT);
  const channel = channelSchema.parse(JSON.parse(readFileSync(join(FOLDER, 'channel.json'), 'utf8')));
  const { version } = channel;
  const { key } = channel.artefacts.x64;
  const original = readFileSync(join(FOLDER, key.slice(key.lastIndexOf('/') + 1)));
  const put = (named: string, content: Buffer | string): string => {
    const path = join(bucket, named);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, content);
    return path;
  };
  const announce = (announced: string, at: string, content: Buffer): void => {
    const sha256 = createHash('sha256').update(content).digest('hex');
    const artefacts = { x64: { key: at, sha256 } };
    put('agent/channel.json', JSON.stringify({ version: announced, artefacts, arguments: args }));
  };
  const packedBundle = readFileSync(join(ROOT, 'dist/agent', BUNDLE), 'utf8');
  return {
    version,
    canEnrol: packedBundle.includes('"/v1/enroll"'),
    publish: () => {
      put(key, original);
      announce(version, key, original);
    },
    publishAs: async (next, change = (bundle) => bundle) => {
      const files: PackedFile[] = [];
      for (const { name, mode, content } of await filesOf(original)) {
        if (name === 'VERSION') files.push({ name, mode, content: Buffer.from(`${next}\n`) });
        else if (name === BUNDLE) {
          const text = content.toString().replaceAll(`"${version}"`, `"${next}"`);
          if (!text.includes(`"${next}"`)) throw new Error(`${version} does not occur in ${BUNDLE}`);
          files.push({ name, mode, content: Buffer.from(change(text)) });
        } else files.push({ name, mode, content });
      }
      const content = await packed('agent', files, 1);
      const at = `agent/${next}/keepaloft-agent-${next}-x64.tar.gz`;
      announce(next, at, content);
      return put(at, content);
    },
  };
};
