/** `keepaloft lab operate`: what an operator orders of a group. */

import {
  OPERATOR_COMMANDS,
  type OperateOrder,
  type OperateResult,
  type OperatorCommand,
} from '../../lab/control/types.ts';
import { EXIT } from '../exit-codes.ts';
import { CliError } from '../failure.ts';
import { terminalOf } from '../terminal.ts';
import { findLab } from './find.ts';

export interface OperateOptions {
  lab?: string;
  json?: boolean;
  to?: string;
  ifEpoch?: number;
  reason?: string;
}

type Taken = Exclude<OperateResult, { refused: unknown }>;

const reasonDefault = 'ordered on the command line';
const remedy = 'see `keepaloft lab operate --help`';

const wrongUse = (code: string, message: string): CliError =>
  new CliError(code, message, { remedy, exitCode: EXIT.usage });

const isCommand = (text: string): text is OperatorCommand =>
  (OPERATOR_COMMANDS as readonly string[]).includes(text);

/** Which host the command is about, written where that command has it. */
const hostIn = (command: OperatorCommand, host: string | undefined, to: string | undefined) => {
  if (command === 'failover') {
    if (host !== undefined)
      throw wrongUse('unexpected-host', `say where to with an option: failover --to ${host}`);
    return to;
  }
  if (to !== undefined) throw wrongUse('unexpected-to', `--to belongs to failover, not to ${command}`);
  const needsHost = command === 'drain' || command === 'undrain';
  if (needsHost && host === undefined) throw wrongUse('missing-host', `${command} needs a host`);
  if (!needsHost && host !== undefined)
    throw wrongUse('unexpected-host', `${command} is about the whole group: leave ${host} out`);
  return host;
};

/** @throws CliError when the words make no order */
export const operateOrderOf = (
  group: string,
  command: string,
  host: string | undefined,
  options: OperateOptions,
): OperateOrder => {
  if (!isCommand(command)) {
    const known = OPERATOR_COMMANDS.join(', ');
    throw wrongUse('unknown-command', `there is no command '${command}'; there are: ${known}`);
  }
  const about = hostIn(command, host, options.to);
  return {
    group,
    command: { do: command, ...(about === undefined ? {} : { host: about }) },
    ...(options.ifEpoch === undefined ? {} : { ifEpoch: options.ifEpoch }),
    reason: options.reason ?? reasonDefault,
  };
};

/** What follows from the order, in one sentence. */
const consequence = ({ command }: OperateOrder, { holderHost }: Taken): string => {
  switch (command.do) {
    case 'failover':
      return `it moves to ${command.host ?? 'the best standby'} with that host's next heartbeat`;
    case 'drain':
      return `${command.host} is kept free of it; if it holds it, it moves with the best standby's next heartbeat`;
    case 'undrain':
      return `${command.host} may hold it again; nothing moves for that`;
    case 'pause':
      return `it stays with ${holderHost ?? 'nobody'} until it is resumed`;
    case 'resume':
      return 'what was due meanwhile is done now';
  }
};

/** What to do about a refusal. */
const remedies: Readonly<Record<string, string>> = {
  Paused: 'resume it first: keepaloft lab operate GROUP resume',
  EpochMismatch: 'look at `keepaloft lab status`, then decide again',
};

/** The lines for a person. */
export const operateLines = (order: OperateOrder, taken: Taken): string[] => {
  const by = taken.holderHost === null ? '' : ` by ${taken.holderHost}`;
  return [
    `${taken.group}: ${order.command.do} taken at epoch ${taken.epoch}, ${taken.phase}${by}`,
    `  ${consequence(order, taken)}`,
  ];
};

export const operate = async (
  group: string,
  command: string,
  host: string | undefined,
  options: OperateOptions,
): Promise<number> => {
  const order = operateOrderOf(group, command, host, options);
  const result = await findLab(options.lab).client.operate(order);
  if ('refused' in result) {
    const { code, message } = result.refused;
    const whatToDo = remedies[code] ?? 'nothing has changed; look at `keepaloft lab status`';
    throw new CliError(code, message, { remedy: whatToDo, exitCode: EXIT.refused });
  }
  const terminal = terminalOf(process.stdout);
  if (options.json === true) terminal.line(JSON.stringify(result));
  else for (const line of operateLines(order, result)) terminal.line(line);
  return EXIT.ok;
};
