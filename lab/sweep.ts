/** Removes what labs left behind whose supervisor died: processes, namespaces, files. Safe beside living labs. */

import { readdirSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { findProgram, run } from './net/exec.ts';
import { labIdOfNamespace } from './net/names.ts';
import { killAll, processesInNetworks, processesOfLab } from './processes.ts';
import {
  isAlive,
  type LabDirectory,
  labsRoots,
  listLabDirectories,
  removeAbandonedClaims,
  removeLabDirectory,
} from './state.ts';

const namespaceDirectory = '/run/netns';

/** What a sweep removed. */
export interface SweepReport {
  labs: string[];
  namespaces: string[];
  processes: number[];
}

export interface SweepOptions {
  /** Receives one sentence for each thing removed or left alone. */
  log?: (line: string) => void;
  /** Sweeps only this lab. */
  labId?: string;
  /** Where to look for labs; all places of this user by default. */
  roots?: readonly string[];
}

/** Names of lab namespaces on the machine. Rootless labs keep theirs in a private mount namespace that dies with them. */
const labNamespaces = (): string[] => {
  try {
    return readdirSync(namespaceDirectory).filter((name) => labIdOfNamespace(name) !== null);
  } catch {
    return [];
  }
};

const identities = (namespaces: readonly string[]): Set<string> =>
  new Set(
    namespaces.flatMap((name) => {
      const found = statSync(join(namespaceDirectory, name), { throwIfNoEntry: false });
      return found === undefined ? [] : [`net:[${found.ino}]`];
    }),
  );

const deleteNamespaces = async (namespaces: readonly string[]): Promise<void> => {
  const ip = findProgram('ip');
  if (ip === null || namespaces.length === 0) {
    return;
  }
  // Another sweep may delete them at the same moment: -force goes on, and what counts is that they are gone.
  await run([ip, '-force', '-batch', '-'], namespaces.map((name) => `netns del ${name}\n`).join('')).catch(
    () => undefined,
  );
};

/** Ends one dead lab. Namespaces are deleted after the processes, whose traffic would otherwise go on until they end. */
const sweepLab = async (lab: LabDirectory, namespaces: readonly string[]): Promise<SweepReport> => {
  const inside = identities(namespaces);
  const processes = await killAll(() => [
    ...new Set([...processesOfLab(lab.labId), ...processesInNetworks(inside)]),
  ]);
  await deleteNamespaces(namespaces);
  removeLabDirectory(lab.directory);
  return { labs: [lab.labId], namespaces: [...namespaces], processes };
};

/**
 * Namespaces without any lab's directory. One that a process still uses is left alone: it may belong to a lab whose
 * directory this process cannot see.
 */
const sweepOrphans = async (
  namespaces: readonly string[],
  log: (line: string) => void,
): Promise<string[]> => {
  const empty = namespaces.filter((name) => {
    const used = processesInNetworks(identities([name])).length > 0;
    if (used) {
      log(`left namespace ${name} alone: it has no lab, but a process still uses it`);
    }
    return !used;
  });
  await deleteNamespaces(empty);
  return empty;
};

const byLab = (namespaces: readonly string[], labId: string): string[] =>
  namespaces.filter((name) => labIdOfNamespace(name) === labId);

/**
 * Sweeps labs whose supervisor is dead, and lab namespaces that belong to no lab. Never touches a living lab, a
 * process of another user, or this process.
 *
 * @example await sweepStale({ log: (line) => console.error(line) });
 */
export const sweepStale = async (options: SweepOptions = {}): Promise<SweepReport> => {
  const log = options.log ?? (() => undefined);
  const roots = options.roots ?? labsRoots();
  // Namespaces first, directories second: a lab claims its directory before it makes namespaces, so a lab that starts
  // in between is never taken for an orphan.
  const namespaces = userInfo().uid === 0 ? labNamespaces() : [];
  const labs = listLabDirectories(roots);
  const report: SweepReport = { labs: [], namespaces: [], processes: [] };
  const dead = labs.filter((lab) => !isAlive(lab) && (options.labId ?? lab.labId) === lab.labId);
  for (const lab of dead) {
    const swept = await sweepLab(lab, byLab(namespaces, lab.labId));
    log(
      `removed lab ${lab.labId}: ${swept.processes.length} processes, ${swept.namespaces.length} namespaces`,
    );
    report.labs.push(...swept.labs);
    report.namespaces.push(...swept.namespaces);
    report.processes.push(...swept.processes);
  }
  if (options.labId === undefined) {
    const everywhere = listLabDirectories([...new Set([...labsRoots(), ...roots])]);
    const known = new Set([...labs, ...everywhere].map((lab) => lab.labId));
    const orphans = namespaces.filter((name) => !known.has(labIdOfNamespace(name) ?? ''));
    report.namespaces.push(...(await sweepOrphans(orphans, log)));
    for (const root of roots) {
      removeAbandonedClaims(root, Date.now());
    }
  }
  return report;
};
