// Proves that durations need a unit, and that they are written so that people can read them.
import { describe, expect, it } from 'vitest';
import { parseDurationMs } from '../../../core/duration.ts';
import { formatDurationMs } from '../../../lab/scenario/duration.ts';

describe('parseDurationMs', () => {
  it.each([
    ['200ms', 200],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['0s', 0],
  ])('reads %s', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  it.each(['5', '', 's', '-1s', '1 s', '1e3s', '1d', '1.2345s'])('refuses %j', (text) => {
    expect(parseDurationMs(text)).toBeNull();
  });
});

describe('formatDurationMs', () => {
  it.each([
    [17, '17 ms'],
    [2714, '2.71 s'],
    [72_000, '1 m 12 s'],
  ])('writes %i', (ms, text) => {
    expect(formatDurationMs(ms)).toBe(text);
  });
});
