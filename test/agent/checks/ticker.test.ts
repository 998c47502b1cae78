// Proves that the rate is fixed: no drift from slow calls, no double calls, none after stop.
import { describe, expect, it } from 'vitest';
import { startTicker } from '../../../agent/checks/ticker.ts';
import { inTime } from '../in-time.ts';
import { until } from '../until.ts';

const INTERVAL_MS = 20;

describe('ticker', () => {
  it('calls at once and then on the grid, though the calls take time', async () => {
    const play = async (): Promise<number[]> => {
      const startedAt = performance.now();
      const at: number[] = [];
      const ticker = startTicker(INTERVAL_MS, () => {
        at.push(performance.now() - startedAt);
        const busyUntil = performance.now() + 5;
        while (performance.now() < busyUntil);
      });
      await until('it has ticked for a while', () => at.length >= 12);
      ticker.stop();
      return at;
    };
    // With drift the twelfth call would be 11 times 5 ms late; a call on the grid is late by itself alone.
    const earliestOf = (at: readonly number[]): number =>
      Math.min(...at.slice(1).map((ms) => ms % INTERVAL_MS));
    const at = await inTime(play, (found) => (found[0] ?? 0) < INTERVAL_MS && earliestOf(found) < 15);
    expect(at[0]).toBeLessThan(INTERVAL_MS);
    expect(earliestOf(at)).toBeLessThan(15);
    const slots = at.map((ms) => Math.floor((ms + 1) / INTERVAL_MS));
    expect(new Set(slots).size).toBe(slots.length);
  });

  it('leaves out what it missed, and stops', async () => {
    let calls = 0;
    const ticker = startTicker(INTERVAL_MS, () => {
      calls += 1;
      const busyUntil = performance.now() + (calls === 1 ? 10 * INTERVAL_MS : 0);
      while (performance.now() < busyUntil);
    });
    expect(calls).toBe(1);
    await until('it has ticked again', () => calls >= 2);
    expect(calls).toBe(2);
    ticker.stop();
    const stopped = startTicker(1, () => {
      calls += 1;
    });
    stopped.stop();
    const counted = calls;
    let later = 0;
    const other = startTicker(1, () => {
      later += 1;
    });
    await until('another has ticked', () => later > 5);
    other.stop();
    expect(calls).toBe(counted);
  });
});
