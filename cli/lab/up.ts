/** `keepaloft lab up`. */

import { resolve } from 'node:path';
import { connectLab } from '../../lab/control/client.ts';
import { type LaunchOptions, launchLab } from '../../lab/control/launch.ts';
import type { LabInfo } from '../../lab/control/types.ts';
import { listLabDirectories } from '../../lab/state.ts';
import { sweepStale } from '../../lab/sweep.ts';
import { EXIT } from '../exit-codes.ts';
import { type Interrupt, watchInterrupt } from '../interrupt.ts';
import { type Terminal, terminalOf } from '../terminal.ts';
import { readConfigFile } from '../validate.ts';
import { hostLines, modeWords } from './info.ts';
import { showLive } from './live.ts';
import { killLab, takeDown } from './take-down.ts';

export interface UpOptions {
  config?: string;
  hosts?: number;
  ackMs?: number;
  propagationMs?: number;
  detach?: boolean;
  json?: boolean;
}

/** What the supervisor is told. A wrong file is refused here, before anything is started. */
const launchOptions = async ({ config, hosts, ackMs, propagationMs }: UpOptions): Promise<LaunchOptions> => {
  if (config !== undefined) {
    await readConfigFile(config);
  }
  return {
    ...(config === undefined ? {} : { config: resolve(config) }),
    ...(hosts === undefined ? {} : { hosts }),
    ...(ackMs === undefined ? {} : { ackMs }),
    ...(propagationMs === undefined ? {} : { propagationMs }),
  };
};

/** Sweeps what dead labs left, then starts one, telling each step. */
export const startLab = async (
  options: LaunchOptions,
  progress: Terminal,
  signal: AbortSignal,
  detach = false,
): Promise<LabInfo> => {
  await sweepStale({ log: (line) => progress.line(progress.paint('dim', line)) });
  return launchLab(options, {
    signal,
    detach,
    onProgress: (sentence) => progress.line(progress.paint('dim', sentence)),
  });
};

/** Takes a lab down, whatever state it is in; a second Ctrl-C meanwhile kills it. */
export const endLab = async (info: LabInfo, progress: Terminal, interrupt: Interrupt): Promise<void> => {
  const directory = listLabDirectories().find((lab) => lab.labId === info.lab);
  if (directory === undefined) {
    return;
  }
  if (progress.isLive && interrupt.signal.aborted) {
    // The terminal has just written ^C there.
    progress.line();
  }
  progress.line(progress.paint('dim', `taking lab ${info.lab} down`));
  interrupt.onImpatience(() => {
    progress.line('killing it');
    void killLab(directory);
  });
  await takeDown(directory);
};

const foreground = async (info: LabInfo, terminal: Terminal, interrupt: Interrupt): Promise<void> => {
  const footer = [
    '',
    terminal.paint('dim', 'Ctrl-C takes it down. Elsewhere: keepaloft lab fault kill holder'),
  ];
  const end = await showLive({ info, client: connectLab(info.dir) }, terminal, interrupt.signal, footer);
  if (end === 'gone') {
    terminal.line(`lab ${info.lab} is gone`);
  }
};

export const up = async (options: UpOptions): Promise<number> => {
  const launching = await launchOptions(options);
  const terminal = terminalOf(process.stdout);
  const progress = terminalOf(process.stderr);
  const interrupt = watchInterrupt();
  let info: LabInfo | null = null;
  try {
    info = await startLab(launching, progress, interrupt.signal, options.detach);
    if (options.json === true) {
      terminal.line(JSON.stringify(info, null, 2));
    } else {
      terminal.line(`lab ${terminal.paint('bold', info.lab)} is up, ${modeWords(info)}`);
      for (const line of hostLines(info)) {
        terminal.line(`  ${line}`);
      }
      terminal.line(`  console, in a browser: ${info.endpoints.console}`);
      terminal.line();
    }
    if (options.detach === true) {
      if (options.json !== true) {
        terminal.line('keepaloft lab status --watch shows it, keepaloft lab down ends it');
      }
      return EXIT.ok;
    }
    await foreground(info, options.json === true ? progress : terminal, interrupt);
    return EXIT.ok;
  } finally {
    if (info !== null && options.detach !== true) {
      await endLab(info, progress, interrupt);
    }
    interrupt.dispose();
  }
};
