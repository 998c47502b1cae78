/** `keepaloft agent`: the host's program of this version, with whatever arguments it takes. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { EXIT } from './exit-codes.ts';
import { CliError } from './failure.ts';

/** The bundle that is installed on hosts as `keepaloft-agent`. */
const AGENT = fileURLToPath(new URL('../dist/agent/keepaloft-agent.cjs', import.meta.url));
/** What means something to the agent; it decides what becomes of it. */
const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const;

/**
 * Runs it to its end, on this terminal.
 * @returns its exit code, or 128 and the number of the signal that ended it
 * @throws CliError `not-built`
 */
export const runAgent = async (args: readonly string[], file = AGENT): Promise<number> => {
  if (!existsSync(file)) {
    throw new CliError('not-built', `the agent has not been built: ${file} is missing`, {
      remedy: 'run `npm run build`, then try again',
      exitCode: EXIT.failed,
    });
  }
  const child = spawn(process.execPath, [file, ...args], { stdio: 'inherit' });
  const passOn = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of PASSED_ON) process.on(signal, passOn);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) =>
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
      );
    });
  } finally {
    for (const signal of PASSED_ON) process.off(signal, passOn);
  }
};
