/** The addresses that a host's kernel has. Where a lifetime was given, the kernel ends them by itself, and late. */
import { KERNEL_EXPIRY, type KernelExpiry } from '../../../core/lease.ts';

/** Of the time by which a kernel may be late, this one always takes this part. */
const LATE_SHARE = 0.5;

export interface KernelClock {
  readonly now: number;
  later(ms: number, run: () => void): void;
}

export class Kernel {
  readonly bound = new Set<string>();
  readonly #clock: KernelClock;
  readonly #expiry: KernelExpiry;
  readonly #onExpired: (vips: readonly string[]) => void;
  /** World time; Infinity without a lifetime. */
  #endsAt = Infinity;

  constructor(clock: KernelClock, expiry: KernelExpiry, onExpired: (vips: readonly string[]) => void) {
    this.#clock = clock;
    this.#expiry = expiry;
    this.#onExpired = onExpired;
  }

  /** Binds addresses or renews them. @param lifetimeMs absent: for ever */
  bind(vips: readonly string[], lifetimeMs?: number): void {
    for (const vip of vips) this.bound.add(vip);
    if (lifetimeMs === undefined) {
      this.#endsAt = Infinity;
      return;
    }
    const endsAt = this.#clock.now + lifetimeMs + KERNEL_EXPIRY[this.#expiry].lateMs * LATE_SHARE;
    this.#endsAt = endsAt;
    this.#clock.later(endsAt - this.#clock.now, () => {
      if (this.#endsAt === endsAt) this.#expire();
    });
  }

  unbind(vips: readonly string[]): void {
    for (const vip of vips) this.bound.delete(vip);
  }

  /** For how long what is bound may still live, the greatest lateness included; undefined: for ever. */
  mayLiveMs(): number | undefined {
    if (this.#endsAt === Infinity) return undefined;
    return Math.max(0, this.#endsAt - this.#clock.now) + KERNEL_EXPIRY[this.#expiry].lateMs;
  }

  #expire(): void {
    const vips = [...this.bound];
    this.#endsAt = Infinity;
    this.bound.clear();
    if (vips.length > 0) this.#onExpired(vips);
  }
}
