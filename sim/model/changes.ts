/**
 * Changes of the kernel for one group: one at a time, only the newest order of each kind, and what may be concluded
 * from their outcome. Mirrors agent/loop/kernel.ts and agent/host/exec-window.ts.
 */
import type { HolderEffect, HolderState } from '../../core/holder/types.ts';
import { type KernelExpiry, lifetimeMs } from '../../core/lease.ts';
import { after, type BootMs } from '../../core/time.ts';
import type { Host } from './host.ts';

type BindOrder = Extract<HolderEffect, { kind: 'bind' }>;
type UnbindOrder = Extract<HolderEffect, { kind: 'unbind' }>;
type Task = 'bind' | 'unbind' | { readonly waitMs: number } | (() => void);

/** From the last look at the clock to the kernel's change; the command is killed before it takes longer. */
const EXEC_MS_MAX = 60;
/** What an `nft` lifetime is shortened by, so that a slow command is not killed in vain. */
const NFT_SPARE_MS = 150;

/** What the kernel's side of a group must know of the group. */
export interface ChangesOwner {
  readonly host: Host;
  readonly state: HolderState;
  readonly expiry: KernelExpiry | undefined;
  now(): BootMs;
  /** Runs when the process gets to it: never once it is dead, late while it stands still. */
  callBack(then: () => void): void;
  confirmed(mask: number): void;
  failed(mask: number): void;
  mask(vips: readonly string[]): number;
}

export class Changes {
  readonly #owner: ChangesOwner;
  #tasks: Task[] = [];
  #running = false;
  #bindNext: BindOrder | undefined;
  #unbindNext: UnbindOrder | undefined;
  /** What is being unbound this moment. */
  #unbinding = 0;
  #mayHaveUntil = -Infinity;
  /** What the last successful binding was ordered for. */
  #boundUntil: BootMs | undefined;

  constructor(owner: ChangesOwner) {
    this.#owner = owner;
  }

  get isIdle(): boolean {
    return !this.#running;
  }

  get mayHave(): boolean {
    return this.#owner.now() < this.#mayHaveUntil;
  }

  /** While not MASTER, whatever was ordered counts as bound until it is confirmed that it is gone. */
  bound(seen: number): number {
    const whole = this.#owner.host.world.allVips;
    return this.#owner.state.role !== 'MASTER' && this.mayHave ? whole : seen;
  }

  /** @returns for how long leftovers may live; undefined: for ever, or there are none */
  leftovers(): number | undefined {
    const { kernel } = this.#owner.host;
    const forMs = kernel.mayLiveMs();
    if (kernel.mask === 0) return undefined;
    this.#mayHaveUntil = this.#owner.now() + forMs;
    return Number.isFinite(forMs) ? forMs : undefined;
  }

  bind(order: BindOrder): void {
    if (this.#bindNext === undefined) this.#enqueue('bind');
    this.#bindNext = order;
  }

  unbind(order: UnbindOrder): void {
    // Ordered again while it is being done. What it leaves, the look after it finds.
    const again = (this.#owner.mask(order.vips) & ~this.#unbinding) === 0;
    if (again && this.#bindNext === undefined) return;
    if (this.#unbindNext === undefined) this.#enqueue('unbind');
    this.#unbindNext = order;
  }

  /** What was ordered so far comes before it, and what is ordered later waits for it. */
  between(waitMs: number): void {
    this.#enqueue({ waitMs });
  }

  afterwards(task: () => void): void {
    this.#enqueue(task);
  }

  #enqueue(task: Task): void {
    this.#tasks.push(task);
    if (this.#running) return;
    this.#running = true;
    // A promise's continuation: after the present turn, at the same instant.
    this.#owner.host.world.queue.after(0, () => this.#owner.callBack(() => this.#next()));
  }

  #next(): void {
    const task = this.#tasks.shift();
    if (task === undefined) {
      this.#running = false;
    } else if (task === 'bind') this.#bindNow();
    else if (task === 'unbind') this.#unbindNow();
    else if ('waitMs' in task)
      this.#owner.host.later(task.waitMs, () => this.#owner.callBack(() => this.#next()));
    else {
      const more = this.#tasks.length > 0;
      this.#running = more;
      task();
      if (more) this.#next();
    }
  }

  #bindNow(): void {
    const order = this.#bindNext;
    this.#bindNext = undefined;
    const { role, epoch, relEpoch, bound } = this.#owner.state;
    // Between the order and this instant it may have become wrong: then nothing is done, and that is told, too.
    if (order === undefined || role !== 'MASTER' || epoch !== order.epoch || epoch <= relEpoch)
      return this.#ended(true);
    const { until, vips } = order;
    if (until === this.#boundUntil && vips.every((vip) => bound.includes(vip))) return this.#ended(true);
    const { expiry } = this.#owner;
    let lifetime = 0;
    if (until !== undefined && expiry !== undefined) {
      const now = this.#owner.now();
      if (now >= until) return this.#ended(true);
      this.#mayHaveUntil = Math.max(this.#mayHaveUntil, until);
      lifetime = lifetimeMs(until, after(now, expiry === 'nft' ? NFT_SPARE_MS : 0), expiry);
      if (lifetime === 0) return this.#ended(false);
    }
    this.#change(order, lifetime);
  }

  #change(order: BindOrder, lifetime: number): void {
    const { host } = this.#owner;
    const { execMs, fails } = host.exec();
    const mask = this.#owner.mask(order.vips);
    const { pauses } = host;
    // Killed when it takes longer; it may have done its work all the same.
    const killed = execMs > EXEC_MS_MAX;
    const work = (): void => {
      // A whole machine that stands still between the look at the clock and the kernel's change is not promised anything.
      const stood = host.pauses !== pauses;
      if (!stood) host.world.monitor.binding(host, order);
      host.kernel.bind(mask, lifetime, stood);
      if (!stood) host.world.monitor.bound(host, order);
    };
    this.#execute(Math.min(execMs, EXEC_MS_MAX), fails, work, (done) => {
      if (done && !killed) this.#boundUntil = order.until;
      this.#ended(done && !killed);
    });
  }

  #unbindNow(): void {
    const order = this.#unbindNext;
    this.#unbindNext = undefined;
    if (order === undefined || this.#owner.state.role === 'MASTER') return this.#ended(true);
    const { host } = this.#owner;
    const { execMs, fails } = host.exec();
    const mask = this.#owner.mask(order.vips);
    this.#unbinding = mask;
    const work = (): void => host.kernel.unbind(mask);
    this.#execute(execMs, fails, work, (done) => {
      this.#unbinding = 0;
      if (done && host.kernel.mask === 0) this.#mayHaveUntil = -Infinity;
      this.#ended(done);
    });
  }

  /** The command is another process: it does its work also while the agent stands still, or when it is dead. */
  #execute(takesMs: number, fails: boolean, work: () => void, then: (done: boolean) => void): void {
    const { host } = this.#owner;
    host.later(takesMs, () => {
      if (!fails) work();
      this.#owner.callBack(() => then(!fails));
    });
  }

  #ended(confirmed: boolean): void {
    // What the outcome leads to is queued behind what is waiting already.
    const more = this.#tasks.length > 0;
    this.#running = more;
    const mask = this.bound(this.#owner.host.kernel.mask);
    if (confirmed) this.#owner.confirmed(mask);
    else this.#owner.failed(mask);
    if (more) this.#next();
  }
}
