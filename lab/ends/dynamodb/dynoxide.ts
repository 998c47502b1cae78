/** The dynoxide process: DynamoDB's API over an in-memory SQLite, one for each lab. */
import { type ChildProcess, spawn } from 'node:child_process';
import { request as httpRequest } from 'node:http';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { LabError } from '../../errors.ts';

/** A port found free may be taken before dynoxide binds it, so the start is tried a few times. */
const START_ATTEMPTS_MAX = 5;
const START_MS_MAX = 5000;
const POLL_MS = 10;
/** A dynoxide that lost the race for its port is gone within this time, although another process answers there. */
const SETTLE_MS = 40;

/**
 * Path of the dynoxide binary for this platform.
 *
 * @throws {LabError} `dynoxide-missing` when none is published or it was not installed.
 */
export function dynoxidePath(): string {
  const name = `@dynoxide/${process.platform}-${process.arch}`;
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return join(dirname(manifest), 'dynoxide');
  } catch (cause) {
    throw new LabError('dynoxide-missing', `the lab's DynamoDB (${name}) is not installed`, {
      remedy: 'run `npm ci` on linux-x64 with optional dependencies; other platforms have no dynoxide yet',
      cause,
    });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

export interface Dynoxide {
  port: number;
  /** Kills the process and resolves when it is gone. */
  stop: () => Promise<void>;
}

/**
 * Starts dynoxide on a free port of 127.0.0.1 and waits until it answers.
 *
 * @throws {LabError} `dynoxide-missing`, or `dynoxide-failed` when it does not come up.
 */
export async function startDynoxide(processEnv: Record<string, string>): Promise<Dynoxide> {
  const binary = dynoxidePath();
  for (let attempt = 1; attempt <= START_ATTEMPTS_MAX; attempt += 1) {
    const port = await freePort();
    const child = await launch(binary, port, processEnv);
    if (child !== undefined) return { port, stop: () => stop(child) };
  }
  throw new LabError('dynoxide-failed', `dynoxide did not start in ${START_ATTEMPTS_MAX} attempts`, {
    remedy: `run ${binary} --port 8000 by hand and read what it says`,
  });
}

const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** The process once it answers on the port; undefined when it ended instead, most likely because the port was taken. */
async function launch(
  binary: string,
  port: number,
  processEnv: Record<string, string>,
): Promise<ChildProcess | undefined> {
  const child = spawn(binary, ['--host', '127.0.0.1', '--port', String(port)], {
    stdio: 'ignore',
    env: { PATH: process.env['PATH'] ?? '', ...processEnv },
  });
  let isAlive = true;
  const ended = (): void => {
    isAlive = false;
  };
  child.once('error', ended);
  child.once('exit', ended);
  const deadline = performance.now() + START_MS_MAX;
  while (isAlive && performance.now() < deadline) {
    if (await answers(port)) {
      await sleep(SETTLE_MS);
      if (isAlive) return child;
    }
    await sleep(POLL_MS);
  }
  await stop(child);
  return undefined;
}

/** True when something answers HTTP on the port; what it says does not matter. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const attempt = httpRequest({ host: '127.0.0.1', port, method: 'GET', path: '/' }, (response) => {
      response.resume();
      resolve(true);
    });
    attempt.setTimeout(1000, () => attempt.destroy());
    attempt.once('error', () => resolve(false));
    attempt.end();
  });
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  if (child.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
