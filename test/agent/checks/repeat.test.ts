// Proves that a check never overlaps itself, fails once an interval while its service is silent, and can be stopped.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Probe, pass } from '../../../agent/checks/probe.ts';
import { repeat } from '../../../agent/checks/repeat.ts';
import type { CheckResult } from '../../../core/checks.ts';
import { inTime } from '../in-time.ts';
import { until } from '../until.ts';

const play = (rhythm: { interval: number; timeout: number }, probe: Probe) => {
  const results: CheckResult[] = [];
  const at: number[] = [];
  const startedAt = performance.now();
  const ticker = repeat(rhythm, probe, (result) => {
    results.push(result);
    at.push(performance.now() - startedAt);
  });
  return { results, at, ticker };
};
/** Answers only when it is told to stop. */
const silent: Probe = (signal) =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(pass('too late')), { once: true });
  });

describe('repeat', () => {
  it('counts each result', async () => {
    const { results, ticker } = play({ interval: 10, timeout: 100 }, () => Promise.resolve(pass('fine')));
    await until('some results are in', () => results.length >= 3);
    ticker.stop();
    expect(results[0]).toEqual({ passed: true, detail: 'fine' });
  });

  it('fails a silent service once an interval, also when the limit is the interval', async () => {
    const threeFailures = async () => {
      const { results, at, ticker } = play({ interval: 60, timeout: 60 }, silent);
      await until('three failures', () => results.length >= 3);
      ticker.stop();
      return { results, at };
    };
    const { results, at } = await inTime(threeFailures, (found) => (found.at[2] ?? 0) < 290);
    expect(results.every(({ passed }) => !passed)).toBe(true);
    expect(results[0]?.detail).toBe('no result within 60 ms');
    expect(at[0]).toBeGreaterThanOrEqual(59);
    // 60, 120, 180 ms: leaving out every second run would take until 300.
    expect(at[2]).toBeGreaterThanOrEqual(175);
    expect(at[2]).toBeLessThan(290);
  });

  it('never runs twice at once, and leaves out runs while a slow one is within its limit', async () => {
    let running = 0;
    let most = 0;
    let runs = 0;
    const { results, ticker } = play({ interval: 10, timeout: 5000 }, async () => {
      running += 1;
      runs += 1;
      most = Math.max(most, running);
      await sleep(35);
      running -= 1;
      return pass('slow');
    });
    await until('some slow results', () => results.length >= 3);
    ticker.stop();
    expect(most).toBe(1);
    expect(runs).toBeLessThanOrEqual(results.length + 1);
    expect(results.every(({ passed }) => passed)).toBe(true);
  });

  it('keeps failing, without a second run, while a probe ignores its end', async () => {
    let runs = 0;
    const { results, at, ticker } = play({ interval: 40, timeout: 30 }, () => {
      runs += 1;
      return new Promise(() => undefined);
    });
    await until('three failures', () => results.length >= 3);
    ticker.stop();
    expect(runs).toBe(1);
    expect(results[1]?.detail).toBe('still running after its time limit of 30 ms');
    expect((at[2] ?? 0) - (at[1] ?? 0)).toBeGreaterThanOrEqual(35);
  });

  it('takes an answer that waited while the agent itself stood still', async () => {
    const { results, ticker } = play({ interval: 1000, timeout: 50 }, async () => {
      await sleep(20);
      return pass('in time');
    });
    // As if frozen: both the answer and the limit are due when the loop turns again.
    const until100 = performance.now() + 100;
    while (performance.now() < until100);
    await until('a result', () => results.length === 1);
    ticker.stop();
    expect(results[0]).toEqual({ passed: true, detail: 'in time' });
  });

  it('turns a probe that throws into a failure', async () => {
    const { results, ticker } = play({ interval: 1000, timeout: 100 }, () =>
      Promise.reject(new Error('odd')),
    );
    await until('a result', () => results.length === 1);
    ticker.stop();
    expect(results[0]).toEqual({ passed: false, detail: 'odd' });
  });

  it('aborts what runs and reports nothing once stopped', async () => {
    let aborted = false;
    const { results, ticker } = play({ interval: 10, timeout: 5000 }, (signal) =>
      silent(signal).finally(() => {
        aborted = true;
      }),
    );
    ticker.stop();
    await until('the probe is aborted', () => aborted);
    expect(results).toEqual([]);
  });
});
