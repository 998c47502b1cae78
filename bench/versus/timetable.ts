/**
 * Who may disturb the machine when. A failover keeps a core busy for a moment (processes start, packets burst), and two
 * at once would measure each other; so each is given a window of its own. What merely waits needs none.
 */

/** When, after its fault, a failover begins to work, and how long it works at most. */
export interface Window {
  /** Nothing but waiting happens before, so it may fall into somebody else's window. */
  readonly leadMs: number;
  readonly activeMsMax: number;
}

/** Between the end of one window and the beginning of the next. */
export const GAP_MS = 100;

interface Waiting {
  readonly window: Window;
  readonly admit: (leave: () => void) => void;
}

export class Timetable {
  readonly #nowMs: () => number;
  readonly #queue: Waiting[] = [];
  #busyUntilMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /**
   * Resolves when the fault may be applied, in the order of the calls. Call what it resolves with when the failover is
   * over; without that the window ends by itself.
   */
  enter(window: Window): Promise<() => void> {
    return new Promise((admit) => {
      this.#queue.push({ window, admit });
      this.#admit();
    });
  }

  #admit(): void {
    clearTimeout(this.#timer);
    for (let head = this.#queue[0]; head !== undefined; head = this.#queue[0]) {
      const now = this.#nowMs();
      const waitMs = this.#busyUntilMs - head.window.leadMs - now;
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#admit(), waitMs);
        return;
      }
      this.#queue.shift();
      const untilMs = now + head.window.leadMs + head.window.activeMsMax;
      this.#busyUntilMs = untilMs;
      head.admit(() => this.#leave(untilMs));
    }
  }

  /** Only the last window that was given away can end early: an earlier one is over before that one works. */
  #leave(untilMs: number): void {
    if (untilMs !== this.#busyUntilMs) return;
    this.#busyUntilMs = Math.min(untilMs, this.#nowMs() + GAP_MS);
    this.#admit();
  }
}

/** At most so many at once, in the order of the calls. */
export class Turns {
  #free: number;
  readonly #queue: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves with what gives the turn back, once. */
  async take(): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#queue.push(resolve));
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const next = this.#queue.shift();
      if (next === undefined) this.#free += 1;
      else next();
    };
  }
}
