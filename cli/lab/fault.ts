/** `keepaloft lab fault` and `keepaloft lab heal`. */

import { parseDurationMs } from '../../core/duration.ts';
import { FAULT_KINDS, type FaultKind, type FaultOrder, faultOrderSchema } from '../../lab/control/types.ts';
import { formatDurationMs } from '../../lab/scenario/duration.ts';
import { EXIT } from '../exit-codes.ts';
import { CliError } from '../failure.ts';
import { terminalOf } from '../terminal.ts';
import { findLab } from './find.ts';

export interface FaultOptions {
  lab?: string;
  json?: boolean;
  for?: string;
  percent?: number;
  ms?: number;
  offsetMs?: number;
  code?: string;
  service?: string;
}

const remedy = 'see `keepaloft lab fault --help`';
const isKind = (kind: string): kind is FaultKind => (FAULT_KINDS as readonly string[]).includes(kind);

/** @throws CliError `unknown-fault`, `bad-fault` */
export const orderOf = (kind: string, target: string, options: FaultOptions): FaultOrder => {
  if (!isKind(kind)) {
    throw new CliError('unknown-fault', `there is no fault '${kind}'; there are: ${FAULT_KINDS.join(', ')}`, {
      remedy,
      exitCode: EXIT.usage,
    });
  }
  const parsed = faultOrderSchema.safeParse({
    kind,
    target,
    forMs: options.for === undefined ? undefined : parseDurationMs(options.for),
    percent: options.percent,
    ms: options.ms,
    offsetMs: options.offsetMs,
    code: options.code,
    service: options.service,
  });
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue?.path.map(String).join('.') ?? '';
    throw new CliError(
      'bad-fault',
      `${where === '' ? 'the fault' : where}: ${issue?.message ?? 'not possible'}`,
      {
        remedy,
        exitCode: EXIT.usage,
      },
    );
  }
  return parsed.data;
};

export const fault = async (kind: string, target: string, options: FaultOptions): Promise<number> => {
  const order = orderOf(kind, target, options);
  const done = await findLab(options.lab).client.fault(order);
  const terminal = terminalOf(process.stdout);
  if (options.json === true) {
    terminal.line(JSON.stringify(done));
    return EXIT.ok;
  }
  const ends =
    order.forMs === undefined
      ? `end it: keepaloft lab heal ${done.id}`
      : `it heals by itself after ${formatDurationMs(order.forMs)}`;
  terminal.line(`${done.id}  ${done.kind} ${done.targets.join(' ')}  (${ends})`);
  return EXIT.ok;
};

export const heal = async (
  id: string | undefined,
  options: { lab?: string; json?: boolean },
): Promise<number> => {
  const healed = await findLab(options.lab).client.heal(id);
  const terminal = terminalOf(process.stdout);
  if (options.json === true) {
    terminal.line(JSON.stringify({ healed }));
  } else {
    terminal.line(healed.length === 0 ? 'no fault was in force' : `healed ${healed.join(' ')}`);
  }
  return EXIT.ok;
};
