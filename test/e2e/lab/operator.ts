/** Orders and looks of an operator: the `keepaloft` command against one lab, as a person runs it. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Session } from '../../../lab/session.ts';

const keepaloft = fileURLToPath(new URL('../../../cli/keepaloft', import.meta.url));
const COMMAND_MS_MAX = 30_000;

/** Runs a command to its end. @returns what it printed; @throws with its own words when it does not end with 0 */
export const operatorOf =
  ({ info }: Session) =>
  async (...words: string[]): Promise<string> => {
    const argv = [...words, '--lab', info.lab];
    return (await promisify(execFile)(keepaloft, argv, { timeout: COMMAND_MS_MAX })).stdout;
  };
