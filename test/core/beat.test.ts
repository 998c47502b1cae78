/** Proves that beats are ordered by boot, then seq, and survive their text form. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beatTextSchema, compareBeats, formatBeat } from '../../core/beat.ts';

const beats = fc.record({ boot: fc.nat(), seq: fc.nat() });

describe('beat: a total order', () => {
  it('puts boot before seq', () => {
    expect(compareBeats({ boot: 2, seq: 1 }, { boot: 1, seq: 999 })).toBeGreaterThan(0);
    expect(compareBeats({ boot: 1, seq: 2 }, { boot: 1, seq: 3 })).toBeLessThan(0);
  });

  it('is antisymmetric, and zero only for the same beat', () => {
    fc.assert(
      fc.property(beats, beats, (a, b) => {
        const same = a.boot === b.boot && a.seq === b.seq;
        return (
          Math.sign(compareBeats(a, b)) + Math.sign(compareBeats(b, a)) === 0 &&
          (compareBeats(a, b) === 0) === same
        );
      }),
    );
  });

  it('is transitive', () => {
    fc.assert(
      fc.property(beats, beats, beats, (a, b, c) => {
        const [first, second, third] = [a, b, c].toSorted(compareBeats);
        return (
          first !== undefined &&
          second !== undefined &&
          third !== undefined &&
          compareBeats(first, third) <= 0
        );
      }),
    );
  });

  it('has one text for each beat', () => {
    fc.assert(fc.property(beats, (beat) => beatTextSchema.safeParse(formatBeat(beat)).success));
    expect(formatBeat({ boot: 1, seq: 23 })).not.toBe(formatBeat({ boot: 12, seq: 3 }));
  });
});
