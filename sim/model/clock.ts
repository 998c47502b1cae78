/** The clocks of one host. None of them agrees with the world's time, and no two hosts agree. */
import { type BootMs, bootMs } from '../../core/time.ts';

/** `/proc/uptime` has two decimals of a second. */
const QUANTUM_MS = 10;
/** When the world began, on a wall clock without error. */
export const WALL_START_MS = 1_790_000_000_000;

/** Counts from the host's boot, suspension included, at a rate that may be wrong by a few percent. */
export class BootClock {
  #baseMs: number;
  #sinceMs: number;
  rate: number;

  constructor(baseMs: number, rate: number, nowMs: number) {
    this.#baseMs = baseMs;
    this.#sinceMs = nowMs;
    this.rate = rate;
  }

  read(nowMs: number): BootMs {
    const ms = this.#baseMs + (nowMs - this.#sinceMs) * this.rate;
    return bootMs(Math.floor(ms / QUANTUM_MS) * QUANTUM_MS);
  }

  /** The world's time at which the clock shows at least `boot`. */
  worldAt(boot: number): number {
    const shown = Math.ceil(boot / QUANTUM_MS) * QUANTUM_MS;
    // A hair later, so that rounding never makes it show the quantum before.
    return this.#sinceMs + (shown - this.#baseMs) / this.rate + 1e-6;
  }

  setRate(rate: number, nowMs: number): void {
    this.#baseMs += (nowMs - this.#sinceMs) * this.rate;
    this.#sinceMs = nowMs;
    this.rate = rate;
  }

  /** The machine was started anew. */
  reset(baseMs: number, nowMs: number): void {
    this.#baseMs = baseMs;
    this.#sinceMs = nowMs;
  }
}
