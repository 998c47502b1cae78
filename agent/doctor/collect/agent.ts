/** Looks for the agent's process, its state and its configuration. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { readAgentConfig } from '../../config.ts';
import { messageOf } from '../../errors.ts';
import { askHolder, LOCK_NAME } from '../../host/lock.ts';
import { GROUPS_FILE, groupRecordSchema } from '../../state.ts';
import type { AgentFacts, ConfigurationFacts } from '../facts.ts';
import { textOf } from './files.ts';

const PROXIES = /^(?:https?_proxy|all_proxy)$/iu;
const recordsSchema = z.object({ groups: z.record(z.string(), groupRecordSchema) });

export const lookAtConfiguration = async (path: string): Promise<ConfigurationFacts> => {
  if (!existsSync(path)) return { kind: 'missing', path, message: 'there is no such file' };
  try {
    const { file, ca } = await readAgentConfig(path);
    return { kind: 'read', path, file, ca };
  } catch (cause) {
    return { kind: 'wrong', path, message: messageOf(cause) };
  }
};

/** An agent that has just been installed has no state yet; one that cannot be read is another matter. */
const answeredIn = (stateDirectory: string): string[] | undefined => {
  if (!existsSync(stateDirectory)) return [];
  const path = join(stateDirectory, GROUPS_FILE);
  const text = textOf(path);
  if (text === undefined) return existsSync(path) ? undefined : [];
  try {
    return Object.keys(recordsSchema.parse(JSON.parse(text)).groups);
  } catch {
    return undefined;
  }
};

const proxiesOf = (names: readonly string[]): string[] => names.filter((name) => PROXIES.test(name));

/** Names of the variables that are set, from the text of /proc/PID/environ. */
const namesIn = (environ: string): string[] =>
  environ.split('\0').flatMap((entry) => (/=./su.test(entry) ? [entry.slice(0, entry.indexOf('='))] : []));

const CAP_NET_RAW = 1n << 13n;
/** From the text of /proc/PID/status. */
export const hasRawRight = (status: string | undefined): boolean | undefined => {
  const [, effective] = /^CapEff:\s*([0-9a-f]+)$/mu.exec(status ?? '') ?? [];
  return effective === undefined ? undefined : (BigInt(`0x${effective}`) & CAP_NET_RAW) !== 0n;
};

/**
 * @param stateDirectory see `stateDirectory`
 * @param lockName another one than the host's, for tests
 */
export const lookAtAgent = async (
  stateDirectory: string,
  env: NodeJS.ProcessEnv = process.env,
  lockName: string = LOCK_NAME,
): Promise<AgentFacts> => {
  const pid = await askHolder(lockName);
  const environ = pid === undefined ? undefined : textOf(`/proc/${pid}/environ`);
  const names =
    environ === undefined
      ? Object.entries(env).flatMap(([name, value]) => (value ? [name] : []))
      : namesIn(environ);
  const mayAnnounce = pid === undefined ? undefined : hasRawRight(textOf(`/proc/${pid}/status`));
  return { pid, answered: answeredIn(stateDirectory), proxies: proxiesOf(names), mayAnnounce };
};
