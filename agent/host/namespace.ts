/** Whether this process is the machine's real root or only root of a user namespace, and which ids exist here. */
import { readFileSync } from 'node:fs';

/** Ids `first` to `first + count - 1` exist in this namespace. */
interface IdRange {
  readonly first: number;
  readonly count: number;
}

export interface UserNamespace {
  /** The effective user id of the agent. */
  readonly uid: number;
  /** Every id is mapped: files show their true owners. In a rootless namespace they do not. */
  readonly whole: boolean;
  /** What owners without a mapping look like: the kernel's overflow uid. */
  readonly overflowUid: number;
  readonly hasUid: (uid: number) => boolean;
  readonly hasGid: (gid: number) => boolean;
}

/** All 2³² ids but the last, which means "none". */
const IDS_ALL = 4_294_967_295;
const OVERFLOW_UID_DEFAULT = 65_534;

/** Reads /proc/PID/uid_map: lines of first id inside, first id outside, count. */
export const parseIdMap = (text: string): IdRange[] =>
  text
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([first, , count]) =>
      first === undefined || count === undefined || !Number.isInteger(first) ? [] : [{ first, count }],
    );

const has =
  (ranges: readonly IdRange[]) =>
  (id: number): boolean =>
    ranges.some(({ first, count }) => id >= first && id < first + count);

const readOr = (path: string, fallback: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // A kernel without user namespaces has no such file, and there every id exists.
    return fallback;
  }
};

/** This process's user namespace, read from /proc. */
export const readUserNamespace = (): UserNamespace => {
  const everything = `0 0 ${IDS_ALL}`;
  const uids = parseIdMap(readOr('/proc/self/uid_map', everything));
  const gids = parseIdMap(readOr('/proc/self/gid_map', everything));
  const overflow = Number(readOr('/proc/sys/kernel/overflowuid', String(OVERFLOW_UID_DEFAULT)));
  return {
    uid: process.geteuid?.() ?? 0,
    whole: uids.some(({ first, count }) => first === 0 && count === IDS_ALL),
    overflowUid: Number.isInteger(overflow) ? overflow : OVERFLOW_UID_DEFAULT,
    hasUid: has(uids),
    hasGid: has(gids),
  };
};
