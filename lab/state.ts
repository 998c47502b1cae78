/** Where labs keep their files, and how one lab's directory says which process runs it. */

import { randomBytes } from 'node:crypto';
import {
  accessSync,
  constants,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import * as z from 'zod/mini';
import { LabError } from './errors.ts';
import { isSameProcess, startTicksOf } from './processes.ts';

const supervisorFile = 'supervisor.json';
const privateMode = 0o700;
/** Ids are drawn at random from 65,536: this many collisions in a row do not happen by chance. */
const claimTriesMax = 64;
const labIdBytes = 2;
const labIdPattern = /^[0-9a-f]{4}$/u;
/** A directory under construction is renamed into place within milliseconds; older ones were abandoned. */
const claimMsMax = 60_000;
const claimPrefix = '.claim-';

const supervisorSchema = z.object({ pid: z.int(), startTicks: z.int() });

/** A lab's directory, and the process that runs the lab; `supervisor` is null when the file is missing or unreadable. */
export interface LabDirectory {
  labId: string;
  directory: string;
  supervisor: { pid: number; startTicks: number } | null;
}

const isUsable = (directory: string | undefined): directory is string => {
  if (directory === undefined || !directory.startsWith('/')) {
    return false;
  }
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    return statSync(directory).isDirectory();
  } catch {
    return false;
  }
};

const rootIn = (runtimeDirectory: string): string =>
  join(runtimeDirectory, `keepaloft-labs-${userInfo().uid}`);

/** The directory of this user's labs: in $XDG_RUNTIME_DIR when that is usable, else in the temporary directory. */
export const labsRoot = (): string => {
  const runtime = process.env['XDG_RUNTIME_DIR'];
  return rootIn(isUsable(runtime) ? runtime : tmpdir());
};

/** Everywhere this user's labs may be: another session of the same user may have had another runtime directory. */
export const labsRoots = (): string[] => {
  const runtime = process.env['XDG_RUNTIME_DIR'];
  const candidates = [runtime, `/run/user/${userInfo().uid}`, tmpdir(), '/tmp'];
  return [
    ...new Set(candidates.filter((directory) => isUsable(directory)).map((directory) => rootIn(directory))),
  ];
};

/** Refuses a directory that somebody else put where this user's labs go (the temporary directory is everybody's). */
const checkOwner = (root: string): void => {
  const found = statSync(root, { throwIfNoEntry: false });
  if (found !== undefined && found.uid !== userInfo().uid) {
    throw new LabError('state-not-ours', `${root} belongs to another user`, {
      remedy: 'remove it, or set XDG_RUNTIME_DIR to a directory of your own',
    });
  }
};

const writeSupervisor = (directory: string, pid: number): void => {
  const startTicks = startTicksOf(pid);
  if (startTicks === null) {
    throw new LabError('no-such-process', `process ${pid} does not exist`, {
      remedy: 'name a running supervisor',
    });
  }
  writeFileSync(join(directory, supervisorFile), `${JSON.stringify({ pid, startTicks })}\n`);
};

/** An id that no lab of this user has, wherever its directory is. */
const freeLabId = (root: string): string => {
  const taken = new Set(listLabDirectories([...new Set([...labsRoots(), root])]).map((lab) => lab.labId));
  for (let attempt = 0; attempt < claimTriesMax; attempt += 1) {
    const labId = randomBytes(labIdBytes).toString('hex');
    if (!taken.has(labId)) {
      return labId;
    }
  }
  throw new LabError('no-free-lab-id', 'too many labs on this machine', {
    remedy: 'bring some of them down',
  });
};

/**
 * Makes the directory of a new lab, run by process `pid` (this one by default). The directory appears complete, so a
 * sweep at the same moment never takes it for an abandoned one.
 *
 * @example const { labId, directory } = claimLabDirectory();
 */
export const claimLabDirectory = (pid: number = process.pid, root: string = labsRoot()): LabDirectory => {
  checkOwner(root);
  const claim = join(root, `${claimPrefix}${process.pid}-${randomBytes(labIdBytes).toString('hex')}`);
  // Root and claim in one: whoever ends the last lab removes the root while it is empty.
  mkdirSync(claim, { recursive: true, mode: privateMode });
  checkOwner(root);
  writeSupervisor(claim, pid);
  for (let attempt = 0; attempt < claimTriesMax; attempt += 1) {
    const labId = freeLabId(root);
    const directory = join(root, labId);
    try {
      renameSync(claim, directory);
      return readLabDirectory(root, labId);
    } catch (cause) {
      if (attempt + 1 === claimTriesMax) {
        rmSync(claim, { recursive: true, force: true });
        throw new LabError('state-failed', `cannot create a directory for the lab in ${root}`, {
          remedy: `remove old labs: rm -r ${root}`,
          cause,
        });
      }
    }
  }
  throw new LabError('state-failed', 'unreachable: the last attempt returns or throws', {
    remedy: 'report this',
  });
};

const readSupervisor = (directory: string): LabDirectory['supervisor'] => {
  try {
    const parsed = supervisorSchema.safeParse(
      JSON.parse(readFileSync(join(directory, supervisorFile), 'utf8')),
    );
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
};

const readLabDirectory = (root: string, labId: string): LabDirectory => {
  const directory = join(root, labId);
  return { labId, directory, supervisor: readSupervisor(directory) };
};

/** All labs of this user, alive or not, from every root given. */
export const listLabDirectories = (roots: readonly string[] = labsRoots()): LabDirectory[] =>
  roots.flatMap((root) => {
    try {
      checkOwner(root);
      return readdirSync(root)
        .filter((name) => labIdPattern.test(name))
        .map((labId) => readLabDirectory(root, labId));
    } catch {
      return [];
    }
  });

/** True while the process that runs the lab is alive. */
export const isAlive = ({ supervisor }: LabDirectory): boolean =>
  supervisor !== null && isSameProcess(supervisor.pid, supervisor.startTicks);

/** Removes a lab's directory, and with the last one the folder of this user's labs. */
export const removeLabDirectory = (directory: string): void => {
  rmSync(directory, { recursive: true, force: true });
  try {
    rmdirSync(dirname(directory));
  } catch {
    // Other labs still live there.
  }
};

/** Removes directories whose claim was never completed. */
export const removeAbandonedClaims = (root: string, nowMs: number): void => {
  let names: string[] = [];
  try {
    names = readdirSync(root).filter((name) => name.startsWith(claimPrefix));
  } catch {
    return;
  }
  for (const name of names) {
    const path = join(root, name);
    if (nowMs - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? nowMs) > claimMsMax) {
      rmSync(path, { recursive: true, force: true });
    }
  }
};
