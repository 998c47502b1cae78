/** Whom the fabric delivers each address to, as the kernel tells it: also of changes that no API has seen. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { LabInfo } from '../../lab/control/types.ts';
import { labPath } from '../../lab/net/exec.ts';
import { labVariable } from '../../lab/processes.ts';
import { BenchError } from '../errors.ts';

/** A host's name, or null when the packets vanish. */
export type Owner = string | null;

export interface Change {
  readonly vip: string;
  readonly owner: Owner;
}

const toHost = /^(?<vip>\d+\.\d+\.\d+\.\d+) via \S+ dev v-(?<host>\S+)/u;
const toNobody = /^blackhole (?<vip>\d+\.\d+\.\d+\.\d+)\s*$/u;

/** A line of `ip -o monitor route`; null when it does not change the owner of an address. */
export const changeIn = (line: string): Change | null => {
  const found = toHost.exec(line)?.groups;
  const vip = found?.['vip'];
  if (vip !== undefined) return { vip, owner: found?.['host'] ?? null };
  const gone = toNobody.exec(line)?.groups?.['vip'];
  return gone === undefined ? null : { vip: gone, owner: null };
};

export class FabricWatch {
  readonly #child: ChildProcess;
  readonly #owners = new Map<string, Owner>();
  readonly #moves = new Map<string, number>();
  #complaint = '';

  /** Begins to watch; what happened before is unknown. */
  constructor(info: LabInfo, programs: { readonly ip: string; readonly setpriv: string }) {
    const tether = ['--pdeathsig', 'KILL', ...(info.enter[info.fabric.netns] ?? [])];
    this.#child = spawn(programs.setpriv, [...tether, programs.ip, '-o', 'monitor', 'route'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: labPath(), [labVariable]: info.lab },
    });
    this.#child.on('error', (error) => {
      this.#complaint = error.message;
    });
    this.#child.stderr?.on('data', (text: Buffer) => {
      this.#complaint = text.toString().slice(0, 500);
    });
    if (this.#child.stdout !== null) {
      createInterface({ input: this.#child.stdout }).on('line', (line) => this.#hear(line));
    }
  }

  /** Undefined until something was heard of the address. @throws BenchError when the watch has ended */
  owner(vip: string): Owner | undefined {
    this.#check();
    return this.#owners.get(vip);
  }

  /** How often the owner of an address has changed since the watch began. */
  moves(vip: string): number {
    this.#check();
    return this.#moves.get(vip) ?? 0;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined)
      return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  #check(): void {
    if (this.#child.exitCode === null && this.#child.signalCode === null) return;
    throw new BenchError(`nobody watches the fabric any more: ${this.#complaint}`);
  }

  #hear(line: string): void {
    const change = changeIn(line);
    if (change === null || this.#owners.get(change.vip) === change.owner) return;
    const { vip, owner } = change;
    this.#owners.set(vip, owner);
    this.#moves.set(vip, (this.#moves.get(vip) ?? 0) + 1);
  }
}
