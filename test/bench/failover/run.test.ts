/** Proves that a run's parts are read from the timeline, and are absent rather than invented. */
import { describe, expect, it } from 'vitest';
import { decidedToApplied } from '../../../bench/failover/run.ts';

describe('decidedToApplied', () => {
  it('counts from the request that made the arbiter act to the address applied', () => {
    const rows = [
      { atMs: 0, what: 'last beat', detail: '' },
      { atMs: 2600.5, what: 'claim', detail: '' },
      { atMs: 2605, what: 'EC2 call', detail: '' },
      { atMs: 2611.75, what: 'fabric applied', detail: '' },
    ] as const;
    expect(decidedToApplied({ rows: [...rows] })).toBe(11.25);
  });

  it('is null when nothing was decided or nothing applied', () => {
    expect(decidedToApplied(null)).toBeNull();
    expect(decidedToApplied({ rows: [{ atMs: 5, what: 'resign', detail: '' }] })).toBeNull();
    expect(decidedToApplied({ rows: [{ atMs: 5, what: 'fabric applied', detail: '' }] })).toBeNull();
  });
});
