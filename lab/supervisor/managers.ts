/** The address managers that a fault lets loose on hosts: see `lab/managers/main.ts`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { labPath } from '../net/exec.ts';
import { endInterface } from '../net/layout.ts';
import { labVariable } from '../processes.ts';
import type { Undo } from './cloud-effects.ts';
import type { Journal } from './journal.ts';
import type { PlannedHost } from './plan.ts';

export type ManagerKind = 'net-utils' | 'address-manager';

const PROGRAM = fileURLToPath(new URL('../managers/main.ts', import.meta.url));
const LINE_CHARS_MAX = 2000;

export interface ManagersOptions {
  readonly labId: string;
  readonly journal: Journal;
  /** The words to put before a program so that it runs on a host. */
  readonly enter: (host: string) => readonly string[];
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) resolve();
    else child.once('exit', () => resolve());
  });

export class Managers {
  readonly #options: ManagersOptions;
  readonly #running = new Set<ChildProcess>();

  constructor(options: ManagersOptions) {
    this.#options = options;
  }

  /** Starts one on each host. @param paceMs from one pass to the next @returns how to end them */
  begin(kind: ManagerKind, hosts: readonly PlannedHost[], paceMs: number): Undo {
    const children = hosts.map((host) => this.#start(kind, host, paceMs));
    return () => this.#end(children);
  }

  /** Ends all of them. */
  close(): Promise<void> {
    return this.#end([...this.#running]);
  }

  async #end(children: readonly ChildProcess[]): Promise<void> {
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(children.map(ended));
  }

  #start(kind: ManagerKind, host: PlannedHost, paceMs: number): ChildProcess {
    const { labId, journal, enter } = this.#options;
    const told = ['--kind', kind, '--own', host.address, '--device', endInterface, '--pace', String(paceMs)];
    const [command = '', ...words] = [...enter(host.name), process.execPath, PROGRAM, ...told];
    const child = spawn(command, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: '/',
      env: { PATH: labPath(), NODE_NO_WARNINGS: '1', [labVariable]: labId },
    });
    this.#running.add(child);
    child.once('error', () => this.#running.delete(child));
    child.once('exit', () => this.#running.delete(child));
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) =>
        journal.add('daemon', { host: host.name, what: kind, message: line.slice(0, LINE_CHARS_MAX) }),
      );
    }
    return child;
  }
}
