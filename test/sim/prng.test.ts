/** The simulation's chance repeats, and its streams are independent. */
import { describe, expect, test } from 'vitest';
import { Random } from '../../sim/engine/prng.ts';

const draws = (random: Random, count = 1000): number[] => Array.from({ length: count }, () => random.next());
const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

describe('prng', () => {
  test('the same seed and stream give the same numbers', () => {
    expect(draws(new Random(42, 3))).toEqual(draws(new Random(42, 3)));
  });

  test('another seed, another stream and a seed beyond 32 bits give others', () => {
    const first = draws(new Random(42, 3), 4);
    expect(draws(new Random(43, 3), 4)).not.toEqual(first);
    expect(draws(new Random(42, 4), 4)).not.toEqual(first);
    expect(draws(new Random(42 + 2 ** 32, 3), 4)).not.toEqual(first);
  });

  test('numbers are in [0, 1) and spread evenly', () => {
    const all = draws(new Random(7), 20_000);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...all)).toBeLessThan(1);
    expect(mean(all)).toBeCloseTo(0.5, 1);
    const neighbours = Array.from({ length: 20_000 }, (_, seed) => new Random(seed).next());
    expect(mean(neighbours)).toBeCloseTo(0.5, 1);
  });

  test('whole numbers, ranges and picks stay within their bounds', () => {
    const random = new Random(1);
    for (let count = 0; count < 1000; count += 1) {
      expect([0, 1, 2]).toContain(random.below(3));
      expect(random.between(5, 6)).toBeGreaterThanOrEqual(5);
      expect(random.spread(0.1, 10)).toBeLessThan(10);
      expect(['a', 'b']).toContain(random.pick(['a', 'b']));
    }
    expect(() => random.pick([])).toThrow(RangeError);
  });
});
