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

export interface Operator {
  /** Asks something. @returns what it printed; @throws with its own words when it was refused or failed */
  readonly look: (...words: string[]) => Promise<string>;
  /** Gives an order until it is taken: on a busy machine it may lose against heartbeats, or find no standby that is fresh. */
  readonly order: (...words: string[]) => Promise<void>;
}

export const operatorOf = (session: Session): Operator => {
  const run = async (...words: string[]): Promise<string> => {
    const argv = [...words, '--lab', session.info.lab];
    return (await promisify(execFile)(keepaloft, argv, { timeout: COMMAND_MS_MAX })).stdout;
  };
  return {
    look: async (...words) => {
      try {
        return await run(...words);
      } catch (thrown) {
        const told = toldSchema.safeParse(thrown);
        if (words[0] !== 'status' || !told.success) throw thrown;
        return told.data.stdout;
      }
    },
    order: (...words) => {
      let why = '';
      const isTaken = async (): Promise<boolean> => {
        try {
          await run(...words, '--yes');
          return true;
        } catch (thrown) {
          why = String(thrown);
          return false;
        }
      };
      return session.until(`the order is taken: ${words.join(' ')}`, isTaken).catch((cause: unknown) => {
        throw new Error(why, { cause });
      });
    },
  };
};
