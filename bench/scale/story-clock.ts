/**
 * The time of a story in which thousands of agents meet the shipped handler. Agents exist in this time only; the
 * handler and its calls are real. While any of them works, the story stands still; it goes on when all of them have
 * ended or wait for an instant of the story. So a busy machine makes a story longer to play and changes nothing in it.
 */
import type { Cancel, Clock } from '../../lab/ends/clock.ts';
import { BenchError } from '../errors.ts';
import { PlanQueue } from './queue.ts';

/** When no call has ended for so long, one has been lost. */
const STUCK_MS = 120_000;
/**
 * With no call on its way for so many looks, work that neither ended nor said that it waits must wait for one of the
 * story's timers, as the SDK does before it repeats a call whose connection broke.
 */
const WATCH_MS = 20;
const IDLE_LOOKS = 5;
/** Taken before a story replaces the timers of its process. */
const { setInterval: watch, clearInterval: unwatch } = globalThis;

export class StoryClock implements Clock {
  readonly #plans = new PlanQueue();
  #nowMs: number;
  /** Real work under way, and how much of it waits for an instant of the story. */
  #working = 0;
  #waiting = 0;
  /** How much of it is found to wait without having said so. */
  #stalled = 0;
  /** The process's own timers belong to the story, so work may wait for them. */
  #ownsTimers = false;
  /** Real calls on their way. */
  #calls = 0;
  /** When the last one ended, on this machine's own clock. */
  #endedMs = 0;
  #onQuiet: (() => void) | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** @param startMs milliseconds since 1970 at which the story begins */
  constructor(startMs: number) {
    this.#nowMs = Math.floor(startMs);
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** In whole milliseconds: no clock of the product shows less. */
  after(delayMs: number, run: () => void): Cancel {
    const planned = this.#plans.add(this.#nowMs + Math.ceil(Math.max(0, delayMs)), run);
    return () => {
      planned.run = undefined;
    };
  }

  /** As {@link after}, for real work that waits for this instant and does nothing before. */
  waitFor(delayMs: number, run: () => void): Cancel {
    let isWaiting = true;
    const end = (): void => {
      if (isWaiting) this.#waiting -= 1;
      isWaiting = false;
    };
    this.#waiting += 1;
    const cancel = this.after(delayMs, () => {
      end();
      run();
    });
    this.#noteQuiet();
    return () => {
      end();
      cancel();
    };
  }

  pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.waitFor(delayMs, resolve);
    });
  }

  /** A real call leaves; the returned function is to be called once it has ended. */
  call(): () => void {
    this.#calls += 1;
    let isOpen = true;
    return () => {
      if (isOpen) this.#calls -= 1;
      isOpen = false;
      this.#endedMs = performance.now();
    };
  }

  /** From here on the process's timers are this clock's, and its calls are counted by {@link call}. */
  ownTimers(): void {
    this.#ownsTimers = true;
  }

  /** A timer of the process has come: work that waited for it goes on. */
  stir(): void {
    this.#stalled = 0;
  }

  /** Starts real work, which includes planning whatever follows from its end. Its failure ends the story. */
  work(task: () => Promise<void>): void {
    this.#working += 1;
    task()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#working -= 1;
        this.#noteQuiet();
      });
  }

  /**
   * Plays on while `goesOn` says so, at most until `untilMs`.
   * @throws what the story's work threw, and BenchError when a real call does not end
   */
  async play(untilMs: number, goesOn: () => boolean = () => true): Promise<void> {
    while (goesOn()) {
      if (this.#isBusy) await this.#quiet();
      if (this.#failure !== undefined) throw this.#failure.error;
      const nextAt = this.#plans.nextAt;
      if (nextAt === undefined || nextAt > untilMs) {
        this.#nowMs = Math.max(this.#nowMs, Math.ceil(untilMs));
        return;
      }
      this.#nowMs = Math.max(this.#nowMs, nextAt);
      this.#plans.take()?.run?.();
    }
    if (this.#isBusy) await this.#quiet();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  get #isBusy(): boolean {
    return this.#working > this.#waiting + this.#stalled;
  }

  #noteQuiet(): void {
    if (this.#isBusy) return;
    this.#onQuiet?.();
    this.#onQuiet = undefined;
  }

  #quiet(): Promise<void> {
    return new Promise((resolve, reject) => {
      const sinceMs = performance.now();
      let idleLooks = 0;
      const guard = watch(() => {
        idleLooks = this.#ownsTimers && this.#calls === 0 ? idleLooks + 1 : 0;
        if (idleLooks >= IDLE_LOOKS && this.#plans.nextAt !== undefined) {
          this.#stalled = this.#working - this.#waiting;
          this.#noteQuiet();
        } else if (performance.now() - Math.max(sinceMs, this.#endedMs) > STUCK_MS) {
          unwatch(guard);
          reject(new BenchError('a call of the handler does not end'));
        }
      }, WATCH_MS);
      this.#onQuiet = () => {
        unwatch(guard);
        resolve();
      };
    });
  }
}
