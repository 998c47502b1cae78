/** A booted host: a root file system under its own systemd, in the network namespace of a lab's host. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { labVariable } from '../../../lab/processes.ts';

const BOOT_MS_MAX = 60_000;
const RUN_MS_MAX = 150_000;
const POLL_MS = 200;

export interface Ran {
  readonly code: number;
  /** What it printed, errors included. */
  readonly output: string;
}

export interface BootOptions {
  readonly rootFs: string;
  readonly labId: string;
  /** Name of a network namespace below /run/netns. */
  readonly netns: string;
}

const childOf = (pid: number): number | undefined => {
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    return child === undefined || child === '' ? undefined : Number(child);
  } catch {
    return undefined;
  }
};

export class Container {
  readonly #nspawn: ChildProcess;
  #said = '';

  private constructor(nspawn: ChildProcess) {
    this.#nspawn = nspawn;
    for (const stream of [nspawn.stdout, nspawn.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#said = (this.#said + chunk.toString()).slice(-4000);
      });
    }
  }

  /** Boots and waits until systemd says that everything has been started. */
  static async boot({ rootFs, labId, netns }: BootOptions): Promise<Container> {
    const words = [
      '--quiet',
      // This machine's own init may be no systemd.
      '--register=no',
      '--keep-unit',
      `--network-namespace-path=/run/netns/${netns}`,
      '--capability=CAP_NET_ADMIN',
      '--resolv-conf=off',
      '--console=pipe',
      `--directory=${rootFs}`,
      '--boot',
    ];
    const env = { ...process.env, [labVariable]: labId, SYSTEMD_LOG_LEVEL: 'warning' };
    const container = new Container(
      spawn('systemd-nspawn', words, { stdio: ['ignore', 'pipe', 'pipe'], env }),
    );
    await container.#booted();
    return container;
  }

  /** Runs a program on the host to its end, as root. */
  run(...argv: string[]): Promise<Ran> {
    const leader = this.#nspawn.pid === undefined ? undefined : childOf(this.#nspawn.pid);
    if (leader === undefined) throw new Error(`the host does not run: ${this.#said}`);
    const words = ['--target', String(leader), '--mount', '--uts', '--ipc', '--net', '--pid', '--', ...argv];
    const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };
    return new Promise((resolve) => {
      execFile('nsenter', words, { timeout: RUN_MS_MAX, env }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), output: stdout + stderr });
      });
    });
  }

  async stop(): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      if (this.#nspawn.exitCode !== null || this.#nspawn.signalCode !== null) resolve();
      else this.#nspawn.once('exit', () => resolve());
    });
    const leader = this.#nspawn.pid === undefined ? undefined : childOf(this.#nspawn.pid);
    // The namespace's first process takes all others with it.
    if (leader !== undefined) process.kill(leader, 'SIGKILL');
    await Promise.race([gone, delay(5000)]);
    this.#nspawn.kill('SIGKILL');
  }

  async #booted(): Promise<void> {
    const deadline = performance.now() + BOOT_MS_MAX;
    for (;;) {
      const leader = this.#nspawn.pid === undefined ? undefined : childOf(this.#nspawn.pid);
      if (leader !== undefined) {
        const { output } = await this.run('systemctl', 'is-system-running');
        // Some unit of a container always fails; what the test needs, it looks at itself.
        if (/^(running|degraded)/.test(output)) return;
      }
      if (performance.now() > deadline || this.#nspawn.exitCode !== null) {
        await this.stop();
        throw new Error(`the host did not boot; it said:\n${this.#said}`);
      }
      await delay(POLL_MS);
    }
  }
}
