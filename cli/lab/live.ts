/** A status that stays on the screen and is kept up to date until somebody says stop. */

import { setTimeout as delay } from 'node:timers/promises';
import type { LabClient } from '../../lab/control/client.ts';
import type { LabInfo, LabStatus } from '../../lab/control/types.ts';
import type { Terminal } from '../terminal.ts';
import { healthOf, statusLines } from './status-screen.ts';

/** Twice a second is quick enough to see a failover and costs nothing. */
const redrawMs = 500;

/** One line that changes only when something happened; for logs and pipes. */
const digest = (status: LabStatus): string[] => [
  ...status.groups.map(
    (group) =>
      `${group.name}: ${healthOf(group)}, epoch ${group.epoch} ${group.phase}, held by ${group.holderHost ?? 'nobody'} (${group.members
        .map((member) => `${member.host} ${member.state}`)
        .join(', ')})`,
  ),
  ...status.faults.map((fault) => `fault ${fault.id}: ${fault.kind} ${fault.targets.join(' ')}`),
];

/** @returns 'gone' when the lab ended by itself, 'stopped' when `signal` said so */
export const showLive = async (
  lab: { info: LabInfo; client: LabClient },
  terminal: Terminal,
  signal: AbortSignal,
  footer: readonly string[] = [],
): Promise<'gone' | 'stopped'> => {
  while (!signal.aborted) {
    let status: LabStatus;
    try {
      status = await lab.client.status();
    } catch {
      terminal.settle();
      return signal.aborted ? 'stopped' : 'gone';
    }
    const lines = terminal.isLive
      ? [...statusLines(lab.info, status, terminal, Date.now()), ...footer]
      : digest(status);
    terminal.redraw(lines);
    await delay(redrawMs, undefined, { signal }).catch(() => undefined);
  }
  terminal.settle();
  return 'stopped';
};
