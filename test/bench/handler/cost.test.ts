/** Proves that the monthly cost is the sum of the list prices. */
import { describe, expect, it } from 'vitest';
import { monthlyCost } from '../../../bench/handler/cost.ts';

describe('monthlyCost', () => {
  it('adds requests, units and billed time of two members for 730 hours', () => {
    const { total, perBilledMs } = monthlyCost({ readUnits: 1, writeUnits: 1 });
    // 5.256 million heartbeats at 1.95 dollars a million, and 8 ms of 256 MB each.
    expect(total).toBeCloseTo(5.256 * 1.95 + (5_256_000 * 0.008 * 0.25 * 1.33334) / 100_000, 6);
    expect(perBilledMs).toBeCloseTo(0.01752, 5);
  });

  it('grows with the members and with a second write unit', () => {
    const one = monthlyCost({ readUnits: 1, writeUnits: 1 }, 0).total;
    expect(monthlyCost({ readUnits: 1, writeUnits: 1 }, 0, 4).total).toBeCloseTo(2 * one, 6);
    expect(monthlyCost({ readUnits: 1, writeUnits: 2 }, 0).total - one).toBeCloseTo(5.256 * 0.625, 6);
  });
});
