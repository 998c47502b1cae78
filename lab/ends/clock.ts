/**
 * The clock of the lab's cloud ends. Everything that reads time or waits takes a `Clock`, so that tests can hold
 * time still and the `clock` fault can shift what AWS believes the time to be without touching the machine.
 */

/** Stops a timer; calling it again or after the timer fired does nothing. */
export type Cancel = () => void;

export interface Clock {
  /** Milliseconds since 1970, as the cloud believes. */
  nowMs(): number;
  /** Runs `run` once after `delayMs` of real time; a delay of 0 still runs asynchronously. */
  after(delayMs: number, run: () => void): Cancel;
}

/** The machine's clock plus an adjustable offset: `offsetMs` moves the cloud's wall clock, never its timers. */
export class LabClock implements Clock {
  offsetMs = 0;

  nowMs(): number {
    return Date.now() + this.offsetMs;
  }

  after(delayMs: number, run: () => void): Cancel {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  }
}

/** Resolves after `delayMs` of the given clock. */
export const pause = (clock: Clock, delayMs: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
