/** What is to happen when, earliest first; what is due at one instant keeps the order in which it was planned. */

export interface Planned {
  readonly at: number;
  readonly order: number;
  /** Undefined once it is cancelled: it keeps its place and does nothing. */
  run: (() => void) | undefined;
}

const isBefore = (a: Planned, b: Planned): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** A binary heap. Cancelled entries are dropped when they reach the top. */
export class PlanQueue {
  readonly #heap: Planned[] = [];
  #order = 0;

  /** @returns the entry, to be cancelled by taking its `run` away */
  add(at: number, run: () => void): Planned {
    this.#order += 1;
    const planned: Planned = { at, order: this.#order, run };
    this.#heap.push(planned);
    this.#rise(this.#heap.length - 1);
    return planned;
  }

  /** When the next entry is due that still has something to do. */
  get nextAt(): number | undefined {
    while (this.#heap[0] !== undefined && this.#heap[0].run === undefined) this.#removeFirst();
    return this.#heap[0]?.at;
  }

  /** Takes the next entry that still has something to do. */
  take(): Planned | undefined {
    return this.nextAt === undefined ? undefined : this.#removeFirst();
  }

  #removeFirst(): Planned | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (last === undefined || last === first) return first;
    this.#heap[0] = last;
    this.#sink();
    return first;
  }

  #rise(from: number): void {
    for (let index = from; index > 0; ) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfBefore(index, parent)) return;
      index = parent;
    }
  }

  #sink(): void {
    for (let index = 0; ; ) {
      const left = 2 * index + 1;
      const child = this.#isBeforeAt(left + 1, left) ? left + 1 : left;
      if (!this.#swapIfBefore(child, index)) return;
      index = child;
    }
  }

  #isBeforeAt(index: number, other: number): boolean {
    const a = this.#heap[index];
    const b = this.#heap[other];
    return a !== undefined && b !== undefined && isBefore(a, b);
  }

  #swapIfBefore(index: number, other: number): boolean {
    const a = this.#heap[index];
    const b = this.#heap[other];
    if (a === undefined || b === undefined || !isBefore(a, b)) return false;
    this.#heap[index] = b;
    this.#heap[other] = a;
    return true;
  }
}
