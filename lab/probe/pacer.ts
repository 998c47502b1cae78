/** Keeps a steady rate with a coarse timer: catches up when a tick comes late, and notes how late and for how long. */

import { detailsMax, type Stall } from './analysis.ts';

/** A pause of the event loop longer than this is told apart from an outage. */
export const stallMs = 20;
/** Probes sent at once to catch up, at most; what a longer pause missed is not sent at all. */
export const burstMax = 50;

export class Pacer {
  readonly #intervalMs: number;
  readonly #anchorEpochMs: number;
  readonly stalls: Stall[] = [];
  stallTotalMs = 0;
  maxLateMs = 0;
  #dueMs: number;
  #lastTickMs: number;

  constructor(intervalMs: number, startMs: number, anchorEpochMs: number) {
    this.#intervalMs = intervalMs;
    this.#anchorEpochMs = anchorEpochMs;
    this.#dueMs = startMs;
    this.#lastTickMs = startMs;
  }

  /** How many probes are due now. Call it at every tick. */
  due(nowMs: number): number {
    this.#noteStall(nowMs);
    const lateMs = nowMs - this.#dueMs;
    if (lateMs < 0) {
      return 0;
    }
    this.maxLateMs = Math.max(this.maxLateMs, lateMs);
    const missed = Math.floor(lateMs / this.#intervalMs) + 1;
    this.#dueMs += missed * this.#intervalMs;
    return Math.min(missed, burstMax);
  }

  #noteStall(nowMs: number): void {
    const pausedMs = nowMs - this.#lastTickMs;
    if (pausedMs > stallMs) {
      this.stallTotalMs += pausedMs;
      if (this.stalls.length < detailsMax) {
        this.stalls.push({ fromEpochMs: this.#anchorEpochMs + this.#lastTickMs, ms: pausedMs });
      }
    }
    this.#lastTickMs = nowMs;
  }
}
