/** What is to happen, in order of time; what was scheduled first comes first among equals. */

interface Happening {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

const isBefore = (a: Happening, b: Happening): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** A binary heap. Nothing is ever taken back: what has become void finds out when it runs. */
export class Queue {
  readonly #heap: Happening[] = [];
  #order = 0;
  /** The time of the world, milliseconds. */
  now = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** When the next thing happens; Infinity when nothing does. */
  get nextAt(): number {
    return this.#heap[0]?.at ?? Infinity;
  }

  /** @param at an instant that has passed counts as now */
  at(at: number, run: () => void): void {
    this.#order += 1;
    const heap = this.#heap;
    const item: Happening = { at: at > this.now ? at : this.now, order: this.#order, run };
    let index = heap.length;
    heap.push(item);
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(item, parent)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = item;
  }

  after(ms: number, run: () => void): void {
    this.at(this.now + ms, run);
  }

  /** Runs the next happening; false when there is none. */
  step(): boolean {
    const top = this.#heap[0];
    if (top === undefined) return false;
    this.#removeTop();
    this.now = top.at;
    top.run();
    return true;
  }

  #removeTop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    const { length } = heap;
    if (last === undefined || length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      let below = heap[child];
      if (below === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, below)) {
        child += 1;
        below = right;
      }
      if (!isBefore(below, last)) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
  }
}
