// Proves how findings are shown and put into a document, and what they come to as an exit code.
import { describe, expect, it } from 'vitest';
import { bad, exitCodeOf, type Finding, ok, unknown, warn } from '../../../agent/doctor/finding.ts';
import { reportDocument, reportLines } from '../../../agent/doctor/report.ts';

const plain = { unicode: true, paint: (_: string, text: string) => text };
const all: readonly Finding[] = [
  ok('imds', 'this is i-1'),
  unknown('address-limit', 'not allowed to ask', 'allow it', 'i-1'),
  warn('clock-off', 'the clock is wrong', 'set it'),
  bad('vip-is-primary', 'it is a primary address', 'choose another', '10.0.0.1'),
];

describe('the report', () => {
  it('tells the worst first, each with code and fix, and the sum', () => {
    expect(reportLines(all, plain)).toEqual([
      '✗ 10.0.0.1: it is a primary address  [vip-is-primary]',
      '  choose another',
      '! the clock is wrong  [clock-off]',
      '  set it',
      '– i-1: not allowed to ask  [address-limit]',
      '  allow it',
      '✓ this is i-1',
      '1 problem, 1 warning, 1 ok, 1 not looked at',
    ]);
  });

  it('stays in line without unicode', () => {
    expect(reportLines(all, { ...plain, unicode: false })).toEqual([
      'x  10.0.0.1: it is a primary address  [vip-is-primary]',
      '   choose another',
      '!  the clock is wrong  [clock-off]',
      '   set it',
      '-  i-1: not allowed to ask  [address-limit]',
      '   allow it',
      'ok this is i-1',
      '1 problem, 1 warning, 1 ok, 1 not looked at',
    ]);
  });

  it('colours the sign by how bad it is', () => {
    const seen: string[] = [];
    const paint = (colour: string, text: string): string => {
      seen.push(`${colour} ${text}`);
      return text;
    };
    reportLines(all, { unicode: true, paint });
    expect(seen.filter((one) => !one.startsWith('dim ['))).toEqual(['red ✗', 'yellow !', 'dim –', 'green ✓']);
  });

  it('as a document keeps the order of looking, and leaves out what there is not', () => {
    expect(reportDocument({ node: 'i-1' }, all)).toEqual({
      v: 1,
      node: 'i-1',
      verdict: 'bad',
      findings: [
        { verdict: 'ok', code: 'imds', message: 'this is i-1' },
        {
          verdict: 'unknown',
          code: 'address-limit',
          about: 'i-1',
          message: 'not allowed to ask',
          fix: 'allow it',
        },
        { verdict: 'warn', code: 'clock-off', message: 'the clock is wrong', fix: 'set it' },
        {
          verdict: 'bad',
          code: 'vip-is-primary',
          about: '10.0.0.1',
          message: 'it is a primary address',
          fix: 'choose another',
        },
      ],
    });
  });

  it('ends with 2 for a problem, 1 for a warning, and 0 for what could not be looked at', () => {
    expect([all, all.slice(0, 3), all.slice(0, 2), []].map(exitCodeOf)).toEqual([2, 1, 0, 0]);
  });
});
