/** Proves that medians and quantiles are what the tables say they are. */
import { describe, expect, it } from 'vitest';
import { median, quantile, spreadOf } from '../../bench/statistics.ts';

describe('statistics', () => {
  it('takes the middle value, or the mean of the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('names a quantile that was measured', () => {
    const values = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(quantile(values, 0.99)).toBe(99);
    expect(quantile(values, 0)).toBe(1);
    expect(quantile(values, 1)).toBe(100);
    expect(quantile([7], 0.99)).toBe(7);
  });

  it('leaves the measured values in their order', () => {
    const values = [3, 1, 2];
    expect(spreadOf(values)).toEqual({ count: 3, min: 1, median: 2, p99: 3, max: 3 });
    expect(values).toEqual([3, 1, 2]);
  });

  it('refuses to describe nothing', () => {
    expect(() => spreadOf([])).toThrow(RangeError);
    expect(() => median([])).toThrow(RangeError);
  });
});
