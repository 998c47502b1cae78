/** Processes that are ended together with all that they start: each begins a process group of its own. */

import { spawn } from 'node:child_process';

const complaintLengthMax = 2000;

/** Sends a signal to all of a group that is left. */
export const killGroup = (leader: number | undefined, signal: NodeJS.Signals): void => {
  try {
    if (leader !== undefined) process.kill(-leader, signal);
  } catch {
    // Nobody of it is left.
  }
};

export interface GroupRun {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly msMax: number;
  /** Ends it at once. */
  readonly signal: AbortSignal;
}

/** Runs a program to its end. @throws Error with the end of what it said, when that was not 0 or it took too long */
export const runGroup = (argv: readonly string[], { cwd, env, msMax, signal }: GroupRun): Promise<void> =>
  new Promise((resolve, reject) => {
    const [program = '', ...words] = argv;
    const child = spawn(program, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const limit = AbortSignal.any([signal, AbortSignal.timeout(msMax)]);
    const stop = (): void => killGroup(child.pid, 'SIGKILL');
    if (limit.aborted) stop();
    limit.addEventListener('abort', stop, { once: true });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (part: Buffer) => {
        said = (said + part.toString()).slice(-complaintLengthMax);
      });
    }
    child.once('error', reject);
    child.once('close', (code, killed) => {
      limit.removeEventListener('abort', stop);
      if (code === 0) resolve();
      else reject(new Error(said.trim() || `${program} ended with ${code ?? killed}`));
    });
  });
