/**
 * May this file be run on the host's behalf? Only when nobody but root (and the agent's own user) can change what
 * the path leads to: every directory and every link on the way, and the file itself.
 */
import type { Stats } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { HostError, messageOf } from '../errors.ts';
import { readUserNamespace, type UserNamespace } from './namespace.ts';

/** As in the kernel: a path that leads over more links is taken for a loop. */
const LINKS_MAX = 40;
const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;
const EXECUTABLE = 0o111;
/** Where a rootless agent believes that an owner it cannot see is root: by the system's own layout it is. */
const SYSTEM_PREFIX = `${sep}usr${sep}`;

const refuse = (path: string, why: string, remedy: string, cause?: unknown): HostError =>
  new HostError('untrusted-file', `${path} is not run: ${why}`, { remedy, cause });

const look = async (wanted: string, path: string): Promise<Stats> => {
  try {
    return await lstat(path);
  } catch (cause) {
    throw refuse(wanted, `${path} cannot be examined (${messageOf(cause)})`, 'correct the path', cause);
  }
};

const ownerTrusted = (path: string, stats: Stats, namespace: UserNamespace): boolean => {
  if (stats.uid === 0 || stats.uid === namespace.uid) return true;
  // In a rootless namespace the machine's root has no id here and shows up as the overflow user.
  const unseen = !namespace.whole && stats.uid === namespace.overflowUid;
  return unseen && (stats.isDirectory() || path.startsWith(SYSTEM_PREFIX) || dirname(path) === sep);
};

const judge = (wanted: string, path: string, stats: Stats, namespace: UserNamespace): void => {
  if (!ownerTrusted(path, stats, namespace)) {
    throw refuse(wanted, `${path} belongs to uid ${stats.uid}`, `give it to root: chown root ${path}`);
  }
  // A link has no mode of its own: who owns it and its directory decides.
  if (stats.isSymbolicLink() || (stats.mode & WRITABLE_BY_OTHERS) === 0) return;
  // In a sticky directory others may add files, but not replace what root put there.
  if (stats.isDirectory() && (stats.mode & STICKY) !== 0) return;
  throw refuse(wanted, `${path} is writable by its group or by others`, `take that away: chmod go-w ${path}`);
};

/** Walks the path part by part, judging each; a link restarts the walk at what it points to. */
const walk = async (wanted: string, namespace: UserNamespace): Promise<{ path: string; stats: Stats }> => {
  let path: string = sep;
  let stats = await look(wanted, path);
  judge(wanted, path, stats, namespace);
  const parts = wanted.split(sep).filter((part) => part !== '');
  let links = 0;
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    const next = resolve(path, part);
    stats = await look(wanted, next);
    judge(wanted, next, stats, namespace);
    if (!stats.isSymbolicLink()) {
      path = next;
      continue;
    }
    links += 1;
    if (links > LINKS_MAX) throw refuse(wanted, 'it leads over too many links', 'remove the loop of links');
    const target = await readlink(next);
    parts.unshift(
      ...resolve(path, target)
        .split(sep)
        .filter((piece) => piece !== ''),
    );
    path = sep;
  }
  return { path, stats };
};

/**
 * Follows `path` to the file it names and makes sure that only trusted hands can have put it there.
 *
 * Trusted: root; the agent's own user; and in a rootless namespace, where the machine's root cannot be told from
 * other users, whoever owns directories and the files under /usr. Writable by group or others is refused.
 *
 * @returns the real path, to be executed instead of the given one so that no link is followed twice
 * @throws HostError `untrusted-file` naming the part of the path that is wrong and what to do about it
 * @example await trustedExecutable('/usr/local/bin/promote.sh')
 */
export const trustedExecutable = async (
  path: string,
  namespace: UserNamespace = readUserNamespace(),
): Promise<string> => {
  if (!path.startsWith(sep)) throw refuse(path, 'it is not an absolute path', 'name it from / on');
  const found = await walk(resolve(path), namespace);
  if (!found.stats.isFile()) throw refuse(path, `${found.path} is not a file`, 'name a program');
  if ((found.stats.mode & EXECUTABLE) === 0) {
    throw refuse(path, `${found.path} is not executable`, `make it so: chmod +x ${found.path}`);
  }
  return found.path;
};
