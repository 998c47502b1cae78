/** Debian's bird and FRR's bfdd as BFD neighbours of the agent: their configuration, and what they say of a session. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as z from 'zod/mini';
import { findProgram, labPath, requireProgram, run } from '../../../lab/net/exec.ts';
import { labVariable } from '../../../lab/processes.ts';

const LOG_LINES_MAX = 400;
const FRR_DIRECTORY = '/usr/lib/frr';

export const birdMissing = (): string | undefined =>
  findProgram('bird', '/usr/sbin') === null ? 'bird is not installed: apt-get install bird2' : undefined;

export const frrMissing = (): string | undefined =>
  findProgram('bfdd', FRR_DIRECTORY) === null || findProgram('vtysh') === null
    ? "FRR's bfdd is not installed: apt-get install frr"
    : undefined;

export interface DaemonOptions {
  readonly enter: readonly string[];
  readonly labId: string;
  /** For its configuration and its control socket. */
  readonly dir: string;
  readonly address: string;
  /** The agent's. */
  readonly peer: string;
  readonly intervalMs: number;
  readonly multiplier: number;
}

/** What a daemon thinks of the session with the agent. */
export interface Opinion {
  readonly state: 'up' | 'init' | 'down';
  /** The agent's last packets said that it has stopped in order. */
  readonly isStopped: boolean;
}

/** A neighbour that is a real BFD implementation. */
export abstract class Daemon {
  protected readonly options: DaemonOptions;
  #child: ChildProcess | undefined;
  /** The last lines of its log. */
  protected log: string[] = [];

  constructor(options: DaemonOptions) {
    this.options = options;
    mkdirSync(options.dir, { recursive: true, mode: 0o700 });
  }

  protected abstract argv(): string[];
  abstract opinion(): Promise<Opinion>;

  start(): void {
    const { enter, labId } = this.options;
    // Should this process be killed outright, the daemon must not stay behind.
    const tether = [requireProgram('setpriv', 'util-linux'), '--pdeathsig', 'KILL', '--'];
    const [program = '', ...words] = [...enter, ...tether, ...this.argv()];
    const child = spawn(program, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: '/',
      env: { PATH: labPath(), [labVariable]: labId },
    });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.log = [...this.log, line].slice(-LOG_LINES_MAX);
      });
    }
    this.#child = child;
  }

  /** Whether it runs; a daemon that has ended says why in `lastWords`. */
  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get lastWords(): string {
    return this.log.slice(-8).join(' | ');
  }

  /** Freezes it, as a host that hangs; or lets it go on. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(name);
  }

  async end(): Promise<void> {
    const child = this.#child;
    if (child === undefined || !this.isRunning) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  protected write(name: string, text: string): string {
    const path = join(this.options.dir, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  protected ask(...argv: string[]): Promise<string> {
    return run([...this.options.enter, ...argv]);
  }
}

export class Bird extends Daemon {
  get #socket(): string {
    return join(this.options.dir, 'bird.ctl');
  }

  protected argv(): string[] {
    const { address, peer, intervalMs, multiplier } = this.options;
    const conf = `log stderr all;
router id ${address};
protocol device {}
protocol bfd agent {
  debug all;
  multihop { interval ${intervalMs} ms; multiplier ${multiplier}; };
  neighbor ${peer} local ${address} multihop;
}
`;
    const path = this.write('bird.conf', conf);
    return ['/usr/sbin/bird', '-f', '-c', path, '-s', this.#socket, '-P', join(this.options.dir, 'bird.pid')];
  }

  async opinion(): Promise<Opinion> {
    const text = await this.ask('/usr/sbin/birdc', '-s', this.#socket, 'show', 'bfd', 'sessions');
    const row = text.split('\n').find((line) => line.startsWith(`${this.options.peer} `));
    const state = z.enum(['Up', 'Init', 'Down']).parse(row?.split(/\s+/)[2]);
    const heard = this.log.findLast((line) => line.includes(`CTL received from ${this.options.peer}`));
    return {
      state: state === 'Up' ? 'up' : state === 'Init' ? 'init' : 'down',
      isStopped: heard?.includes('AdminDown') ?? false,
    };
  }
}

/** Of `show bfd peers json`. */
const frrSchema = z.array(
  z.object({
    peer: z.string(),
    status: z.enum(['up', 'init', 'down', 'shutdown']),
    'remote-diagnostic': z.string(),
  }),
);

export class Frr extends Daemon {
  protected argv(): string[] {
    const { address, peer, intervalMs, multiplier, dir } = this.options;
    const conf = `bfd
 peer ${peer} multihop local-address ${address}
  detect-multiplier ${multiplier}
  receive-interval ${intervalMs}
  transmit-interval ${intervalMs}
  no shutdown
 exit
exit
`;
    const path = this.write('bfdd.conf', conf);
    // One pair a line: what it is told, and what it is not to take from the machine's own FRR.
    const options = {
      config_file: path,
      pid_file: join(dir, 'bfdd.pid'),
      vty_socket: dir,
      vty_port: '0',
      bfdctl: join(dir, 'bfdd.sock'),
      socket: join(dir, 'zserv.api'),
      log: 'stdout',
      user: 'root',
      group: 'frrvty',
    };
    const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    return [join(FRR_DIRECTORY, 'bfdd'), ...words];
  }

  async opinion(): Promise<Opinion> {
    const words = ['--vty_socket', this.options.dir, '-d', 'bfdd', '-c', 'show bfd peers json'];
    const text = await this.ask('vtysh', ...words);
    const seen = frrSchema.parse(JSON.parse(text)).find(({ peer }) => peer === this.options.peer);
    const status = seen?.status;
    return {
      state: status === 'up' || status === 'init' ? status : 'down',
      isStopped: seen?.['remote-diagnostic'] === 'administratively down',
    };
  }
}
