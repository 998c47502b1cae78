/** Proves that two windows never overlap in what they disturb, that waiting may, and that none is lost. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GAP_MS, Timetable, Turns } from '../../../bench/versus/timetable.ts';

let now = 0;
beforeEach(() => {
  now = 0;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const pass = async (ms: number): Promise<void> => {
  await vi.advanceTimersByTimeAsync(0);
  for (let step = 0; step < ms; step += 1) {
    now += 1;
    await vi.advanceTimersByTimeAsync(1);
  }
};

/** When each was let in, and how to end its window. */
const entering = (timetable: Timetable, leadMs: number, activeMsMax: number) => {
  const seen: { atMs: number | null; leave: () => void } = { atMs: null, leave: () => undefined };
  void timetable.enter({ leadMs, activeMsMax }).then((leave) => {
    seen.atMs = now;
    seen.leave = leave;
  });
  return seen;
};

describe('a timetable', () => {
  it('lets the next one in when the window before has ended by itself', async () => {
    const timetable = new Timetable(() => now);
    const first = entering(timetable, 0, 1000);
    const second = entering(timetable, 0, 500);
    await pass(999);
    expect([first.atMs, second.atMs]).toEqual([0, null]);
    await pass(2);
    expect(second.atMs).toBe(1000);
  });

  it('lets the next one in soon after the one before has left', async () => {
    const timetable = new Timetable(() => now);
    const first = entering(timetable, 0, 1000);
    const second = entering(timetable, 0, 500);
    await pass(300);
    first.leave();
    first.leave();
    await pass(GAP_MS + 1);
    expect(second.atMs).toBe(300 + GAP_MS);
  });

  it('lets one that only waits at first in earlier, by just that wait', async () => {
    const timetable = new Timetable(() => now);
    entering(timetable, 0, 1000);
    const second = entering(timetable, 600, 500);
    await pass(402);
    expect(second.atMs).toBe(400);
  });

  it('keeps the last window when an earlier one is left late', async () => {
    const timetable = new Timetable(() => now);
    const first = entering(timetable, 0, 1000);
    entering(timetable, 1000, 1000);
    const third = entering(timetable, 0, 10);
    await pass(500);
    first.leave();
    await pass(1000);
    expect(third.atMs).toBeNull();
    await pass(501);
    expect(third.atMs).toBe(2000);
  });

  it('keeps the order of the calls', async () => {
    const timetable = new Timetable(() => now);
    entering(timetable, 0, 1000);
    const patient = entering(timetable, 0, 100);
    const eager = entering(timetable, 900, 100);
    await pass(500);
    expect([patient.atMs, eager.atMs]).toEqual([null, null]);
    await pass(501);
    expect([patient.atMs, eager.atMs]).toEqual([1000, 1000]);
  });
});

describe('turns', () => {
  it('are held by so many at once, and given back only once', async () => {
    const turns = new Turns(1);
    const giveBack = await turns.take();
    const order: string[] = [];
    const second = turns.take().then((give) => {
      order.push('second');
      return give;
    });
    void turns.take().then(() => order.push('third'));
    giveBack();
    giveBack();
    const giveSecond = await second;
    await vi.advanceTimersByTimeAsync(0);
    expect(order).toEqual(['second']);
    giveSecond();
    await vi.advanceTimersByTimeAsync(0);
    expect(order).toEqual(['second', 'third']);
  });
});
