/** Proves that a clock of the arbiter that steps back by an hour stops nothing for an hour. */
import { describe, expect, it } from 'vitest';
import { elapsedMs, isAhead } from '../../../core/election/elapsed.ts';
import { at } from '../fixtures.ts';

describe('elapsed: instants that lie ahead', () => {
  it('by the skew between two Lambdas count as now', () => {
    expect(elapsedMs(at(0), at(300))).toBe(300);
    expect(elapsedMs(at(2000), at(0))).toBe(0);
  });

  it('by more were written before a step: nobody knows how long ago', () => {
    expect(elapsedMs(at(2001), at(0))).toBe(Infinity);
  });
});

describe('elapsed: limits that lie ahead', () => {
  it('hold until their instant', () => {
    expect(isAhead(at(1), at(0), 1000)).toBe(true);
    expect(isAhead(at(0), at(0), 1000)).toBe(false);
    expect(isAhead(undefined, at(0), 1000)).toBe(false);
  });

  it('hold nothing when they lie further ahead than they can have been set', () => {
    expect(isAhead(at(3000), at(0), 1000)).toBe(true);
    expect(isAhead(at(3001), at(0), 1000)).toBe(false);
  });
});
