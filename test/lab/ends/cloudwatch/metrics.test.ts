// Proves that metrics are kept by namespace, name and all their dimensions, and what their statistics come to.
import { describe, expect, it } from 'vitest';
import { isStatistic, MetricStore, statisticOf } from '../../../../lab/ends/cloudwatch/metrics.ts';

const key = { namespace: 'Keepaloft', name: 'Held', dimensions: { Arbiter: 'Ha', Group: 'mysql' } };

describe('a metric', () => {
  it('is another one with other dimensions, in whichever order they stand', () => {
    const store = new MetricStore();
    store.put({ ...key, values: [1, 2], atMs: 1000 });
    store.put({ ...key, dimensions: { Group: 'mysql', Arbiter: 'Ha' }, values: [3], atMs: 1999 });
    store.put({ ...key, dimensions: { Arbiter: 'Ha' }, values: [9], atMs: 1000 });
    expect(store.values(key, 1000, 2000)).toEqual([1, 2, 3]);
    expect(store.values(key, 1001, 1999)).toEqual([]);
    expect(store.keys()).toHaveLength(2);
    store.age(1000);
    expect(store.values(key, 0, 1000)).toEqual([1, 2, 3]);
  });

  it('is forgotten after some hours', () => {
    const store = new MetricStore();
    store.put({ ...key, values: [1], atMs: 0 });
    store.put({ ...key, values: [2], atMs: 4 * 60 * 60 * 1000 });
    expect(store.values(key, 0, Number.POSITIVE_INFINITY)).toEqual([2]);
  });
});

describe('a statistic', () => {
  it.each([
    ['Sum', 10],
    ['Average', 2.5],
    ['Minimum', 1],
    ['Maximum', 4],
    ['SampleCount', 4],
    ['p50', 2],
    ['p99', 4],
    ['p0', 1],
  ])('%s', (name, expected) => {
    expect(statisticOf([4, 1, 3, 2], name)).toBe(expected);
    expect(isStatistic(name)).toBe(true);
  });

  it('of nothing is nothing, not zero', () => {
    expect(statisticOf([], 'Sum')).toBeUndefined();
  });

  it('that is none is known as such', () => {
    expect(['sum', 'p', 'p101', 'tm99'].filter(isStatistic)).toEqual([]);
  });
});
