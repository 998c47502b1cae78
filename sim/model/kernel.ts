/**
 * The addresses that a host's kernel has. Where a lifetime was given, the kernel ends them by itself, late by up to
 * what core/lease.ts allows it. Mirrors agent/host/addresses.ts, leased-addresses.ts and nft-guard.ts.
 */
import { KERNEL_EXPIRY, type KernelExpiry } from '../../core/lease.ts';
import type { Random } from '../engine/prng.ts';
import type { Queue } from '../engine/queue.ts';
import type { BootClock } from './clock.ts';

export interface KernelWatcher {
  /** The set of bound addresses has changed; `why` for the trace. */
  bindingChanged(why: string): void;
}

export class Kernel {
  /** Bit i: address i is bound. */
  mask = 0;
  /** The binding dates from before a pause of the whole machine: nobody could have ended it in time. */
  outlasted = false;
  /** Where time stands, for the timer: rises with each change that makes a pending expiry void. */
  #timer = 0;
  /** World time at which the lifetime ends, and the kernel's lateness on top of it. Infinity: no lifetime. */
  #endsAt = Infinity;
  #lateMs = 0;
  #pausedAt = -1;
  readonly #queue: Queue;
  readonly #random: Random;
  readonly #clock: BootClock;
  readonly #expiry: KernelExpiry;
  readonly #watcher: KernelWatcher;

  constructor(queue: Queue, random: Random, clock: BootClock, expiry: KernelExpiry, watcher: KernelWatcher) {
    this.#queue = queue;
    this.#random = random;
    this.#clock = clock;
    this.#expiry = expiry;
    this.#watcher = watcher;
  }

  /**
   * @param lifetimeMs 0: without a lifetime
   * @param outlasted the machine stood still between the look at the clock and this change
   */
  bind(mask: number, lifetimeMs: number, outlasted: boolean): void {
    const before = this.mask;
    this.mask |= mask;
    this.outlasted = outlasted;
    this.#timer += 1;
    if (lifetimeMs === 0) this.#endsAt = Infinity;
    else {
      this.#endsAt = this.#queue.now + lifetimeMs / this.#clock.rate;
      this.#lateMs = (KERNEL_EXPIRY[this.#expiry].lateMs * this.#random.next()) / this.#clock.rate;
      this.#arm();
    }
    if (this.mask !== before) this.#watcher.bindingChanged('bound');
  }

  unbind(mask: number, why = 'unbound'): void {
    const before = this.mask;
    this.mask &= ~mask;
    if (this.mask === 0) {
      this.#endsAt = Infinity;
      this.outlasted = false;
    }
    if (this.mask !== before) this.#watcher.bindingChanged(why);
  }

  /** For how long an address may still live, the kernel's lateness included; Infinity: for ever. */
  mayLiveMs(): number {
    if (this.mask === 0) return 0;
    const leftMs = Math.max(0, this.#endsAt - this.#queue.now) * this.#clock.rate;
    return Math.ceil(leftMs) + KERNEL_EXPIRY[this.#expiry].lateMs;
  }

  /** The whole machine stands still: the kernel's timers do not count that. */
  pause(): void {
    this.#pausedAt = this.#queue.now;
    this.#timer += 1;
  }

  resume(): void {
    if (this.#pausedAt < 0) return;
    const pausedMs = this.#queue.now - this.#pausedAt;
    this.#pausedAt = -1;
    if (this.mask === 0) return;
    this.outlasted = true;
    if (this.#endsAt === Infinity) return;
    this.#endsAt += pausedMs;
    this.#arm();
  }

  #arm(): void {
    const timer = this.#timer;
    this.#queue.at(this.#endsAt + this.#lateMs, () => {
      if (timer !== this.#timer || this.#endsAt === Infinity) return;
      this.unbind(this.mask, 'ended by the kernel');
    });
  }
}
