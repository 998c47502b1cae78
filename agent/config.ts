/** Reads /etc/keepaloft/agent.yaml and what it points to. */
import { readFile } from 'node:fs/promises';
import type { AgentFile } from '../core/wire/config.ts';
import { agentFileSchema } from '../core/wire/config.ts';
import { DocumentError, readDocument } from '../core/wire/document.ts';
import { messageOf } from './errors.ts';

export const CONFIG_PATH_DEFAULT = '/etc/keepaloft/agent.yaml';

/** The file as it stands, and the certificate authority it names, in PEM; undefined: Node's own list. */
export interface AgentConfig {
  readonly file: AgentFile;
  readonly ca: string | undefined;
}

const readOr = async (name: string, path: string, key: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const message =
      key === '' ? `cannot be read: ${messageOf(cause)}` : `cannot read it: ${messageOf(cause)}`;
    throw new DocumentError(name, [{ line: 1, column: 1, path: key, message }]);
  }
};

/**
 * Reads and checks the agent's configuration.
 * @throws DocumentError with every finding: unreadable file, bad YAML, unknown key, bad value, unusable caFile
 * @example const { file, ca } = await readAgentConfig('/etc/keepaloft/agent.yaml');
 */
export const readAgentConfig = async (path: string = CONFIG_PATH_DEFAULT): Promise<AgentConfig> => {
  const file = readDocument(path, await readOr(path, path, ''), agentFileSchema);
  if (file.caFile === undefined) return { file, ca: undefined };
  const ca = await readOr(path, file.caFile, 'caFile');
  if (!ca.includes('-----BEGIN CERTIFICATE-----')) {
    throw new DocumentError(path, [
      { line: 1, column: 1, path: 'caFile', message: `${file.caFile} holds no PEM certificate` },
    ]);
  }
  return { file, ca };
};
