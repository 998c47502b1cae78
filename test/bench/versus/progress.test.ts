/** Proves that whoever waits is told what each run came to and how long the rest will take. */
import { describe, expect, it } from 'vitest';
import { minutesLeft, runText } from '../../../bench/versus/progress.ts';
import { run } from './data.ts';

describe('progress', () => {
  it.each([
    [60_000, 0.1, '9 min'],
    [60_000, 0.9, 'less than a minute'],
    [60_000, 1, 'less than a minute'],
  ])('after %d ms and a share of %d: %s', (elapsedMs, share, text) => {
    expect(minutesLeft(elapsedMs, share)).toBe(text);
  });

  it('tells of an outage, of one that did not end, and of a prober that stood still', () => {
    expect(runText(run(2500))).toBe('outage 2,500 ms, moves 1');
    expect(runText(run(28_000, { dark: true, moves: 0, stallMs: 25, repeats: 1 }))).toBe(
      'dark for good (28,000 ms watched), moves 0, the prober stood still for 25.0 ms, at try 2',
    );
  });
});
