// Runs searches side by side and says on stderr what is done, so that nobody waits in the dark.

/** A model checker fills a core: more at once than this would only be slower each. */
const AT_ONCE = 2;

export interface Job<T> {
  readonly title: string;
  readonly work: () => Promise<T>;
  /** One line about the result. */
  readonly say: (result: T) => string;
}

/** Does all jobs, results in their order. The first failure is thrown when those under way have ended. */
export async function doAll<T>(jobs: readonly Job<T>[], write: (line: string) => void): Promise<T[]> {
  const results: T[] = [];
  const waiting = [...jobs.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, { title, work, say }] = next;
      try {
        const result = await work();
        results[index] = result;
        write(`${title}: ${say(result)}`);
      } catch (cause) {
        waiting.length = 0;
        throw cause;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  const failed = ended.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  return results;
}
