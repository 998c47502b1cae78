/** Proves that a story stands still while real work is under way, and goes on while that work waits for the story. */
import { setImmediate as realTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { StoryClock } from '../../../bench/scale/story-clock.ts';

/** Real work: several turns of the event loop, of which a story knows nothing. */
const busy = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await realTurn();
};

describe('StoryClock', () => {
  it('shows each plan its own instant, in whole milliseconds', async () => {
    const clock = new StoryClock(1000.7);
    const seen: number[] = [];
    clock.after(2.5, () => seen.push(clock.nowMs()));
    clock.after(1, () => seen.push(clock.nowMs()));
    clock.after(-5, () => seen.push(clock.nowMs()));
    await clock.play(1010);
    expect(seen).toEqual([1000, 1001, 1003]);
    expect(clock.nowMs()).toBe(1010);
  });

  it('waits for real work before anything later happens', async () => {
    const clock = new StoryClock(0);
    const seen: string[] = [];
    clock.after(1, () =>
      clock.work(async () => {
        await busy();
        seen.push(`work ends at ${clock.nowMs()}`);
        clock.after(1, () => seen.push(`answer at ${clock.nowMs()}`));
      }),
    );
    clock.after(3, () => seen.push(`later at ${clock.nowMs()}`));
    await clock.play(10);
    expect(seen).toEqual(['work ends at 1', 'answer at 2', 'later at 3']);
  });

  it('goes on while all work waits for an instant, and stops again when it comes', async () => {
    const clock = new StoryClock(0);
    const seen: string[] = [];
    const work = async (name: string, ms: number): Promise<void> => {
      await busy();
      await clock.pause(ms);
      await busy();
      seen.push(`${name} at ${clock.nowMs()}`);
    };
    clock.work(() => work('slow', 7));
    clock.work(() => work('quick', 4));
    clock.after(5, () => seen.push(`plan at ${clock.nowMs()}`));
    await clock.play(20);
    expect(seen).toEqual(['quick at 4', 'plan at 5', 'slow at 7']);
  });

  it('counts work that gives up its waiting as work again', async () => {
    const clock = new StoryClock(0);
    const seen: string[] = [];
    clock.work(async () => {
      const cancelled = new Promise<void>((resolve) => {
        const cancel = clock.waitFor(100, () => seen.push('never'));
        clock.after(2, () => {
          cancel();
          resolve();
        });
      });
      await cancelled;
      await busy();
      seen.push(`given up at ${clock.nowMs()}`);
    });
    clock.after(3, () => seen.push('plan'));
    await clock.play(200);
    expect(seen).toEqual(['given up at 2', 'plan']);
  });

  it('drops what is cancelled', async () => {
    const clock = new StoryClock(0);
    const seen: number[] = [];
    const cancel = clock.after(1, () => seen.push(1));
    clock.after(2, () => seen.push(2));
    cancel();
    await clock.play(10);
    expect(seen).toEqual([2]);
  });

  it('stops as soon as it is told to, and goes on from there', async () => {
    const clock = new StoryClock(0);
    let ran = 0;
    const count = (): void => {
      ran += 1;
      clock.after(1, count);
    };
    clock.after(1, count);
    await clock.play(Infinity, () => ran < 5);
    expect([ran, clock.nowMs()]).toEqual([5, 5]);
    await clock.play(8);
    expect([ran, clock.nowMs()]).toEqual([8, 8]);
  });

  it('ends with the failure of its work', async () => {
    const clock = new StoryClock(0);
    clock.after(1, () => clock.work(() => Promise.reject(new Error('the handler failed'))));
    clock.after(2, () => undefined);
    await expect(clock.play(5)).rejects.toThrow('the handler failed');
  });
});
