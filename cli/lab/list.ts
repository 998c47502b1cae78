/** `keepaloft lab list`. */

import { connectLab } from '../../lab/control/client.ts';
import type { LabInfo } from '../../lab/control/types.ts';
import { isAlive, listLabDirectories } from '../../lab/state.ts';
import { EXIT } from '../exit-codes.ts';
import { elapsed, table } from '../table.ts';
import { terminalOf } from '../terminal.ts';

interface ListedLab {
  lab: string;
  state: 'running' | 'starting' | 'dead';
  dir: string;
  info: LabInfo | null;
}

const look = async (): Promise<ListedLab[]> =>
  Promise.all(
    listLabDirectories().map(async (lab): Promise<ListedLab> => {
      const about = { lab: lab.labId, dir: lab.directory };
      if (!isAlive(lab)) {
        return { ...about, state: 'dead', info: null };
      }
      // A lab without its socket yet is starting: that is a state, not an error.
      const info = await connectLab(lab.directory)
        .info()
        .catch(() => null);
      return { ...about, state: info === null ? 'starting' : 'running', info };
    }),
  );

export const list = async (options: { json?: boolean }): Promise<number> => {
  const labs = await look();
  const terminal = terminalOf(process.stdout);
  if (options.json === true) {
    const rows = labs.map(({ lab, state, dir, info }) => ({
      lab,
      state,
      dir,
      mode: info?.mode ?? null,
      pid: info?.pid ?? null,
      startedAt: info?.startedAt ?? null,
      hosts: info?.hosts.length ?? null,
      vips: info?.vips ?? [],
    }));
    terminal.line(JSON.stringify({ version: 1, labs: rows }, null, 2));
    return EXIT.ok;
  }
  if (labs.length === 0) {
    terminal.line('no lab is running; start one: keepaloft lab up --detach');
    return EXIT.ok;
  }
  const rows = labs.map(({ lab, state, info }) => [
    lab,
    state,
    info?.mode ?? '-',
    info === null ? '-' : String(info.hosts.length),
    info?.vips.join(' ') ?? '-',
    info === null ? '-' : elapsed(Date.now() - info.startedAt),
  ]);
  for (const line of table(['LAB', 'STATE', 'MODE', 'HOSTS', 'VIPS', 'UP'], rows)) {
    terminal.line(line);
  }
  return EXIT.ok;
};
