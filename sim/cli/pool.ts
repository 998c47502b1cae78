/** Spreads seeds over threads until they, the time, or the patience with failures end. */
import { Worker } from 'node:worker_threads';
import { add, emptyTally, type Tally } from './tally.ts';

/** Seeds handed to a thread at once: a fraction of a second of work. */
const CHUNK = 100;

export interface Job {
  readonly from: number;
  readonly seeds: number;
  /** Ends at the latest then, on `performance.now()`. */
  readonly endsAt: number;
  readonly workers: number;
  readonly only: readonly string[];
  /** Stops after so many failing seeds. */
  readonly failuresMax: number;
  readonly onProgress: (tally: Tally) => void;
}

/** @throws what a thread throws: a defect of the simulation */
export const runPool = async (job: Job): Promise<Tally> => {
  const tally = emptyTally();
  const last = job.from + job.seeds;
  let next = job.from;
  const isOver = (): boolean =>
    next >= last || performance.now() >= job.endsAt || tally.failures.length >= job.failuresMax;
  const work = async (worker: Worker): Promise<void> => {
    while (!isOver()) {
      const from = next;
      const seeds = Math.min(CHUNK, last - from);
      next += seeds;
      const done = new Promise<Tally>((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is not a window: it has no origin
      worker.postMessage({ from, seeds, only: job.only });
      const more = await done;
      worker.removeAllListeners('error');
      add(tally, more);
      job.onProgress(tally);
    }
  };
  const workers = Array.from(
    { length: job.workers },
    () => new Worker(new URL('./worker.ts', import.meta.url)),
  );
  try {
    await Promise.all(workers.map(work));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return tally;
};
