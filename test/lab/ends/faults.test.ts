// Proves that faults strike their scope for their time and share, and that a token bucket empties and refills as published.
import { describe, expect, it } from 'vitest';
import { FaultSwitch, TokenBucket } from '../../../lab/ends/faults.ts';
import { ManualClock } from './small-vpc.ts';

describe('a fault switch', () => {
  it('strikes one scope, or all, until its time is over', () => {
    const clock = new ManualClock(0);
    const faults = new FaultSwitch<string>(clock);
    faults.set('Assign', 'throttled', { forMs: 1000 });
    expect([faults.strike('Assign'), faults.strike('Describe')]).toEqual(['throttled', undefined]);
    faults.set('*', 'broken');
    expect([faults.strike('Assign'), faults.strike('Describe')]).toEqual(['throttled', 'broken']);
    clock.advance(1000);
    expect(faults.strike('Assign')).toBe('broken');
    faults.heal();
    expect(faults.strike('Assign')).toBeUndefined();
  });

  it('lets an earlier scope of a call win over a later one', () => {
    const faults = new FaultSwitch<string>(new ManualClock(0));
    faults.set('Assign', 'throttled');
    faults.set('172.31.0.201', 'broken');
    expect(faults.strike('172.31.0.201', 'Assign')).toBe('broken');
    expect(faults.strike('172.31.0.202', 'Assign')).toBe('throttled');
  });

  it('strikes the share of calls it was told', () => {
    const draws = [0.1, 0.49, 0.5, 0.9];
    const faults = new FaultSwitch<string>(new ManualClock(0), () => draws.shift() ?? 0);
    faults.set('*', 'broken', { percent: 50 });
    expect([1, 2, 3, 4].map(() => faults.strike('x'))).toEqual(['broken', 'broken', undefined, undefined]);
  });
});

describe('a token bucket', () => {
  it('gives its capacity at once, then its rate', () => {
    const clock = new ManualClock(0);
    const bucket = new TokenBucket(clock, 3, 5);
    expect([1, 2, 3, 4].map(() => bucket.take())).toEqual([true, true, true, false]);
    clock.advance(200);
    expect([bucket.take(), bucket.take()]).toEqual([true, false]);
    clock.advance(60_000);
    expect([1, 2, 3, 4].map(() => bucket.take())).toEqual([true, true, true, false]);
  });
});
