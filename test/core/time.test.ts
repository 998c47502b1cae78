/** Proves that a clock that stepped back counts as "no time has passed", never as a huge or negative span. */
import { describe, expect, it } from 'vitest';
import { after, durationMsSchema, epochMs, epochMsSchema, since } from '../../core/time.ts';

describe('time', () => {
  it('measures forwards and never below zero', () => {
    expect(since(epochMs(100), epochMs(350))).toBe(250);
    expect(since(epochMs(350), epochMs(100))).toBe(0);
    expect(after(epochMs(100), 50)).toBe(150);
  });

  it('refuses what is no time on a boundary', () => {
    expect([-1, 0.5, NaN, Infinity, '5'].filter((value) => epochMsSchema.safeParse(value).success)).toEqual(
      [],
    );
    expect([-1, 2_592_000_001].filter((value) => durationMsSchema.safeParse(value).success)).toEqual([]);
  });
});
