/** One thread: takes ranges of seeds, hands back what they add up to. */
import { parentPort } from 'node:worker_threads';
import * as z from 'zod/mini';
import { runSeeds } from './tally.ts';

const jobSchema = z.object({ from: z.int(), seeds: z.int(), only: z.array(z.string()) });

const port = parentPort;
if (port === null) throw new TypeError('worker.ts runs in a worker thread');
port.on('message', (message: unknown) => {
  const { from, seeds, only } = jobSchema.parse(message);
  port.postMessage(runSeeds(from, seeds, new Set(only)));
});
