/** `keepaloft lab logs`: the journal of a lab, readable. */

import { setTimeout as delay } from 'node:timers/promises';
import { journalFrom } from '../../lab/control/client.ts';
import type { JournalEntry } from '../../lab/control/types.ts';
import { EXIT } from '../exit-codes.ts';
import { watchInterrupt } from '../interrupt.ts';
import { timeOfDay } from '../table.ts';
import { type Terminal, terminalOf } from '../terminal.ts';
import { findLab } from './find.ts';

/** How often `--follow` asks for what is new. */
const followMs = 200;
const kindColumns = 13;
/** Who it is stands after the account. */
const arnPrefix = /^arn:[^/]*:/u;

type Colour = 'red' | 'yellow' | 'green' | 'cyan' | 'dim';
const colours: Readonly<Record<string, Colour>> = {
  fault: 'red',
  'lab-error': 'red',
  'move-failed': 'red',
  healed: 'yellow',
  drift: 'yellow',
  transfer: 'cyan',
  committed: 'green',
  applied: 'green',
};

const words = (value: unknown): string => {
  if (value === null || value === undefined) return '-';
  if (Array.isArray(value)) return value.map(words).join(',');
  return typeof value === 'string' ? value : JSON.stringify(value);
};

/** What every log line repeats and this screen shows better, or nobody asks for. */
const noise = new Set(['timestamp', 'time', 'service', 'sampling_rate', 'xray_trace_id']);

const pairs = (fields: Readonly<Record<string, unknown>>): string =>
  Object.entries(fields)
    .filter(([name, value]) => value !== undefined && words(value) !== '{}' && !noise.has(name))
    .map(([name, value]) => `${name}=${words(value)}`)
    .join(' ');

const nested = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

/** What an entry says, after its time and kind. */
const sentence = (entry: JournalEntry): string => {
  const { n: _n, at: _at, kind, ...fields } = entry;
  switch (kind) {
    case 'fault':
    case 'healed': {
      const { id, kind: what, targets } = nested(fields['fault']);
      return `${words(id)} ${words(what)} ${words(targets)}`;
    }
    case 'transfer':
    case 'committed': {
      const { group, epoch, from, to, reason, detail } = fields;
      const who = kind === 'transfer' ? `${words(from)} -> ${words(to)}` : `held by ${words(to)}`;
      return `${words(group)} epoch ${words(epoch)} ${who} (${words(reason)}) ${pairs(nested(detail))}`.trimEnd();
    }
    case 'ec2-call': {
      const { action, startedAt, endedAt, status, principal, ...rest } = fields;
      const ms = Math.round(Number(endedAt) - Number(startedAt));
      return `${words(action)} ${words(status)} ${ms} ms by ${words(principal).replace(arnPrefix, '')} ${pairs(rest)}`;
    }
    case 'applied':
      return `${words(fields['address'])} leads to ${words(fields['host'])}${typeof fields['table'] === 'string' ? ` in ${fields['table']}` : ''}`;
    case 'process':
      return `${words(fields['host'])} ${words(fields['what'])} ${words(fields['event'])} pid=${words(fields['pid'])}${fields['event'] === 'exited' ? ` code=${words(fields['code'])} signal=${words(fields['signal'])}` : ''}`;
    case 'agent':
    case 'service':
    case 'lambda': {
      const { host, function: name, level, message, fields: more } = fields;
      return `${words(host ?? name)} ${words(level)} ${words(message)} ${pairs(nested(more))}`.trimEnd();
    }
    default:
      return pairs(fields);
  }
};

/** One entry as one line. */
export const entryLine = (entry: JournalEntry, terminal: Pick<Terminal, 'paint'>): string => {
  const colour = colours[entry.kind];
  const kind = entry.kind.padEnd(kindColumns);
  const time = terminal.paint('dim', timeOfDay(entry.at));
  return `${time}  ${colour === undefined ? kind : terminal.paint(colour, kind)}  ${sentence(entry)}`;
};

export interface LogsOptions {
  lab?: string;
  follow?: boolean;
  beats?: boolean;
  json?: boolean;
}

export const logs = async (options: LogsOptions): Promise<number> => {
  const { client } = findLab(options.lab);
  const terminal = terminalOf(process.stdout);
  const interrupt = watchInterrupt();
  let from = 0;
  const printNew = async (): Promise<void> => {
    const page = await journalFrom(client, from);
    from = page.next;
    const wanted = page.entries.filter((entry) => options.beats === true || entry.kind !== 'beat');
    for (const entry of wanted.toSorted((a, b) => a.at - b.at)) {
      terminal.line(options.json === true ? JSON.stringify(entry) : entryLine(entry, terminal));
    }
  };
  try {
    await printNew();
    while (options.follow === true && !interrupt.signal.aborted) {
      await delay(followMs, undefined, { signal: interrupt.signal }).catch(() => undefined);
      if (!interrupt.signal.aborted) {
        await printNew();
      }
    }
  } finally {
    interrupt.dispose();
  }
  return EXIT.ok;
};
