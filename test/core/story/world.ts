/** A small deterministic world: a clock, one arbiter, a fabric, hosts, and a client that always watches the VIP. */
import type { KernelExpiry } from '../../../core/lease.ts';
import { durationMs } from '../../../core/time.ts';
import type { GroupConfig } from '../../../core/wire/item.ts';
import { A, B, C, ENI, groupConfig, profile, VIP } from '../fixtures.ts';
import { Arbiter } from './arbiter.ts';
import { Fabric } from './fabric.ts';
import { Host, type Surroundings } from './host.ts';

const LATENCY_MS = 2;
const EVENTS_MAX = 1_000_000;
/** The default time-out of hooks. */
const HOOK_MS = durationMs(30_000);
/** What the configuration's defaults make of `exclusive: true` with heartbeats of 1 s. */
const EXCLUSIVE = { exclusive: true, leaseMs: durationMs(5000) } as const;

export interface WorldOptions {
  readonly hosts?: 1 | 2 | 3;
  readonly config?: Partial<GroupConfig>;
  /** The lease is the fence, and this is how addresses end by themselves. @default the fabric fences */
  readonly kernelExpiry?: KernelExpiry;
  readonly ackMs?: number;
  readonly propagationMs?: number;
  /** Candidates are asked first, and each one's hook takes so long. @default nobody is asked */
  readonly prepareMs?: number;
  /** Base priority of each host, in order. @default 100 */
  readonly priorities?: readonly number[];
}

interface Happening {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export class World implements Surroundings {
  now = 100_000_000;
  lambdaErrorMs = 0;
  readonly fabric: Fabric;
  readonly arbiter: Arbiter;
  readonly hosts: readonly Host[];
  readonly #priorities: readonly number[];
  arbiterUp = true;
  /** Of 100 messages between a host and the arbiter, so many are lost. */
  lossPercent = 0;
  /** Intervals without service since the last {@link mark}, and who served, in order. */
  #dark: { from: number; to: number }[] = [];
  #darkSince: number | undefined;
  #owners: string[] = [];
  #queue: Happening[] = [];
  #order = 0;
  #random = 12_345;
  /** Hears what happens, in order: who (a node, `arbiter`, `fabric`, `client`) and what. */
  onTold: (who: string, what: string) => void = () => undefined;
  readonly #exclusive: boolean;

  constructor(options: WorldOptions = {}) {
    this.#exclusive = options.kernelExpiry !== undefined;
    const asks = options.prepareMs === undefined ? {} : { prepareMs: HOOK_MS };
    const config = groupConfig({ ...(this.#exclusive ? EXCLUSIVE : {}), ...asks, ...options.config });
    this.fabric = new Fabric(this);
    this.fabric.ackMs = options.ackMs ?? 0;
    this.fabric.propagationMs = options.propagationMs ?? 0;
    this.arbiter = new Arbiter(this, this.fabric, config);
    this.#priorities = options.priorities ?? [];
    const settings = profile({
      heartbeatMs: config.heartbeatMs,
      leaseMs: config.leaseMs,
      preemptDelayMs: config.preemptDelayMs,
      kernelExpiry: options.kernelExpiry,
    });
    // No two boot clocks agree, and none agrees with the arbiter's.
    this.hosts = ([A, B, C] as const)
      .slice(0, options.hosts ?? 3)
      .map((node, index) => new Host(node, ENI[node], durationMs(7_777_777 * (index + 1)), settings, this));
    for (const host of this.hosts) host.prepareMs = options.prepareMs ?? 0;
    this.hosts.forEach((host, index) => this.later(index * 130, () => this.start(host)));
  }

  start(host: Host): void {
    host.up = true;
    host.start(this.#priorities[this.hosts.indexOf(host)] ?? 100);
  }

  later(ms: number, run: () => void): void {
    this.#queue.push({ at: this.now + ms, order: (this.#order += 1), run });
  }

  tell(who: string, what: string): void {
    this.onTold(who, what);
  }

  carry(host: Host, deliver: () => void): void {
    this.#random = (Math.imul(this.#random, 1_103_515_245) + 12_345) >>> 0;
    const lost = (this.#random >>> 8) % 100 < this.lossPercent;
    if (lost || !host.up || host.cutFromArbiter || !this.arbiterUp) return;
    this.later(LATENCY_MS, deliver);
  }

  /** The host whose service answers the client now. */
  get server(): Host | undefined {
    return this.hosts.find(
      (host) => host.answers && host.bound.has(VIP) && this.fabric.owners.get(VIP) === host.eni,
    );
  }

  run(ms: number): void {
    const end = this.now + ms;
    for (let events = 0; events < EVENTS_MAX; events += 1) {
      const next = this.#queue.reduce<Happening | undefined>(
        (first, one) =>
          first === undefined || one.at < first.at || (one.at === first.at && one.order < first.order)
            ? one
            : first,
        undefined,
      );
      if (next === undefined || next.at > end) break;
      this.#queue = this.#queue.filter((one) => one !== next);
      this.now = next.at;
      next.run();
      this.#watch();
    }
    this.now = end;
    this.#watch();
  }

  /** Runs until the condition holds, at most `limitMs`. */
  until(condition: () => boolean, limitMs = 20_000): void {
    for (let waited = 0; !condition(); waited += 10) {
      if (waited > limitMs) throw new Error(`not within ${limitMs} ms: ${condition.toString()}`);
      this.run(10);
    }
  }

  /** Everything is up, one host serves, the fabric has settled, and the client's record begins here. */
  steady(): this {
    this.until(() => this.server !== undefined && this.arbiter.state.phase === 'held');
    this.run(12_000);
    this.mark();
    return this;
  }

  mark(): void {
    this.#dark = [];
    this.#darkSince = undefined;
    this.#owners = [];
    this.arbiter.events.length = 0;
    this.#watch();
  }

  /** S3: where the lease is the fence, no two machines ever have the VIP. */
  #checkExclusive(): void {
    if (!this.#exclusive) return;
    const bound = this.hosts.filter((host) => host.up && host.bound.has(VIP)).map(({ node }) => node);
    if (bound.length > 1) throw new Error(`bound twice at ${this.now}: ${bound.join(' and ')}`);
  }

  #watch(): void {
    this.#checkExclusive();
    const { server } = this;
    if (server === undefined) {
      if (this.#darkSince === undefined) this.tell('client', 'no answer');
      this.#darkSince ??= this.now;
      return;
    }
    if (this.#darkSince !== undefined) this.#dark.push({ from: this.#darkSince, to: this.now });
    if (this.#darkSince !== undefined || this.#owners.at(-1) !== server.node) {
      const darkMs = this.#darkSince === undefined ? 0 : this.now - this.#darkSince;
      const gap = darkMs === 0 ? 'without a gap' : `after ${darkMs} ms without an answer`;
      this.tell('client', `answered by ${server.node}, ${gap}`);
    }
    this.#darkSince = undefined;
    if (this.#owners.at(-1) !== server.node) this.#owners.push(server.node);
  }

  /** How long the client was without service since the mark, milliseconds. */
  get outageMs(): number {
    const ended = this.#dark.reduce((sum, { from, to }) => sum + to - from, 0);
    return ended + (this.#darkSince === undefined ? 0 : this.now - this.#darkSince);
  }

  get owners(): readonly string[] {
    return this.#owners;
  }

  /** Why the group changed hands since the mark. */
  get transfers(): readonly string[] {
    return this.arbiter.events.filter(({ type }) => type === 'transfer').map(({ reason }) => reason);
  }

  /** The host that the arbiter calls MASTER. */
  get holder(): Host {
    const holder = this.hosts.find(({ node }) => node === this.arbiter.state.holder);
    if (holder === undefined) throw new Error('nobody holds the group');
    return holder;
  }

  get standbys(): readonly Host[] {
    return this.hosts.filter((host) => host !== this.holder);
  }
}
