/** Check `process`: a process of that name runs. Read from /proc, without starting anything. */
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import { fail, type Probe, pass } from './probe.ts';

/** After so many processes the scan lets the loop run: the agent's other deadlines do not wait for a big host. */
const SLICE = 64;
/** Exited but not yet reaped (Z), or being torn down (X, x): serves nobody. */
const DEAD_STATES = new Set(['Z', 'X', 'x']);

/** Reads `123 (name with ) inside) S …`: the name is everything between the first and the last parenthesis. */
export const parseStat = (stat: string): { name: string; state: string } | undefined => {
  const open = stat.indexOf('(');
  const close = stat.lastIndexOf(')');
  if (open < 0 || close < open) return undefined;
  return { name: stat.slice(open + 1, close), state: stat.slice(close + 2, close + 3) };
};

const runsAs = (proc: string, pid: string, name: string): boolean => {
  try {
    const stat = parseStat(readFileSync(`${proc}/${pid}/stat`, 'latin1'));
    return stat !== undefined && stat.name === name && !DEAD_STATES.has(stat.state);
  } catch {
    // It ended between listing and reading: it does not run.
    return false;
  }
};

/**
 * Passes while a process of this name runs, the agent itself not counted. The process found last is asked first,
 * so that a healthy host costs one read a run.
 * @param proc where /proc is, for tests
 */
export const createProcessProbe = (
  { process: name }: { readonly process: string },
  proc = '/proc',
): Probe => {
  const self = String(process.pid);
  let lastPid: string | undefined;
  const find = async (signal: AbortSignal): Promise<string | undefined> => {
    if (lastPid !== undefined && runsAs(proc, lastPid, name)) return lastPid;
    const pids = (await readdir(proc)).filter((entry) => /^\d+$/.test(entry) && entry !== self);
    for (const [index, pid] of pids.entries()) {
      if (runsAs(proc, pid, name)) return pid;
      if (index % SLICE === SLICE - 1) await nextTurn();
      if (signal.aborted) return undefined;
    }
    return undefined;
  };
  return async (signal) => {
    try {
      lastPid = await find(signal);
      if (lastPid !== undefined) return pass(`${name} runs as pid ${lastPid}`);
      return fail(signal.aborted ? `${name} not found in time` : `no process is named ${name}`);
    } catch (error) {
      return fail(messageOf(error));
    }
  };
};
