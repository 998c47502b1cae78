/** A queue that runs one job after the other and never grows beyond its bound: superseded jobs fall out. */

export interface BoundedQueue<T> {
  /** Adds a job. The oldest waiting ones fall out when there are too many; the newest always stays. */
  readonly push: (job: T) => void;
  /** Resolves when nothing is running or waiting. */
  readonly idle: () => Promise<void>;
}

/**
 * @param work runs one job; must not reject
 * @param waitingMax jobs that may wait behind the running one
 * @param onDropped told of each job that fell out
 */
export const createQueue = <T>(
  work: (job: T) => Promise<void>,
  waitingMax: number,
  onDropped: (job: T) => void,
): BoundedQueue<T> => {
  const waiting: T[] = [];
  let running: Promise<void> | undefined;
  const drain = async (): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) await work(job);
    // Here, not in a `finally` behind the promise: a job pushed in between would wait for ever.
    running = undefined;
  };
  return {
    push: (job) => {
      waiting.push(job);
      while (waiting.length > waitingMax) {
        const dropped = waiting.shift();
        if (dropped !== undefined) onDropped(dropped);
      }
      running ??= drain();
    },
    idle: async () => running,
  };
};
