/** Proves that costs are counted calls times list prices, part by part. */
import { describe, expect, it } from 'vitest';
import { beatCost, billedMs, monthCost } from '../../../bench/scale/cost.ts';
import { PRICES } from '../../../bench/scale/prices.ts';

const QUIET = { calls: 1, readUnits: 0, writeUnits: 1, logBytes: 0 };

describe('cost', () => {
  it('of a heartbeat is the sum of its parts', () => {
    const cost = beatCost({ calls: 2, readUnits: 1, writeUnits: 2, logBytes: 1000 });
    expect(cost.api).toBeCloseTo(1e-6, 12);
    expect(cost.requests).toBeCloseTo(0.2e-6, 12);
    expect(cost.writes).toBeCloseTo(1.25e-6, 12);
    expect(cost.reads).toBeCloseTo(0.125e-6, 12);
    expect(cost.duration).toBeCloseTo(0.012 * 0.25 * PRICES.lambdaGbSecond, 14);
    const { api, requests, writes, reads, duration } = cost;
    expect(cost.total).toBeCloseTo(api + requests + writes + reads + duration, 14);
    expect(cost.logs).toBeCloseTo(0.5e-6, 14);
  });

  it('bills a call to DynamoDB more for each one that is made', () => {
    expect(billedMs({ calls: 1 })).toBe(8);
    expect(billedMs({ calls: 3 })).toBe(16);
  });

  it('of a month is that of its heartbeats, and falls with their pace', () => {
    const month = monthCost(QUIET, 1000, 2).total;
    expect(month).toBeCloseTo(beatCost(QUIET).total * 2 * 730 * 3600, 9);
    expect(month).toBeCloseTo(9.73, 2);
    expect(monthCost(QUIET, 10_000, 2).total).toBeCloseTo(month / 10, 9);
    expect(monthCost(QUIET, 1000, 4).total).toBeCloseTo(month * 2, 9);
  });
});
