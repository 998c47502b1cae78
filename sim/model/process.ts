/** The life of one process: it may stand still, and what it is told then waits; it may be gone from one instant to the next. */
import type { Queue } from '../engine/queue.ts';

export class Process {
  readonly #queue: Queue;
  alive = true;
  /** For how many reasons it stands still. */
  #frozen = 0;
  #timers: (() => void)[] = [];
  #inbox: (() => void)[] = [];

  constructor(queue: Queue) {
    this.#queue = queue;
  }

  get isAwake(): boolean {
    return this.alive && this.#frozen === 0;
  }

  freeze(): void {
    this.#frozen += 1;
  }

  /** Goes on where it stood: the timers that have passed first, then what the sockets hold, as Node does. */
  thaw(): void {
    this.#frozen -= 1;
    if (this.#frozen > 0) return;
    const waiting = [...this.#timers, ...this.#inbox];
    this.#timers = [];
    this.#inbox = [];
    for (const run of waiting) if (this.alive) run();
  }

  /** Something from outside arrives: taken now, or when it thaws. */
  arrive(run: () => void): void {
    if (!this.alive) return;
    if (this.#frozen > 0) this.#inbox.push(run);
    else run();
  }

  /** One of its timers rings at this time of the world. */
  timer(at: number, run: () => void): void {
    this.#queue.at(at, () => this.#ring(run));
  }

  #ring(run: () => void): void {
    if (!this.alive) return;
    if (this.#frozen > 0) this.#timers.push(run);
    else run();
  }
}
