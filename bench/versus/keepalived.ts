/** keepalived on one host of a lab: started with its own configuration, watched by its log, ended in order or outright. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { labPath } from '../../lab/net/exec.ts';
import { labVariable } from '../../lab/processes.ts';
import { BenchError } from '../errors.ts';
import { INSTANCE } from './conf.ts';

export type VrrpState = 'MASTER' | 'BACKUP' | 'FAULT';

/** A keepalived that is told to end takes a second at most; this long means that it hangs. */
const STOP_MS_MAX = 5000;
/** Lines of its log kept for the message when something does not come about. */
const LOG_LINES_MAX = 4;

/** It repeats itself about these, and in a fabric that ignores them they say nothing. */
const NOISE = /gratuitous ARP/u;

const stateLine = new RegExp(`\\(${INSTANCE}\\) Entering (MASTER|BACKUP|FAULT) STATE`, 'u');

/** The state that a line of keepalived's log announces; null for every other line. */
export const stateIn = (line: string): VrrpState | null => {
  const word = stateLine.exec(line)?.[1];
  return word === 'MASTER' || word === 'BACKUP' || word === 'FAULT' ? word : null;
};

export interface KeepalivedOptions {
  readonly host: string;
  /** What to put before a program so that it runs on the host. */
  readonly enter: readonly string[];
  readonly labId: string;
  /** A folder of its own. */
  readonly dir: string;
  readonly programs: { readonly keepalived: string; readonly setpriv: string };
  /** What its scripts find in their environment. */
  readonly env: Readonly<Record<string, string>>;
}

interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly gone: Promise<void>;
}

export class Keepalived {
  readonly host: string;
  readonly #options: KeepalivedOptions;
  #running: Running | undefined;
  #state: VrrpState | null = null;
  #log: string[] = [];
  #isLeaving = false;
  #closed = false;

  /** @param conf the text of keepalived.conf */
  constructor(options: KeepalivedOptions, conf: string) {
    this.host = options.host;
    this.#options = options;
    mkdirSync(options.dir, { recursive: true, mode: 0o700 });
    writeFileSync(join(options.dir, 'keepalived.conf'), conf, { mode: 0o600 });
  }

  /** What it said last; null while it does not run or has said nothing. */
  get state(): VrrpState | null {
    return this.#state;
  }

  /** The last lines of its log, for messages. */
  get lastWords(): string {
    return this.#log.join(' | ');
  }

  /** The parent and its VRRP process, while it runs. */
  pids(): number[] {
    const pid = this.#running?.pid;
    return pid === undefined ? [] : [pid, ...childrenOf(pid)];
  }

  /** Starts it unless it runs. @throws BenchError once it was closed */
  start(): void {
    if (this.#closed) throw new BenchError(`keepalived on ${this.host} is not needed any more`);
    if (this.#running !== undefined) return;
    const { enter, dir, programs, labId, env } = this.#options;
    const [conf, pid, vrrpPid] = ['keepalived.conf', 'keepalived.pid', 'vrrp.pid'].map((name) =>
      join(dir, name),
    );
    // One that was killed leaves them, and the next one takes a stranger's process for itself.
    for (const stale of [pid, vrrpPid]) rmSync(stale ?? '', { force: true });
    const words = ['--vrrp', '--dont-fork', '--log-console', '--log-detail'];
    const files = ['--use-file', conf ?? '', '--pid', pid ?? '', '--vrrp_pid', vrrpPid ?? ''];
    // Should this process be killed outright, keepalived must not stay behind.
    const tether = [programs.setpriv, '--pdeathsig', 'TERM'];
    const [program = '', ...rest] = [...enter, ...tether, programs.keepalived, ...words, ...files];
    const child = spawn(program, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: '/',
      env: { PATH: labPath(), [labVariable]: labId, ...env },
    });
    if (child.pid === undefined) throw new BenchError(`keepalived does not start on ${this.host}`);
    const gone = new Promise<void>((resolve) => {
      child.once('exit', () => {
        if (this.#running?.child === child) this.#forget();
        resolve();
      });
    });
    child.on('error', () => undefined);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => this.#hear(line, child));
    }
    this.#log = [];
    this.#isLeaving = false;
    this.#running = { child, pid: child.pid, gone };
  }

  /** Scripts of its own that run now: checks, and what moves the address. */
  scripts(): number[] {
    const pid = this.#running?.pid;
    return pid === undefined ? [] : childrenOf(pid).flatMap(childrenOf);
  }

  /** SIGTERM: it tells its peer and unbinds. Resolves at once. */
  terminate(): void {
    this.#isLeaving = true;
    this.#running?.child.kill('SIGTERM');
  }

  /** Resolves when one that was told to end does not run any more; after a while it is killed. */
  async ended(): Promise<void> {
    const running = this.#running;
    if (running === undefined || !this.#isLeaving) return;
    const timer = setTimeout(() => void this.kill(), STOP_MS_MAX);
    await running.gone;
    clearTimeout(timer);
  }

  /** SIGKILL to all of it. The parent is stopped first: alone it would see its child die, or the child outlive it in order. */
  async kill(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    running.child.kill('SIGSTOP');
    for (const pid of childrenOf(running.pid)) killIfThere(pid);
    running.child.kill('SIGKILL');
    await running.gone;
  }

  /** Kills it for good: somebody who still works with it must not bring it back. */
  close(): Promise<void> {
    this.#closed = true;
    return this.kill();
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  #hear(line: string, child: ChildProcess): void {
    if (this.#running?.child !== child) return;
    if (!NOISE.test(line)) this.#log = [...this.#log, line].slice(-LOG_LINES_MAX);
    this.#state = stateIn(line) ?? this.#state;
  }

  #forget(): void {
    this.#running = undefined;
    this.#state = null;
  }
}

const childrenOf = (pid: number): number[] => {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return text === '' ? [] : text.split(' ').map(Number);
  } catch {
    return [];
  }
};

export const killIfThere = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in between.
  }
};
