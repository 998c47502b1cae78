/** Repeats one probe at its interval, within its time limit, never two at once. */
import type { CheckResult } from '../../core/checks.ts';
import { messageOf } from '../errors.ts';
import { fail, type Probe } from './probe.ts';
import { startTicker, type Ticker } from './ticker.ts';

export interface Rhythm {
  /** Milliseconds from the start of a run to the start of the next. */
  readonly interval: number;
  /** A run without a result by then, milliseconds, has failed. */
  readonly timeout: number;
}

/** A failure counted again for the same hung run must be about an interval after the last, not right behind it. */
const RECOUNT_SHARE = 0.9;

/**
 * Runs `probe` once within `timeoutMs`, then resolves: only when the probe has settled, however long that takes.
 * `count` gets exactly one result, at the time limit at the latest.
 */
const runOnce = async (
  probe: Probe,
  timeoutMs: number,
  controller: AbortController,
  count: (result: CheckResult, timedOut: boolean) => void,
): Promise<void> => {
  let open = true;
  const settle = (result: CheckResult, timedOut: boolean): void => {
    if (!open) return;
    open = false;
    count(result, timedOut);
  };
  const onLimit = (): void => {
    if (!open) return;
    settle(fail(`no result within ${timeoutMs} ms`), true);
    controller.abort();
  };
  // An agent that was itself frozen finds its time limit passed and the answer waiting: one turn of the loop
  // lets the answer in first.
  const timer = setTimeout(() => setImmediate(onLimit), timeoutMs);
  try {
    settle(await probe(controller.signal), false);
  } catch (error) {
    settle(fail(messageOf(error)), false);
  } finally {
    clearTimeout(timer);
  }
};

/**
 * Starts repeating. A probe that is still at work within its time limit when the next run is due makes that run
 * be left out; after one that hit its limit the run that became due meanwhile starts at once, so that a silent
 * service fails once an interval also when limit and interval are equal. A probe that does not even end when
 * aborted counts as a failure each interval, and is not started again on top of itself.
 */
export const repeat = (rhythm: Rhythm, probe: Probe, count: (result: CheckResult) => void): Ticker => {
  let running: AbortController | undefined;
  let overdue = false;
  let missed = false;
  let stopped = false;
  let countedAt = 0;
  const countNow = (result: CheckResult): void => {
    countedAt = performance.now();
    if (!stopped) count(result);
  };
  const start = (): void => {
    const controller = new AbortController();
    running = controller;
    overdue = false;
    missed = false;
    void runOnce(probe, rhythm.timeout, controller, (result, timedOut) => {
      overdue = timedOut;
      countNow(result);
    }).finally(() => {
      running = undefined;
      if (overdue && missed && !stopped) start();
    });
  };
  const tick = (): void => {
    if (running === undefined) {
      start();
      return;
    }
    missed = true;
    if (overdue && performance.now() - countedAt >= rhythm.interval * RECOUNT_SHARE) {
      countNow(fail(`still running after its time limit of ${rhythm.timeout} ms`));
    }
  };
  const ticker = startTicker(rhythm.interval, tick);
  return {
    stop: () => {
      stopped = true;
      ticker.stop();
      running?.abort();
    },
  };
};
