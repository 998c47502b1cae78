/** What a timeline is told about: one transfer, and everything noted around it. Pure. */

import type { JournalEntry, LabInfo } from '../control/types.ts';
import type { ProbeReport } from '../probe/analysis.ts';
import { type TransferEntry, transfersIn } from './entries.ts';

/** What a row tells. */
export type Step =
  | 'last beat'
  | 'fault'
  | 'no answer'
  | 'claim'
  | 'fault report'
  | 'resign'
  | 'intent'
  | 'EC2 call'
  | 'fabric applied'
  | 'commit'
  | 'first answer';

export interface TimelineScene {
  hosts: readonly Pick<LabInfo['hosts'][number], 'name' | 'instanceId'>[];
  /** Only transfers of this group. @default any group */
  group?: string;
  /** Addresses of the group. @default the probe's, else any */
  vips?: readonly string[];
  /** What the client saw of one of these addresses. */
  probe?: ProbeReport;
}

const decimals = 1000;

/** To a thousandth of a millisecond. */
export const roundMs = (ms: number): number => Math.round(ms * decimals) / decimals;

/** A row by absolute time, before the zero is known. */
export interface Moment {
  epochMs: number;
  what: Step;
  detail: string;
  durationMs?: number;
}

export interface Story {
  scene: TimelineScene;
  entries: readonly JournalEntry[];
  transfer: TransferEntry;
  /** The next transfer of the same group begins another story. */
  endsAt: number;
  name: (node: string | null) => string | null;
}

/** The last transfer of a journal that took from somebody, else the last one; null when there is none. */
export const storyOf = (entries: readonly JournalEntry[], scene: TimelineScene): Story | null => {
  const transfers = transfersIn(entries).filter(
    (one) => scene.group === undefined || one.group === scene.group,
  );
  // The first holder of a new lab takes over from nobody: that is a failover only if nothing else happened.
  const transfer = transfers.findLast((one) => one.from !== null) ?? transfers.at(-1);
  if (transfer === undefined) {
    return null;
  }
  const next = transfers.find((one) => one.group === transfer.group && one.epoch > transfer.epoch);
  const name = (node: string | null): string | null =>
    node === null ? null : (scene.hosts.find((host) => host.instanceId === node)?.name ?? node);
  return { scene, entries, transfer, endsAt: next?.at ?? Number.POSITIVE_INFINITY, name };
};
