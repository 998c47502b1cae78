/** `keepaloft lab status`. */

import { EXIT } from '../exit-codes.ts';
import { CliError } from '../failure.ts';
import { watchInterrupt } from '../interrupt.ts';
import { terminalOf } from '../terminal.ts';
import { findLab } from './find.ts';
import { showLive } from './live.ts';
import { exitCodeOf, statusLines } from './status-screen.ts';

export const status = async (options: { lab?: string; json?: boolean; watch?: boolean }): Promise<number> => {
  const { client } = findLab(options.lab);
  const terminal = terminalOf(process.stdout);
  if (options.json === true) {
    const now = await client.status();
    terminal.line(JSON.stringify(now, null, 2));
    return exitCodeOf(now);
  }
  const info = await client.info();
  if (options.watch !== true) {
    const now = await client.status();
    for (const line of statusLines(info, now, terminal, Date.now())) {
      terminal.line(line);
    }
    return exitCodeOf(now);
  }
  const interrupt = watchInterrupt();
  try {
    if ((await showLive({ info, client }, terminal, interrupt.signal)) === 'gone') {
      const remedy = 'start a new one: keepaloft lab up';
      throw new CliError('lab-gone', `lab ${info.lab} is gone`, { remedy, exitCode: EXIT.unavailable });
    }
  } finally {
    interrupt.dispose();
  }
  return EXIT.ok;
};
