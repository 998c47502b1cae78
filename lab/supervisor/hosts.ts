/** The processes of the lab's hosts: on each the shipped agent, the demonstration service, and real services if there are any. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { Daemons } from '../daemons/daemons.ts';
import { killGroup } from '../daemons/group.ts';
import type { Daemon } from '../daemons/schema.ts';
import { LabError } from '../errors.ts';
import { labPath, requireProgram } from '../net/exec.ts';
import { labVariable } from '../processes.ts';
import { clockVariable } from '../wall-clock/shift.ts';
import { type AgentFileOptions, writeAgentFile } from './agent-file.ts';
import type { Journal } from './journal.ts';
import { HTTP_PORT, type PlannedHost, UDP_PORT } from './plan.ts';

const AGENT = fileURLToPath(new URL('../../dist/agent/keepaloft-agent.cjs', import.meta.url));
const CLOCK_PRELOAD = fileURLToPath(new URL('../wall-clock/preload.ts', import.meta.url));
const SERVICE = fileURLToPath(new URL('../service/main.ts', import.meta.url));

/** `agent`, `service` (the demonstration's), or the name of a real service. */
export type Program = string;
/** A real service serves within seconds of its start; this long means that it does not. */
const SERVES_MS_MAX = 40_000;
const COMPLAINT_LINES_MAX = 5;
const POLL_MS = 50;

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

export interface HostsOptions extends Omit<AgentFileOptions, 'addresses'> {
  readonly labId: string;
  readonly dir: string;
  /** What the service answers on. */
  readonly served: readonly string[];
  /** And on each host's own address. */
  readonly servesOwn: boolean;
  /** Real services on every host, by name. */
  readonly daemons: Readonly<Record<string, Daemon>>;
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

/** One program on one host. At most one runs at a time. */
interface Slot {
  child?: ChildProcess;
  gone: Promise<void>;
  /** A real service: what it said last, and whether it has said that it serves. */
  lines: string[];
  serves: boolean;
}

export class Hosts {
  readonly all: readonly PlannedHost[];
  readonly #options: HostsOptions;
  /** Where the instances are. */
  readonly #addresses: AgentFileOptions['addresses'];
  readonly #daemons: Daemons;
  readonly #slots = new Map<string, Slot>();
  #isOver = false;

  constructor(hosts: readonly PlannedHost[], options: HostsOptions) {
    this.all = hosts;
    this.#options = options;
    this.#addresses = Object.fromEntries(hosts.map(({ instanceId, address }) => [instanceId, { address }]));
    const { labId, daemons: plan, enter } = options;
    this.#daemons = new Daemons({ labId, plan, enter, folder: (host) => join(options.dir, 'hosts', host) });
    for (const host of hosts) this.configure(host);
  }

  /** What an instance is there for: the demonstration service, and real ones. */
  get services(): readonly Program[] {
    return ['service', ...this.#daemons.names];
  }

  get programs(): readonly Program[] {
    return ['agent', ...this.services];
  }

  /**
   * Prepares and starts the real services of every host, and waits until they serve: no check is to find one on its way up.
   * @throws LabError `program-missing`, `daemon-failed`
   */
  async startDaemons(): Promise<void> {
    const { names } = this.#daemons;
    await Promise.all(this.all.map((host) => this.#daemons.prepare(host)));
    for (const host of this.all) for (const name of names) this.start(host, name);
    await Promise.all(this.all.flatMap((host) => names.map((name) => this.#serves(host, name))));
  }

  /** Starts whatever does not run on a host. */
  startAll(host: PlannedHost): void {
    for (const program of [...this.services, 'agent']) this.start(host, program);
  }

  /** Kills whatever runs on a host. */
  async switchOff(host: string): Promise<void> {
    for (const program of this.programs) this.signal(host, program, 'SIGKILL');
    await Promise.all(this.programs.map((program) => this.gone(host, program)));
  }

  /** The process id while the program runs. */
  pid(host: string, program: Program): number | null {
    const child = this.#slots.get(`${host}/${program}`)?.child;
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null
      ? child.pid
      : null;
  }

  /** Starts a program that does not run; one that runs is left alone. A stranger has no agent, an ending lab nothing. */
  start(host: PlannedHost, program: Program, clocks: ClockOffsets = {}): void {
    const key = `${host.name}/${program}`;
    if (this.#isOver || this.pid(host.name, program) !== null) return;
    if (program === 'agent' && !this.#isMember(host)) return;
    const isDaemon = this.#isDaemon(program);
    const [command = '', ...words] = [
      ...this.#options.enter(host.name),
      ...(isDaemon ? this.#daemons.argv(host, program) : this.#argv(host, program, clocks)),
    ];
    const child = spawn(command, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: '/',
      env: { ...this.#env(host, clocks), ...(isDaemon ? this.#daemons.env(host, program) : {}) },
      // A real service may be several processes: they get a group of their own, and signals go to all of them.
      detached: isDaemon,
    });
    const slot: Slot = {
      child,
      gone: Promise.resolve(),
      lines: [],
      serves: isDaemon && this.#daemons.isReady(program),
    };
    this.#options.journal.add('process', {
      host: host.name,
      what: program,
      event: 'started',
      pid: child.pid,
    });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) =>
        isDaemon ? this.#hear(slot, host.name, program, line) : this.#log(host.name, program, line),
      );
    }
    slot.gone = new Promise<void>((resolve) => {
      child.once('error', () => resolve());
      child.once('exit', (code, signal) => {
        // Whoever of the group is left would keep the port.
        if (isDaemon) killGroup(child.pid, 'SIGKILL');
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
    this.#slots.set(key, slot);
  }

  /** Sends a signal to a program that runs. */
  signal(host: string, program: Program, signal: NodeJS.Signals): void {
    const pid = this.pid(host, program);
    if (pid === null) return;
    if (this.#isDaemon(program)) killGroup(pid, signal);
    else process.kill(pid, signal);
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

  /** Kills everything at once, for good. */
  async killAll(): Promise<void> {
    this.#isOver = true;
    this.#daemons.close();
    await Promise.all(this.all.map((host) => this.switchOff(host.name)));
  }

  #isDaemon(program: Program): boolean {
    return this.#daemons.names.includes(program);
  }

  /** @throws LabError `daemon-failed` with what it said, when it ended or took too long */
  async #serves(host: PlannedHost, program: Program): Promise<void> {
    const deadlineMs = performance.now() + SERVES_MS_MAX;
    const slot = this.#slots.get(`${host.name}/${program}`);
    while (slot?.serves === false) {
      const runs = this.pid(host.name, program) !== null;
      if (!runs || performance.now() > deadlineMs) {
        // What it said at its end may still be in the pipe.
        await pause(POLL_MS);
        const what = runs ? `does not serve after ${SERVES_MS_MAX} ms` : 'ended';
        throw new LabError('daemon-failed', `${program} on ${host.name} ${what}: ${slot.lines.join(' / ')}`, {
          remedy: `look at lab.services.${program} of the scenario`,
        });
      }
      await pause(POLL_MS);
    }
  }

  #hear(slot: Slot, host: string, program: Program, line: string): void {
    slot.lines = [...slot.lines, line].slice(-COMPLAINT_LINES_MAX);
    slot.serves ||= this.#daemons.isReady(program, line);
    this.#options.journal.add('daemon', { host, what: program, message: line.slice(0, 2000) });
  }

  #isMember(host: PlannedHost): boolean {
    return Object.values(this.#options.file.groups).some((group) =>
      group.members.some((member) => member.instance === host.instanceId),
    );
  }

  #folder(host: PlannedHost): string {
    return join(this.#options.dir, 'hosts', host.name);
  }

  #argv(host: PlannedHost, program: Program, clocks: ClockOffsets): string[] {
    return [
      ...timeNamespace(clocks),
      process.execPath,
      ...(clocks.wallMs === undefined ? [] : ['--import', CLOCK_PRELOAD]),
      ...this.#script(host, program),
    ];
  }

  #script(host: PlannedHost, program: Program): string[] {
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
    writeAgentFile(host, this.#folder(host), { ...this.#options, addresses: this.#addresses }, which);
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
