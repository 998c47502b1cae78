/** Ctrl-C, SIGTERM and a closed terminal as an AbortSignal, and a second Ctrl-C as impatience. */

import { Interrupted } from './failure.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** npm sends a second SIGINT for the same Ctrl-C a moment after the terminal's own: that is not impatience. */
const sameKeyMs = 700;

export interface Interrupt {
  /** Aborts with `Interrupted`. */
  readonly signal: AbortSignal;
  /** Called at a second Ctrl-C. */
  onImpatience(action: () => void): void;
  dispose(): void;
}

/**
 * From now on the first signal does not end the process but aborts.
 *
 * @example const interrupt = watchInterrupt(); try { await work(interrupt.signal); } finally { interrupt.dispose(); }
 */
export const watchInterrupt = (nowMs: () => number = () => performance.now()): Interrupt => {
  const controller = new AbortController();
  let firstMs = Number.POSITIVE_INFINITY;
  let impatience: () => void = () => undefined;
  const onSignal = (): void => {
    if (!controller.signal.aborted) {
      firstMs = nowMs();
      controller.abort(new Interrupted());
    } else if (nowMs() - firstMs > sameKeyMs) {
      impatience();
    }
  };
  for (const name of signals) {
    process.on(name, onSignal);
  }
  return {
    signal: controller.signal,
    onImpatience: (action) => {
      impatience = action;
    },
    dispose: () => {
      for (const name of signals) {
        process.off(name, onSignal);
      }
    },
  };
};
