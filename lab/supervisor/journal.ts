/** What happened in a lab, in order, for timelines, logs and scenarios. Bounded: the oldest entries go first. */
import type { JournalEntry, JournalPage } from '../control/types.ts';

const ENTRIES_MAX = 50_000;
const PAGE_MAX = 5000;

export class Journal {
  #entries: JournalEntry[] = [];
  #next = 0;

  /** @param at wall clock of the machine, milliseconds since 1970; a fraction is kept */
  add(
    kind: string,
    fields: Record<string, unknown> = {},
    at: number = performance.timeOrigin + performance.now(),
  ): void {
    this.#entries.push({ ...fields, n: this.#next, at: Math.round(at * 1000) / 1000, kind });
    this.#next += 1;
    // Trimmed in large steps: shifting an array one by one is quadratic.
    if (this.#entries.length > ENTRIES_MAX * 1.2) this.#entries = this.#entries.slice(-ENTRIES_MAX);
  }

  /** Entries from number `from` on, at most one page; `next` is where to go on. */
  page(from: number): JournalPage {
    const first = this.#entries[0]?.n ?? this.#next;
    const start = Math.max(0, from - first);
    const entries = this.#entries.slice(start, start + PAGE_MAX);
    return { next: (entries.at(-1)?.n ?? Math.max(from, this.#next) - 1) + 1, entries };
  }
}
