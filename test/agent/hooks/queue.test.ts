// Proves that jobs run in order, one at a time, and that the newest survives when too many wait.
import { describe, expect, it } from 'vitest';
import { createQueue } from '../../../agent/hooks/queue.ts';

describe('queue', () => {
  it('runs one after the other, drops the oldest waiting, and gets idle', async () => {
    const done: number[] = [];
    const dropped: number[] = [];
    let running = 0;
    const queue = createQueue<number>(
      async (job) => {
        running += 1;
        expect(running).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        done.push(job);
      },
      3,
      (job) => dropped.push(job),
    );
    for (let job = 0; job < 7; job += 1) queue.push(job);
    await queue.idle();
    expect(done).toEqual([0, 4, 5, 6]);
    expect(dropped).toEqual([1, 2, 3]);
  });

  it('forgets no job that arrives as it gets idle', async () => {
    const done: number[] = [];
    const queue = createQueue<number>(
      (job) => {
        done.push(job);
        return Promise.resolve();
      },
      3,
      () => undefined,
    );
    for (let job = 0; job < 50; job += 1) {
      queue.push(job);
      for (let turn = 0; turn < job % 7; turn += 1) await Promise.resolve();
    }
    await queue.idle();
    expect(done).toHaveLength(50);
    await queue.idle();
  });
});
