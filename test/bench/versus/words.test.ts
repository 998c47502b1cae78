/** Proves what is said of a cell: medians and ranges of those that came back, counts of those that did not, surplus moves. */
import { describe, expect, it } from 'vitest';
import { medianOutageMs, summaryOf } from '../../../bench/versus/cells.ts';
import { FAULTS, type FaultCase, type FaultId } from '../../../bench/versus/faults.ts';
import { bestOf, briefText, cellText, time } from '../../../bench/versus/words.ts';
import { cell, run } from './data.ts';

const fault = (id: FaultId): FaultCase => {
  const found = FAULTS.find((one) => one.id === id);
  if (found === undefined) throw new Error(id);
  return found;
};
const dark = run(28_000, { dark: true });

describe('the summary of a cell', () => {
  it('spreads only the outages that ended', () => {
    const summary = summaryOf(cell('cli-30', 'kill', [run(500), dark, run(700)]));
    expect(summary).toMatchObject({ tried: 3, dark: 1, outage: { min: 500, median: 600, max: 700 } });
  });

  it('is absent without results', () => {
    expect(summaryOf(cell('cli-30', 'kill', []))).toBeNull();
  });

  it('takes one that never ended for longer than any other', () => {
    expect(medianOutageMs(cell('cli-30', 'kill', [dark, run(10), run(20)]))).toBe(20);
    expect(medianOutageMs(cell('cli-30', 'kill', [dark, run(10), dark]))).toBe(Number.POSITIVE_INFINITY);
    expect(medianOutageMs(cell('cli-30', 'kill', [dark, run(10)]))).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('the text of a cell', () => {
  it.each([
    ['kill', [run(2400), run(2500), run(2600)], '2.50 s (2.40 s – 2.60 s)', '2.50 s'],
    ['kill', [run(34)], '34.0 ms', '34.0 ms'],
    ['kill', [run(34), run(34, { moves: 3 })], '34.0 ms, 1–3 moves', '34.0 ms, 1–3 moves'],
    ['throttle', [dark, dark], 'dark for good', 'dark for good'],
    ['cut-peers', [run(0, { moves: 0 })], '0, 0 moves', '0, 0 moves'],
    [
      'cut-peers',
      [dark, run(4), run(6)],
      'dark for good in 1 of 3, else 5.00 ms (4.00 ms – 6.00 ms), 1 move',
      'dark for good in 1 of 3, else 5.00 ms, 1 move',
    ],
    ['kill', [], 'no result', 'no result'],
  ] as const)('%s %#', (id, runs, long, short) => {
    const one = cell('cli-30', id, [...runs]);
    expect(cellText(one, fault(id))).toBe(long);
    expect(briefText(one, fault(id))).toBe(short);
  });

  it('says how many runs came to nothing', () => {
    const one = cell('cli-30', 'kill', [run(34)], { failures: ['x', 'y', 'z'] });
    expect(cellText(one, fault('kill'))).toBe('34.0 ms, only 1 runs, 3 without a result');
    expect(briefText(one, fault('kill'))).toBe('34.0 ms, only 1 runs');
    expect(cellText({ ...one, failures: ['x'] }, fault('kill'))).toBe('34.0 ms');
    expect(bestOf([one, cell('cli-100', 'kill', [run(900)])]).has(one)).toBe(false);
  });

  it.each([
    [0, '0'],
    [9.99, '9.99 ms'],
    [999, '999 ms'],
    [1000, '1.00 s'],
    [28_000, '28.0 s'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(time(ms)).toBe(text);
  });
});

describe('the best of a row', () => {
  it('is the shortest median, all of them when equal, and never one that stays dark', () => {
    const [a, b, c] = [
      cell('keepaloft', 'kill', [run(5)]),
      cell('cli-30', 'kill', [run(5)]),
      cell('cli-100', 'kill', [dark]),
    ];
    expect(bestOf([a, b, c])).toEqual(new Set([a, b]));
    expect(bestOf([c])).toEqual(new Set());
    const [blink, slow] = [cell('cli-30', 'cut-peers', [run(40)]), cell('cli-100', 'cut-peers', [run(90)])];
    expect(bestOf([a, blink, slow])).toEqual(new Set([a, blink]));
    expect(bestOf([c, cell('route-30', 'kill', [])])).toEqual(new Set());
  });
});
