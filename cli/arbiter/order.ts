/** `keepaloft failover`, `drain`, `undrain`, `pause`, `resume` and `adopt`. */
import { parseDurationMs } from '../../core/duration.ts';
import type { GroupStatus, OrderRequest, OrderResponse } from '../../core/wire/admin.ts';
import { EXIT } from '../exit-codes.ts';
import { CliError } from '../failure.ts';
import { watchInterrupt } from '../interrupt.ts';
import { elapsed } from '../table.ts';
import { type Terminal, terminalOf } from '../terminal.ts';
import { type ArbiterClient, connectArbiter } from './client.ts';
import { canAsk, confirm, refuseUnasked } from './confirm.ts';
import { named } from './names.ts';
import { needsLook, type OrderWords, orderLine, requestOf, takenLines } from './order-words.ts';
import { groupLines } from './status-screen.ts';
import { type Target, type TargetOptions, targetOf } from './target.ts';
import { waitFor } from './wait.ts';

const REASON_DEFAULT = 'ordered on the command line';
export const WAIT_DEFAULT = '30s';
/** Who waits longer than this wonders whether anything happens. */
const PROGRESS_AFTER_MS = 2000;

export interface OrderOptions extends TargetOptions {
  json?: boolean;
  yes?: boolean;
  dryRun?: boolean;
  reason?: string;
  ifEpoch?: number;
  wait?: boolean;
  timeout?: string;
}

interface Errand {
  readonly target: Target;
  readonly client: ArbiterClient;
  readonly options: OrderOptions;
  readonly signal: AbortSignal;
}

const groupIn = async (client: ArbiterClient, group: string): Promise<GroupStatus> => {
  const [status] = (await client.status(group)).groups;
  if (status !== undefined && !('error' in status)) return status;
  throw new CliError('unreadable', `group ${group} cannot be read`, {
    remedy: 'look at `keepaloft status`',
    exitCode: EXIT.unreachable,
  });
};

/** The request, after a look at the group where one is needed, and after a yes where nobody has said it before. */
const decide = async (
  words: OrderWords,
  { target, client, options, signal }: Errand,
): Promise<OrderRequest> => {
  const mustAsk = options.yes !== true;
  if (mustAsk && !canAsk()) refuseUnasked();
  if (!mustAsk && !needsLook(words)) return requestOf(words, target.hosts);
  const seen = await groupIn(client, words.group);
  const request = requestOf(words, target.hosts, seen);
  if (mustAsk) {
    const screen = terminalOf(process.stderr);
    screen.line(`arbiter ${screen.paint('bold', target.name)}`);
    for (const line of groupLines(seen, target.hosts, screen, Date.now())) screen.line(line);
    await confirm(`${orderLine(request, target.hosts)}?`, signal);
  }
  return request;
};

/** What would be asked, and of whom. A look is no order, but nothing at all is sent. */
const showDryRun = (words: OrderWords, target: Target, options: OrderOptions, terminal: Terminal): void => {
  const { node, ...rest } = words;
  const body = needsLook(words) ? { v: 1, ...rest, node } : requestOf(words, target.hosts);
  const document = {
    v: 1,
    dryRun: true,
    arbiter: { name: target.name, endpoint: target.url.origin, region: target.region },
    request: body,
  };
  if (options.json === true) {
    terminal.line(JSON.stringify(document, null, 2));
    return;
  }
  terminal.line(`nothing is sent; this would be asked of arbiter ${terminal.paint('bold', target.name)}:`);
  terminal.line(`  POST ${target.url.href}`);
  terminal.line(`  ${JSON.stringify(body)}`);
  if (needsLook(words)) terminal.line(`  where ${node} is whoever that is at that moment`);
};

const progressLine = (target: Target): ((missing: string, waitedMs: number) => void) => {
  const screen = terminalOf(process.stderr);
  return (missing, waitedMs) => {
    if (waitedMs < PROGRESS_AFTER_MS) return;
    const words = `waiting: ${named(missing, target.hosts)}`;
    // Where lines cannot be taken back, one that differs only in its time is not worth printing.
    screen.redraw([screen.isLive ? `${words} (${elapsed(waitedMs)})` : words]);
  };
};

const awaited = async (
  request: OrderRequest,
  taken: OrderResponse,
  { target, client, options, signal }: Errand,
): Promise<GroupStatus | undefined> => {
  if (options.wait !== true) return undefined;
  const timeoutMs = parseDurationMs(options.timeout ?? WAIT_DEFAULT) ?? 0;
  return waitFor(client, request, taken, { timeoutMs, signal, onMissing: progressLine(target) });
};

const carryOut = async (words: OrderWords, errand: Errand, terminal: Terminal): Promise<void> => {
  const { target, client, options } = errand;
  const request = await decide(words, errand);
  const taken = await client.order(request);
  const isJson = options.json === true;
  if (!isJson) for (const line of takenLines(request, taken, target.hosts)) terminal.line(line);
  const status = await awaited(request, taken, errand);
  if (isJson) {
    const arbiter = { name: target.name, endpoint: target.url.origin, region: target.region };
    const { v: _, ...result } = taken;
    const done = status === undefined ? {} : { done: true, status };
    terminal.line(JSON.stringify({ v: 1, arbiter, request, result, ...done }, null, 2));
  } else if (status !== undefined) {
    terminal.line('done:');
    for (const line of groupLines(status, target.hosts, terminal, Date.now())) terminal.line(line);
  }
};

/** @param words what is ordered; its reason and epoch come from the options */
export const giveOrder = async (
  words: Pick<OrderWords, 'do' | 'group' | 'node'>,
  options: OrderOptions,
): Promise<number> => {
  const target = await targetOf(options);
  const terminal = terminalOf(process.stdout);
  const order = { ...words, reason: options.reason ?? REASON_DEFAULT, ifEpoch: options.ifEpoch };
  if (options.dryRun === true) {
    showDryRun(order, target, options, terminal);
    return EXIT.ok;
  }
  const interrupt = watchInterrupt();
  const { signal } = interrupt;
  try {
    await carryOut(order, { target, client: connectArbiter(target, signal), options, signal }, terminal);
  } finally {
    interrupt.dispose();
  }
  return EXIT.ok;
};
