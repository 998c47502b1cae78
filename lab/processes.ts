/** Finds and ends the processes of a lab by what /proc says about them, so that it works after any crash. */

import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Every process of a lab carries this variable with the lab's id. */
export const labVariable = 'KEEPALOFT_LAB';
/** A process may fork while the others are being killed: look again this often, no more. */
const killRoundsMax = 20;
const killPauseMs = 25;
/** Fields of /proc/PID/stat after the command's name; the start time is field 22 counted from the pid as 1. */
const startTicksField = 22 - 3;

/** Start of a process in clock ticks since boot; null when there is no such process. With the pid it is unique. */
export const startTicksOf = (pid: number): number | null => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') {
      return null;
    }
    const ticks = Number(fields[startTicksField]);
    return Number.isSafeInteger(ticks) ? ticks : null;
  } catch {
    return null;
  }
};

/** True while the process with this pid is the one that started at `startTicks`. */
export const isSameProcess = (pid: number, startTicks: number): boolean => startTicksOf(pid) === startTicks;

const ownPids = (): number[] => {
  const uid = process.getuid?.() ?? 0;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return pid !== process.pid && statSync(`/proc/${pid}`).uid === uid;
      } catch {
        return false;
      }
    });
};

const carries = (pid: number, assignment: string): boolean => {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(assignment);
  } catch {
    return false;
  }
};

/** The identity of one of a process's namespaces, for example `net:[4026531840]`; null when it cannot be read. */
export const namespaceOf = (pid: number | 'self', kind: 'net' | 'user'): string | null => {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`);
  } catch {
    return null;
  }
};

/** Pids of this user, other than this process, that live in one of the given network namespaces (`net:[…]`). */
export const processesInNetworks = (networks: ReadonlySet<string>): number[] =>
  ownPids().filter((pid) => {
    const network = namespaceOf(pid, 'net');
    return network !== null && networks.has(network);
  });

/**
 * Pids of this user, other than this process, that belong to a lab: they carry its id, or they share the user namespace
 * of one that does (a hook may have started them with an environment of its own).
 */
export const processesOfLab = (labId: string): number[] => {
  const pids = ownPids();
  const marked = pids.filter((pid) => carries(pid, `${labVariable}=${labId}`));
  const ownUser = namespaceOf('self', 'user');
  const users = new Set(marked.map((pid) => namespaceOf(pid, 'user')).filter((user) => user !== ownUser));
  users.delete(null);
  const together = users.size === 0 ? [] : pids.filter((pid) => users.has(namespaceOf(pid, 'user')));
  return [...new Set([...marked, ...together])];
};

/** Kills (SIGKILL) what `find` finds until it finds nothing; resolves with the pids killed. Bounded. */
export const killAll = async (find: () => number[]): Promise<number[]> => {
  const killed = new Set<number>();
  for (let round = 0; round < killRoundsMax; round += 1) {
    const pids = find().filter((pid) => startTicksOf(pid) !== null);
    if (pids.length === 0) {
      break;
    }
    for (const pid of pids) {
      killed.add(pid);
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself in between.
      }
    }
    await delay(killPauseMs);
  }
  return [...killed];
};
