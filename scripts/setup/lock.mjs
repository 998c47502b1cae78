// One set-up at a time in a tree. The lock is a directory holding one file named after its owner; it is put in place by
// renaming a finished directory, so a lock without an owner cannot be seen, and kill -9 leaves one whose owner is gone.

import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SetupError } from './report.mjs';

/** Longer than any installation should take: after it, waiting for another set-up is given up. */
const WAIT_MS_MAX = 900_000;
const POLL_MS = 200;
/** Directories that wait to become the lock. */
const PREPARED_PREFIX = 'lock-';

/**
 * @typedef {object} Lock
 * @property {(pid: number) => void} adopt  names a child that keeps the lock alive even if this process is killed
 * @property {() => void} release
 */

/**
 * A process by pid and start time, so that a pid used again is not taken for the old process.
 *
 * @param {number} pid
 */
export function processIdentity(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Fields are counted after the command name, which stands in parentheses and may contain anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const state = fields[0];
    return state === 'Z' || state === 'X' ? undefined : `${pid}.${fields[19]}`;
  } catch {
    return undefined;
  }
}

/** @param {string} identity */
function isAlive(identity) {
  return processIdentity(Number.parseInt(identity, 10)) === identity;
}

/**
 * The identities that hold a lock: its owner's, named by the file, and its child's, written in the file.
 *
 * @param {string} lockDir
 * @returns {{ owner: string, holders: string[] } | undefined}
 */
function readLock(lockDir) {
  try {
    const owner = readdirSync(lockDir)[0];
    if (owner === undefined) return undefined;
    const child = readFileSync(join(lockDir, owner), 'utf8').trim();
    return { owner, holders: child === '' ? [owner] : [owner, child] };
  } catch {
    return undefined;
  }
}

/**
 * Renaming onto an empty directory succeeds and onto a filled one fails: of several who try, exactly one wins.
 *
 * @param {string} prepared
 * @param {string} lockDir
 */
function tryPlace(prepared, lockDir) {
  try {
    renameSync(prepared, lockDir);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Waits for the tree's lock and takes it.
 *
 * @param {string} root
 * @param {import('./report.mjs').Report} report
 * @param {{ waitMsMax?: number, pid?: number }} [options]  pid: the owner to write down, this process unless told
 * @returns {Promise<Lock>}
 */
export async function takeLock(root, report, options = {}) {
  const cacheDir = join(root, '.cache');
  const lockDir = join(cacheDir, 'setup.lock');
  const own = processIdentity(options.pid ?? process.pid) ?? `${process.pid}.0`;
  const prepared = prepareLock(cacheDir, own);
  const deadlineMs = Date.now() + (options.waitMsMax ?? WAIT_MS_MAX);
  let told = false;
  while (!tryPlace(prepared, lockDir)) {
    const held = readLock(lockDir);
    const alive = held?.holders.find(isAlive);
    if (held !== undefined && alive === undefined) {
      // Only the dead owner's own file is removed: nobody else's lock can carry that name.
      rmSync(join(lockDir, held.owner), { force: true });
      continue;
    }
    if (Date.now() > deadlineMs) {
      rmSync(prepared, { recursive: true, force: true });
      throw new SetupError(
        `another set-up (process ${alive ?? 'unknown'}) still holds ${lockDir}; giving up`,
      );
    }
    if (!told && alive !== undefined)
      report.say(`waiting for another set-up here (pid ${Number.parseInt(alive, 10)})`);
    told = true;
    await sleep(POLL_MS);
  }
  return {
    adopt: (pid) => writeFileSync(join(lockDir, own), processIdentity(pid) ?? ''),
    release: () => {
      // The file alone: an empty directory is a free lock, and removing it too could hit the next owner's.
      rmSync(join(lockDir, own), { force: true });
    },
  };
}

/**
 * @param {string} cacheDir
 * @param {string} own
 */
function prepareLock(cacheDir, own) {
  try {
    mkdirSync(cacheDir, { recursive: true });
    removeLeftovers(cacheDir);
    const prepared = mkdtempSync(join(cacheDir, PREPARED_PREFIX));
    writeFileSync(join(prepared, own), '');
    return prepared;
  } catch (error) {
    throw new SetupError(`cannot write in ${cacheDir}: run this as the owner of the tree`, 1, {
      cause: error,
    });
  }
}

/**
 * Removes what set-ups that were killed while waiting had prepared.
 *
 * @param {string} cacheDir
 */
function removeLeftovers(cacheDir) {
  for (const name of readdirSync(cacheDir).filter((entry) => entry.startsWith(PREPARED_PREFIX))) {
    const prepared = readLock(join(cacheDir, name));
    // One without an owner is being made at this moment.
    if (prepared === undefined || prepared.holders.some(isAlive)) continue;
    rmSync(join(cacheDir, name), { recursive: true, force: true });
  }
}
