/** `keepaloft history`. */
import { HISTORY_EVENTS_DEFAULT } from '../../core/wire/admin.ts';
import { EXIT } from '../exit-codes.ts';
import { terminalOf } from '../terminal.ts';
import { connectArbiter } from './client.ts';
import { historyLines } from './history-screen.ts';
import { type TargetOptions, targetOf } from './target.ts';

export interface HistoryOptions extends TargetOptions {
  json?: boolean;
  /** How many decisions. */
  number?: number;
}

export const history = async (group: string, options: HistoryOptions): Promise<number> => {
  const target = await targetOf(options);
  const { events } = await connectArbiter(target).history(group, options.number ?? HISTORY_EVENTS_DEFAULT);
  const terminal = terminalOf(process.stdout);
  if (options.json === true) {
    const arbiter = { name: target.name, endpoint: target.url.origin, region: target.region };
    terminal.line(JSON.stringify({ v: 1, arbiter, group, events }, null, 2));
    return EXIT.ok;
  }
  for (const line of historyLines(events, target.hosts, terminal)) terminal.line(line);
  return EXIT.ok;
};
