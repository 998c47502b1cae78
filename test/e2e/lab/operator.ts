/** Orders and looks of an operator: the `keepaloft` command against one lab, as a person runs it. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod/mini';
import type { Session } from '../../../lab/session.ts';

const keepaloft = fileURLToPath(new URL('../../../cli/keepaloft', import.meta.url));
const COMMAND_MS_MAX = 30_000;
/** Of `status`: all is well, nobody would take over, nobody serves. Each is an answer. */
const toldSchema = z.object({ code: z.union([z.literal(1), z.literal(2)]), stdout: z.string() });

/** Runs a command to its end. @returns what it printed; @throws with its own words when it was refused or failed */
export const operatorOf =
  ({ info }: Session) =>
  async (...words: string[]): Promise<string> => {
    const argv = [...words, '--lab', info.lab];
    try {
      return (await promisify(execFile)(keepaloft, argv, { timeout: COMMAND_MS_MAX })).stdout;
    } catch (thrown) {
      const told = toldSchema.safeParse(thrown);
      if (words[0] !== 'status' || !told.success) throw thrown;
      return told.data.stdout;
    }
  };
