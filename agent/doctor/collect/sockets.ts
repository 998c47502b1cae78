/** Looks whether this host can end connections, for groups whose holder is to do so before it lets go. */
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { AgentFile } from '../../../core/wire/config.ts';
import { hasSs } from '../../host/sockets.ts';
import type { SocketFacts } from '../facts.ts';
import { textOf } from './files.ts';

/** How the kernel was built; undefined where neither place tells. */
const kernelConfigOf = (root: string): string | undefined => {
  const text = textOf(join(root, 'boot', `config-${release()}`));
  if (text !== undefined) return text;
  try {
    return gunzipSync(readFileSync(join(root, 'proc/config.gz'))).toString('latin1');
  } catch {
    return undefined;
  }
};

/**
 * @param root where the file system begins, for tests
 * @returns undefined when no group wants it
 */
export const lookAtSockets = ({ groups }: AgentFile, root = '/'): SocketFacts | undefined => {
  if (Object.values(groups).every(({ handover }) => handover !== 'reset-first')) return undefined;
  const config = kernelConfigOf(root);
  return {
    hasSs: hasSs(),
    isBuiltIn: config === undefined ? undefined : /^CONFIG_INET_DIAG_DESTROY=y$/mu.test(config),
  };
};
