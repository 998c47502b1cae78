/** `keepaloft lab alarms`, `schedule`, `advance` and `event`: the lab's cloud, beside its faults. */

import * as z from 'zod/mini';
import { parseDurationMs } from '../../core/duration.ts';
import type { AlarmView, CloudOrder } from '../../lab/control/cloud.ts';
import { EXIT } from '../exit-codes.ts';
import { CliError } from '../failure.ts';
import { table } from '../table.ts';
import { type Terminal, terminalOf } from '../terminal.ts';
import { findLab } from './find.ts';

export interface CloudOptions {
  lab?: string;
  json?: boolean;
}

const COLOURS = { OK: 'green', ALARM: 'red', INSUFFICIENT_DATA: 'dim' } as const;

/** The alarms as a table. */
export const alarmLines = (
  alarms: readonly AlarmView[],
  terminal: Pick<Terminal, 'paint'>,
): readonly string[] => {
  if (alarms.length === 0) return ['the template of this lab has no alarms'];
  const rows = alarms.map(({ name, state, reason }) => [name, terminal.paint(COLOURS[state], state), reason]);
  return table(['ALARM', 'STATE', 'WHY'], rows);
};

/** Exit 0: none rings; 1: one does. */
const told = (alarms: readonly AlarmView[], { json = false }: CloudOptions): number => {
  const terminal = terminalOf(process.stdout);
  if (json) terminal.line(JSON.stringify(alarms));
  else for (const line of alarmLines(alarms, terminal)) terminal.line(line);
  return alarms.some(({ state }) => state === 'ALARM') ? EXIT.degraded : EXIT.ok;
};

export const alarms = async (options: CloudOptions): Promise<number> =>
  told(await findLab(options.lab).client.alarms(), options);

/** Lets time pass for metrics and alarms. */
export const advance = async (
  forHowLong: string,
  options: CloudOptions & { schedules?: boolean },
): Promise<number> => {
  const { client } = findLab(options.lab);
  // The command line has refused whatever is none.
  const ms = parseDurationMs(forHowLong) ?? 0;
  await client.cloud({ do: 'advance', ms, schedules: options.schedules === true });
  return told(await client.alarms(), options);
};

const perform = async (order: CloudOrder, options: CloudOptions): Promise<number> => {
  const outcome = await findLab(options.lab).client.cloud(order);
  const terminal = terminalOf(process.stdout);
  if (options.json === true) terminal.line(JSON.stringify(outcome));
  else if ('ran' in outcome)
    terminal.line(`ran ${outcome.ran.join(', ') || 'nothing: there is no schedule'}`);
  else if ('eventId' in outcome) terminal.line(`put ${outcome.eventId}`);
  return EXIT.ok;
};

/** Runs one schedule now, or all. */
export const schedule = (name: string | undefined, options: CloudOptions): Promise<number> =>
  perform({ do: 'run-schedule', ...(name === undefined ? {} : { name }) }, options);

/** @throws CliError `bad-detail` */
export const detailOf = (text: string): Record<string, unknown> => {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch (cause) {
    throw new CliError('bad-detail', `${text} is not a JSON object`, {
      remedy: `for example '{"instance-id":"i-00000000000000001","state":"stopping"}'`,
      exitCode: EXIT.usage,
      cause,
    });
  }
};

/** Puts an event on the lab's bus, as whoever `source` names. */
export const event = (
  source: string,
  detailType: string,
  detail: string,
  options: CloudOptions,
): Promise<number> => perform({ do: 'put-event', source, detailType, detail: detailOf(detail) }, options);
