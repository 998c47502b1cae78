/** A log whose lines a test can read. */
import { type Log, openLog } from '../../agent/log.ts';

export interface CapturedLog {
  readonly log: Log;
  readonly lines: Record<string, unknown>[];
  readonly messages: () => unknown[];
}

export const captureLog = (level: 'debug' | 'info' = 'debug'): CapturedLog => {
  const lines: Record<string, unknown>[] = [];
  const { log } = openLog(level, {
    write: (line: string) => {
      lines.push(JSON.parse(line) as Record<string, unknown>);
    },
  });
  return { log, lines, messages: () => lines.map((line) => line['msg']) };
};
