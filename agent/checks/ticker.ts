/** Calls back at a fixed rate without drift: each call is due a whole number of intervals after the first. */

export interface Ticker {
  readonly stop: () => void;
}

/**
 * Calls `tick` at once and then every `intervalMs`. Calls that were missed (a suspended machine, a frozen process)
 * are left out rather than made up for.
 */
export const startTicker = (intervalMs: number, tick: () => void): Ticker => {
  const startedAt = performance.now();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let dueMs = 0;
  const schedule = (): void => {
    const elapsedMs = performance.now() - startedAt;
    dueMs += intervalMs;
    // Counted from `dueMs`, not from the clock: a timer that fires a fraction early must not fire twice.
    if (dueMs <= elapsedMs) dueMs = (Math.floor(elapsedMs / intervalMs) + 1) * intervalMs;
    timer = setTimeout(run, Math.ceil(dueMs - elapsedMs));
  };
  const run = (): void => {
    tick();
    if (!stopped) schedule();
  };
  run();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
};
