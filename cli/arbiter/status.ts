/** `keepaloft status`. */
import { setTimeout as delay } from 'node:timers/promises';
import type { StatusResponse } from '../../core/wire/admin.ts';
import { EXIT } from '../exit-codes.ts';
import { CliError } from '../failure.ts';
import { type Interrupt, watchInterrupt } from '../interrupt.ts';
import { type Terminal, terminalOf } from '../terminal.ts';
import { connectArbiter } from './client.ts';
import { digestLines, exitCodeOf, statusLines } from './status-screen.ts';
import { type Target, type TargetOptions, targetOf } from './target.ts';

/** As often as the agents speak; oftener there is nothing new. */
const REDRAW_MS = 1000;

export interface StatusOptions extends TargetOptions {
  json?: boolean;
  watch?: boolean;
}

/** The document of `--json`: what the arbiter says, and which one it is. */
const documentOf = (target: Target, status: StatusResponse): object => {
  const { at, groups, brake, sweep, pulse, arbiter: deployment } = status;
  const arbiter = { name: target.name, endpoint: target.url.origin, region: target.region, deployment };
  return { v: 1, arbiter, at, groups, brake, sweep, pulse };
};

/** Until Ctrl-C. An arbiter that stops answering is shown as that: it may come back. */
const watch = async (
  group: string | undefined,
  target: Target,
  asJson: boolean,
  { signal }: Interrupt,
): Promise<void> => {
  const client = connectArbiter(target, signal);
  const terminal = terminalOf(process.stdout);
  let last: readonly string[] = [];
  const show = (lines: readonly string[]): void => {
    if (!asJson) terminal.redraw(lines);
  };
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    try {
      const status = await client.status(group);
      last = terminal.isLive ? statusLines(target, status, terminal) : digestLines(target, status);
      show(last);
      if (asJson) terminal.line(JSON.stringify(documentOf(target, status)));
    } catch (error) {
      const isPassing = error instanceof CliError && error.exitCode === EXIT.unreachable && !isFirst;
      if (signal.aborted) break;
      if (!isPassing) throw error;
      show([...last, terminal.paint('red', error.message)]);
    }
    await delay(REDRAW_MS, undefined, { signal }).catch(() => undefined);
  }
  terminal.settle();
};

const print = (target: Target, status: StatusResponse, terminal: Terminal): void => {
  for (const line of statusLines(target, status, terminal)) terminal.line(line);
};

export const status = async (group: string | undefined, options: StatusOptions): Promise<number> => {
  const target = await targetOf(options);
  if (options.watch === true) {
    const interrupt = watchInterrupt();
    try {
      await watch(group, target, options.json === true, interrupt);
    } finally {
      interrupt.dispose();
    }
    return EXIT.ok;
  }
  const now = await connectArbiter(target).status(group);
  const terminal = terminalOf(process.stdout);
  if (options.json === true) terminal.line(JSON.stringify(documentOf(target, now), null, 2));
  else print(target, now, terminal);
  return exitCodeOf(now);
};
