/** Proves small things at their edges: texts of beats and durations, what a check says of itself, what a lease is worth. */
import { describe, expect, it } from 'vitest';
import { beatSchema, beatTextSchema } from '../../core/beat.ts';
import { assess, FAULT_CHARS_MAX, initialCheck, reduceCheck } from '../../core/checks.ts';
import { parseDurationMs } from '../../core/duration.ts';
import { lifetimeMs } from '../../core/lease.ts';
import { boot } from './fixtures.ts';

describe('edges: a beat', () => {
  it('as text is two numbers and nothing around them', () => {
    const texts = [
      '1:2',
      '1763000000000:9',
      'x1:2',
      '1:2x',
      '1:',
      ':2',
      '1',
      ' 1:2',
      '1:2\n',
      `${'1'.repeat(17)}:2`,
    ];
    expect(texts.filter((text) => beatTextSchema.safeParse(text).success)).toEqual([
      '1:2',
      '1763000000000:9',
    ]);
  });

  it('as an object has both numbers', () => {
    expect(beatSchema.parse({ boot: 1, seq: 2, later: 3 })).toEqual({ boot: 1, seq: 2 });
    for (const wrong of [{ boot: 1 }, { seq: 1 }, { boot: -1, seq: 1 }, { boot: 1, seq: 0.5 }])
      expect(beatSchema.safeParse(wrong).success).toBe(false);
  });
});

describe('edges: a duration', () => {
  it('has up to three decimals, and nothing behind its unit', () => {
    expect(parseDurationMs('1.234s')).toBe(1234);
    for (const text of ['1.2345s', '3sx', '3s ', 'x3s', '12345678ms', '.5s', ''])
      expect(parseDurationMs(text)).toBeNull();
  });
});

describe('edges: a check', () => {
  const spec = { rise: 1, fall: 1, weight: 0, initFail: false };
  const downWith = (detail: string) =>
    reduceCheck(spec, initialCheck(spec), { passed: false, detail }, boot(0));

  it('has no detail before its first result', () => {
    expect(initialCheck(spec)).toEqual({
      up: true,
      against: 0,
      detail: '',
      changedAt: undefined,
      seen: false,
    });
  });

  it('that is down says why, or at least that it is', () => {
    const fault = (detail: string) => assess(100, [{ name: 'db', spec, state: downWith(detail) }]).fault;
    expect(fault('refused')).toBe('check db: refused');
    expect(fault('')).toBe('check db is down');
  });

  it('with a long story is cut', () => {
    const long = { name: 'db', spec, state: downWith('x'.repeat(500)) };
    expect(assess(100, [long, long]).fault).toBe(`check db: ${'x'.repeat(500)}`.slice(0, FAULT_CHARS_MAX));
  });
});

describe('edges: a lifetime', () => {
  it('of exactly the least that is worth binding for is given', () => {
    expect(lifetimeMs(boot(2500), boot(0), 'address')).toBe(1000);
    expect(lifetimeMs(boot(2499), boot(0), 'address')).toBe(0);
    expect(lifetimeMs(boot(70), boot(0), 'nft')).toBe(50);
    expect(lifetimeMs(boot(69), boot(0), 'nft')).toBe(0);
  });
});
