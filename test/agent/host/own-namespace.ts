/** Runs a program of the tests in a network namespace of its own, as root or as an ordinary user. */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const RUN_MS_MAX = 120_000;

/** As root the namespace needs no user namespace around it. */
const flags = process.geteuid?.() === 0 ? '-n' : '-Urn';

const works = (...argv: [string, ...string[]]): boolean =>
  spawnSync('unshare', [flags, '--', ...argv], { cwd: '/', stdio: 'ignore' }).status === 0;

/** Why the kernel itself cannot be tested here; undefined when it can. */
export const namespaceRefusal = (): string | undefined =>
  works('ip', 'link', 'set', 'dev', 'lo', 'up')
    ? undefined
    : 'no network namespace with `ip` can be had here';

/** As {@link namespaceRefusal}, for tests that need nftables as well. */
export const nftRefusal = (): string | undefined =>
  namespaceRefusal() ?? (works('nft', 'add', 'table', 'inet', 'trial') ? undefined : 'no nft here');

/** Runs `program` with arguments in a fresh namespace, its loopback up; resolves with what it printed, as JSON. */
export const inOwnNamespace = async (program: URL, ...args: string[]): Promise<unknown> => {
  const argv = [flags, '--kill-child', '--', process.execPath, program.pathname, ...args];
  const { stdout } = await run('unshare', argv, { timeout: RUN_MS_MAX, killSignal: 'SIGKILL' });
  return JSON.parse(stdout);
};
