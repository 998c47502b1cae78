/**
 * Watches from outside, in one process, in which kernels the VIPs are bound and to whom the fabric delivers them. One
 * netlink socket in the fabric's namespace hears of all namespaces, so the order of what it hears is the kernel's own,
 * however late this process is scheduled; only the stamps are as late as `ip` was.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod/mini';
import type { LabInfo } from '../control/types.ts';
import { LabError } from '../errors.ts';
import { labPath, run } from '../net/exec.ts';
import type { EventOf } from './history.ts';
import { type KernelChange, parseMonitorLine, tableIn } from './monitor-lines.ts';

/** From the block that documents may use: no packet ever goes there. Its route shows that the observer hears. */
const TRIAL_ADDRESS = '192.0.2.1';
const TRIAL_MS = 50;
const READY_MS_MAX = 20_000;

const namespacesSchema = z.array(z.object({ nsid: z.int(), name: z.optional(z.string()) }));
const addressesSchema = z.array(
  z.object({
    addr_info: z.optional(
      z.array(z.object({ local: z.optional(z.string()), valid_life_time: z.optional(z.number()) })),
    ),
  }),
);
/** What `ip -j` prints for a lifetime without end. */
const FOREVER_S = 4_294_967_295;

export type Sighting = EventOf<'bound'> | EventOf<'fabric'>;

/** A VIP, and the route tables that lead to it by the kernel's numbers; none: the main one does. */
export interface WatchedVip {
  readonly address: string;
  readonly tables: readonly number[];
}

export interface ObserverOptions {
  readonly info: LabInfo;
  /** Where the kernel shows a VIP. Others, such as Elastic IPs, it knows nothing of. */
  readonly vips: readonly WatchedVip[];
  readonly onSighting: (sighting: Sighting) => void;
  /** The observer has missed something or has ended. */
  readonly onBlind: (what: string) => void;
}

const placeOf = (vip: string, table: number | null): string => `${vip} ${table ?? 'main'}`;

export class Observer {
  readonly #options: ObserverOptions;
  readonly #bound = new Map<string, Set<string>>();
  /** By address and table. */
  readonly #owners = new Map<string, string | null>();
  #hostOfNsid = new Map<number, string>();
  #child: ChildProcess | undefined;
  #order = 0;
  #hears = false;
  #stopped = false;

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  knows(vip: string): boolean {
    return this.#isWatched(vip);
  }

  /** The hosts in whose kernel a VIP is bound now. */
  boundOn(vip: string): string[] {
    return [...(this.#bound.get(vip) ?? [])].toSorted();
  }

  /** The host that the fabric delivers a VIP to now; null: nobody, or not one and the same by all of its tables. */
  ownerOf(vip: string): string | null {
    const owners = new Set(this.#tablesOf(vip).map((table) => this.#owners.get(placeOf(vip, table)) ?? null));
    const [owner = null] = owners;
    return owners.size === 1 ? owner : null;
  }

  /** Resolves when nothing that happens from now on is missed, and what was there before is known. */
  async start(): Promise<void> {
    const { info } = this.#options;
    const listed = await this.#ip(info.fabric.netns, '-j', 'netns', 'list-id');
    this.#hostOfNsid = new Map(
      namespacesSchema.parse(JSON.parse(listed || '[]')).flatMap(({ nsid, name }) => {
        const host = info.hosts.find((one) => one.netns === name);
        return host === undefined ? [] : [[nsid, host.name] as const];
      }),
    );
    if (this.#hostOfNsid.size !== info.hosts.length)
      throw new LabError('observer-failed', 'the fabric does not know the namespaces of all hosts', {
        remedy: 'take the lab down and start it anew',
      });
    this.#listen();
    await this.#untilItHears();
    await Promise.all(info.hosts.map((host) => this.#snapshot(host.name, host.netns)));
    await Promise.all(
      this.#options.vips.flatMap(({ address }) =>
        this.#tablesOf(address).map((table) => this.#snapshotRoute(address, table)),
      ),
    );
  }

  stop(): void {
    this.#stopped = true;
    this.#child?.kill('SIGTERM');
  }

  #enter(netns: string): string[] {
    return this.#options.info.enter[netns] ?? [];
  }

  #ip(netns: string, ...words: string[]): Promise<string> {
    return run([...this.#enter(netns), 'ip', ...words]);
  }

  #listen(): void {
    const { info, onBlind } = this.#options;
    const monitor = ['ip', '-o', '-ts', 'monitor', 'address', 'route', 'all-nsid'];
    const [program = '', ...words] = [...this.#enter(info.fabric.netns), ...monitor];
    const child = spawn(program, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: labPath(), TZ: 'UTC', LC_ALL: 'C', KEEPALOFT_LAB: info.lab },
    });
    this.#child = child;
    createInterface({ input: child.stdout }).on('line', (line) => this.#hear(line));
    // `ip` complains when the kernel had to drop messages, and goes on.
    createInterface({ input: child.stderr }).on('line', (line) => onBlind(line));
    child.once('error', (cause) => onBlind(cause.message));
    child.once('exit', () => {
      if (!this.#stopped) onBlind('the observer ended');
    });
  }

  async #untilItHears(): Promise<void> {
    const { fabric } = this.#options.info;
    const deadline = performance.now() + READY_MS_MAX;
    while (!this.#hears) {
      if (performance.now() > deadline)
        throw new LabError('observer-failed', '`ip monitor` tells nothing', {
          remedy: 'it needs iproute2 5 or newer',
        });
      // Added and taken away each time: the kernel says nothing about a route that is replaced by itself.
      await this.#ip(fabric.netns, 'route', 'add', 'blackhole', `${TRIAL_ADDRESS}/32`);
      await this.#ip(fabric.netns, 'route', 'del', 'blackhole', `${TRIAL_ADDRESS}/32`);
      await delay(TRIAL_MS);
    }
  }

  /** What is bound already. Taken after the listening began: what changes meanwhile is heard in any case. */
  async #snapshot(host: string, netns: string): Promise<void> {
    const seen = this.#order;
    const shown = addressesSchema.parse(JSON.parse((await this.#ip(netns, '-j', 'addr', 'show')) || '[]'));
    if (this.#order !== seen) return this.#snapshot(host, netns);
    for (const { local, valid_life_time: lifeS } of shown.flatMap((one) => one.addr_info ?? [])) {
      if (local === undefined || !this.#isWatched(local)) continue;
      const lifetimeS = lifeS === undefined || lifeS === FOREVER_S ? null : lifeS;
      this.#setBound({ epochMs: Date.now(), host, vip: local, bound: true, lifetimeS });
    }
  }

  async #snapshotRoute(vip: string, table: number | null): Promise<void> {
    const isIpv6 = vip.includes(':');
    const [family, block] = isIpv6 ? ['-6', `${vip}/128`] : ['-4', `${vip}/32`];
    const words = [family, 'route', 'show', 'table', 'all', 'exact', block];
    // A table in which nothing stands yet is unknown to the kernel: asked for all tables it does not complain.
    const shown = await this.#ip(this.#options.info.fabric.netns, ...words);
    const line = shown.split('\n').find((one) => tableIn(one) === table && !one.startsWith('local '));
    const link = line === undefined ? undefined : / dev (\S+)/u.exec(line)?.[1];
    this.#setOwner(Date.now(), vip, table, link === undefined ? null : this.#hostAt(link));
  }

  #isWatched(address: string): boolean {
    return this.#options.vips.some((vip) => vip.address === address);
  }

  #tablesOf(address: string): readonly (number | null)[] {
    const tables = this.#options.vips.find((vip) => vip.address === address)?.tables ?? [];
    return tables.length === 0 ? [null] : tables;
  }

  #hear(line: string): void {
    const change = parseMonitorLine(line);
    if (change?.kind === 'route' && change.address === TRIAL_ADDRESS) this.#hears = true;
    if (change === undefined || !this.#isWatched(change.address)) return;
    if (change.kind === 'address') this.#hearAddress(change);
    // A route that is replaced is told as the new one alone; one that is deleted leaves nobody.
    else if (change.nsid === null && this.#tablesOf(change.address).includes(change.table))
      this.#setOwner(
        change.epochMs,
        change.address,
        change.table,
        change.gone || change.link === null ? null : this.#hostAt(change.link),
      );
  }

  #hearAddress({
    epochMs,
    nsid,
    address,
    gone,
    lifetimeS,
  }: Extract<KernelChange, { kind: 'address' }>): void {
    const host = nsid === null ? undefined : this.#hostOfNsid.get(nsid);
    if (host !== undefined) this.#setBound({ epochMs, host, vip: address, bound: !gone, lifetimeS });
  }

  #hostAt(link: string): string | null {
    // The fabric's end of a link is named after the host (`v-host1`).
    return this.#options.info.hosts.find((host) => link === `v-${host.name}`)?.name ?? null;
  }

  #setBound(change: {
    epochMs: number;
    host: string;
    vip: string;
    bound: boolean;
    lifetimeS: number | null;
  }): void {
    const { epochMs: at, host, vip, bound, lifetimeS } = change;
    const hosts = this.#bound.get(vip) ?? new Set();
    this.#bound.set(vip, hosts);
    if (bound) hosts.add(host);
    else hosts.delete(host);
    this.#order += 1;
    const order = this.#order;
    this.#options.onSighting({
      kind: 'bound',
      at,
      order,
      host,
      vip,
      bound,
      lifetimeS: bound ? lifetimeS : null,
    });
  }

  #setOwner(at: number, vip: string, table: number | null, host: string | null): void {
    this.#owners.set(placeOf(vip, table), host);
    this.#order += 1;
    const where = table === null ? {} : { table };
    this.#options.onSighting({ kind: 'fabric', at, order: this.#order, vip, host, ...where });
  }
}
