/** A watchdog of 2 MB that cleans up after a supervisor that was killed outright. */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { LabError } from '../errors.ts';
import { labPath, requireProgram } from '../net/exec.ts';
import { checkLabId } from '../net/names.ts';
import { labVariable } from '../processes.ts';

const mainFile = fileURLToPath(new URL('./main.ts', import.meta.url));

export interface Reaper {
  pid: number;
  /** Ends the watchdog without a sweep, after an orderly shutdown. Repeatable. */
  stop(): void;
}

/** The reaper must not look like a process of the lab: its own sweep would kill it. */
const environment = (): NodeJS.ProcessEnv => {
  const inherited: NodeJS.ProcessEnv = { ...process.env, PATH: labPath(), NODE_NO_WARNINGS: '1' };
  delete inherited[labVariable];
  return inherited;
};

/**
 * Starts the reaper of a lab in a session of its own. It is `xargs`, which reads its input to the end before it runs
 * anything: the input is a pipe of this process, so the end comes when this process is gone, however it went. Then it
 * runs the sweep for that lab's id. Throws `LabError` `program-missing` or `reaper-failed`.
 */
export const startReaper = (labId: string): Reaper => {
  checkLabId(labId);
  const xargs = requireProgram('xargs', 'findutils');
  const child = spawn(xargs, [process.execPath, mainFile], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    env: environment(),
  });
  if (child.pid === undefined) {
    throw new LabError('reaper-failed', 'cannot start the watchdog of the lab', {
      remedy: 'check the limit on processes',
    });
  }
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.stdin.write(`${labId}\n`);
  child.unref();
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') {
    (child.stdin.unref as () => void).call(child.stdin);
  }
  return {
    pid: child.pid,
    stop: () => {
      child.kill('SIGKILL');
    },
  };
};
