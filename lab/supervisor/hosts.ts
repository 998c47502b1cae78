/** The processes of the lab's hosts: on each the shipped agent and the demonstration service. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import * as z from 'zod/mini';
import { durationMs } from '../../core/time.ts';
import { agentGroupDocument } from '../../core/wire/compile.ts';
import type { GroupFile, KeepaloftFile } from '../../core/wire/config.ts';
import { LAB_REGION } from '../ends/credentials.ts';
import { labPath, requireProgram } from '../net/exec.ts';
import { labVariable } from '../processes.ts';
import { clockVariable } from '../wall-clock/shift.ts';
import type { Journal } from './journal.ts';
import { HTTP_PORT, type PlannedHost, UDP_PORT } from './plan.ts';

const AGENT = fileURLToPath(new URL('../../dist/agent/keepaloft-agent.cjs', import.meta.url));
const CLOCK_PRELOAD = fileURLToPath(new URL('../wall-clock/preload.ts', import.meta.url));
const SERVICE = fileURLToPath(new URL('../service/main.ts', import.meta.url));

export type Program = 'agent' | 'service';

/** How the clocks of an agent are off while it runs. Absent: they are the machine's. */
export interface ClockOffsets {
  /** The wall clock, milliseconds; may be negative. */
  readonly wallMs?: number;
  /** The boot clock and the monotonic clock, whole seconds ahead: the agent runs in a time namespace. */
  readonly bootS?: number;
}

const logLineSchema = z.looseObject({
  msg: z.optional(z.string()),
  level: z.optional(z.union([z.string(), z.number()])),
});

export interface HostsOptions {
  readonly labId: string;
  readonly dir: string;
  readonly file: KeepaloftFile;
  /** What the service answers on. */
  readonly served: readonly string[];
  /** And on each host's own address. */
  readonly servesOwn: boolean;
  readonly endpoint: string;
  readonly caFile: string;
  /** Who may run script checks: `nobody` exists only where the kernel maps it. */
  readonly scriptUser: string;
  readonly enter: (host: string) => string[];
  readonly journal: Journal;
}

/**
 * The words that put a program into a time namespace of its own. They do not fork, so that signals reach the program
 * itself; kernels older than 6.3 move only children, and there the clocks stay as they are.
 */
const timeNamespace = ({ bootS }: ClockOffsets): string[] =>
  bootS === undefined
    ? []
    : [
        requireProgram('unshare', 'util-linux'),
        '--time',
        '--boottime',
        String(bootS),
        '--monotonic',
        String(bootS),
        '--',
      ];

/** The group as an earlier deployment may have had it: it serves just as well, and is another configuration. */
const earlier = (group: GroupFile): GroupFile => ({
  ...group,
  hooks: { ...group.hooks, timeout: durationMs(group.hooks.timeout + 1000) },
});

/** One program on one host. At most one runs at a time. */
interface Slot {
  child?: ChildProcess;
  gone: Promise<void>;
}

export class Hosts {
  readonly all: readonly PlannedHost[];
  readonly #options: HostsOptions;
  readonly #slots = new Map<string, Slot>();

  constructor(hosts: readonly PlannedHost[], options: HostsOptions) {
    this.all = hosts;
    this.#options = options;
    for (const host of hosts) this.configure(host);
  }

  /** The process id while the program runs. */
  pid(host: string, program: Program): number | null {
    const child = this.#slots.get(`${host}/${program}`)?.child;
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null
      ? child.pid
      : null;
  }

  /** Starts a program that does not run; one that runs is left alone. A stranger has no agent. */
  start(host: PlannedHost, program: Program, clocks: ClockOffsets = {}): void {
    const key = `${host.name}/${program}`;
    if (this.pid(host.name, program) !== null || (program === 'agent' && !this.#isMember(host))) return;
    const [command = '', ...words] = [
      ...this.#options.enter(host.name),
      ...timeNamespace(clocks),
      process.execPath,
      ...(clocks.wallMs === undefined ? [] : ['--import', CLOCK_PRELOAD]),
      ...this.#argv(host, program),
    ];
    const child = spawn(command, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: '/',
      env: this.#env(host, clocks),
    });
    this.#options.journal.add('process', {
      host: host.name,
      what: program,
      event: 'started',
      pid: child.pid,
    });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => this.#log(host.name, program, line));
    }
    const gone = new Promise<void>((resolve) => {
      child.once('error', () => resolve());
      child.once('exit', (code, signal) => {
        this.#options.journal.add('process', {
          host: host.name,
          what: program,
          event: 'exited',
          pid: child.pid,
          code,
          signal,
        });
        resolve();
      });
    });
    this.#slots.set(key, { child, gone });
  }

  /** Sends a signal to a program that runs. */
  signal(host: string, program: Program, signal: NodeJS.Signals): void {
    const pid = this.pid(host, program);
    if (pid !== null) process.kill(pid, signal);
  }

  /** Resolves when the program does not run. */
  async gone(host: string, program: Program): Promise<void> {
    await this.#slots.get(`${host}/${program}`)?.gone;
  }

  /** Resolves when a program that was told to end does not run any more; after `withinMs` it is killed. */
  async ended(host: string, program: Program, withinMs: number): Promise<void> {
    const timer = setTimeout(() => this.signal(host, program, 'SIGKILL'), withinMs);
    await this.gone(host, program);
    clearTimeout(timer);
  }

  /** Kills everything at once. */
  async killAll(): Promise<void> {
    for (const { child } of this.#slots.values()) child?.kill('SIGKILL');
    await Promise.all([...this.#slots.values()].map((slot) => slot.gone));
  }

  #isMember(host: PlannedHost): boolean {
    return Object.values(this.#options.file.groups).some((group) =>
      group.members.some((member) => member.instance === host.instanceId),
    );
  }

  #folder(host: PlannedHost): string {
    return join(this.#options.dir, 'hosts', host.name);
  }

  #argv(host: PlannedHost, program: Program): string[] {
    if (program === 'agent') return [AGENT, '--config', join(this.#folder(host), 'agent.yaml')];
    const { served, servesOwn } = this.#options;
    const vips = [...served, ...(servesOwn ? [host.address] : [])].flatMap((vip) => ['--vip', vip]);
    return [
      SERVICE,
      '--host',
      host.name,
      ...vips,
      '--udp-port',
      String(UDP_PORT),
      '--http-port',
      String(HTTP_PORT),
    ];
  }

  /** As systemd would give it, plus the mark by which a sweep finds the lab's processes. */
  #env(host: PlannedHost, { wallMs }: ClockOffsets): NodeJS.ProcessEnv {
    return {
      PATH: labPath(),
      NODE_NO_WARNINGS: '1',
      STATE_DIRECTORY: join(this.#folder(host), 'state'),
      [labVariable]: this.#options.labId,
      ...(wallMs === undefined ? {} : { [clockVariable]: String(wallMs) }),
    };
  }

  /**
   * Writes the agent's file; it is read when the agent starts.
   * @param which `earlier`: as if the deployment before had written it, and none since
   */
  configure(host: PlannedHost, which: 'newest' | 'earlier' = 'newest'): void {
    const { file, endpoint, caFile, scriptUser } = this.#options;
    mkdirSync(join(this.#folder(host), 'state'), { recursive: true, mode: 0o700 });
    const groups = Object.entries(file.groups).filter(([, group]) =>
      group.members.some((member) => member.instance === host.instanceId),
    );
    const document = {
      version: 1,
      endpoint,
      region: LAB_REGION,
      caFile,
      interface: 'eth0',
      scriptUser,
      groups: Object.fromEntries(
        groups.map(([name, group]) => [
          name,
          agentGroupDocument(which === 'newest' ? group : earlier(group), host.instanceId),
        ]),
      ),
    };
    writeFileSync(join(this.#folder(host), 'agent.yaml'), stringify(document), { mode: 0o600 });
  }

  #log(host: string, program: Program, line: string): void {
    try {
      const { msg, level, ...fields } = logLineSchema.parse(JSON.parse(line));
      if (program === 'agent') this.#options.journal.add('agent', { host, level, message: msg, fields });
    } catch {
      this.#options.journal.add(program, { host, level: 'error', message: line.slice(0, 2000), fields: {} });
    }
  }
}
