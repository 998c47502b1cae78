/** Timed fault switches and token buckets: how an end of the cloud misbehaves on command. */
import type { Clock } from './clock.ts';

/** What a fault does while it lasts: strikes `percent` of the calls, for `forMs` (endless when absent). */
export interface FaultSpan {
  forMs?: number;
  percent?: number;
}

interface ActiveFault<T> {
  value: T;
  untilMs: number;
  percent: number;
}

/**
 * Faults by scope (an action, an instance, a target; `'*'` stands for every scope), each carrying a value that says
 * how to fail. The exact scope wins over `'*'`. A later fault on the same scope replaces the earlier one.
 */
export class FaultSwitch<T> {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #active = new Map<string, ActiveFault<T>>();

  constructor(clock: Clock, random: () => number = Math.random) {
    this.#clock = clock;
    this.#random = random;
  }

  set(scope: string, value: T, span: FaultSpan = {}): void {
    const untilMs = span.forMs === undefined ? Number.POSITIVE_INFINITY : this.#clock.nowMs() + span.forMs;
    this.#active.set(scope, { value, untilMs, percent: span.percent ?? 100 });
  }

  /** Ends the fault of one scope, or all of them. */
  heal(scope?: string): void {
    if (scope === undefined) this.#active.clear();
    else this.#active.delete(scope);
  }

  /** The fault that strikes a call of these scopes, if one does; an earlier scope wins over a later one. */
  strike(...scopes: readonly string[]): T | undefined {
    for (const key of [...scopes, '*']) {
      const fault = this.#active.get(key);
      if (fault === undefined) continue;
      if (fault.untilMs <= this.#clock.nowMs()) this.#active.delete(key);
      else if (this.#random() * 100 < fault.percent) return fault.value;
    }
    return undefined;
  }
}

/** A token bucket as EC2 throttles with: `capacity` tokens, refilled continuously at `refillPerSecond`. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #refillPerSecond: number;
  #tokens: number;
  #filledAtMs: number;

  constructor(clock: Clock, capacity: number, refillPerSecond: number) {
    this.#clock = clock;
    this.#capacity = capacity;
    this.#refillPerSecond = refillPerSecond;
    this.#tokens = capacity;
    this.#filledAtMs = clock.nowMs();
  }

  /** Takes one token; false says the bucket is empty and the call is throttled. */
  take(): boolean {
    const nowMs = this.#clock.nowMs();
    const elapsedMs = Math.max(0, nowMs - this.#filledAtMs);
    this.#tokens = Math.min(this.#capacity, this.#tokens + (elapsedMs * this.#refillPerSecond) / 1000);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
