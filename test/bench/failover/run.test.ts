/** Proves that the moment a check fell is taken from the agent's own words, and only after the fault. */
import { describe, expect, it } from 'vitest';
import { checkDownAt } from '../../../bench/failover/run.ts';

const faultAt = Date.parse('2026-11-20T10:00:00.000Z');
const fell = (n: number, time: string, up = false) => ({
  n,
  at: faultAt,
  kind: 'agent',
  host: 'host1',
  fields: { check: 'service', up, time },
});

describe('checkDownAt', () => {
  it('finds the first fall after the fault, by the time the agent wrote', () => {
    const entries = [
      fell(1, '2026-11-20T09:59:00.000Z'),
      fell(2, '2026-11-20T10:00:01.900Z'),
      fell(3, '2026-11-20T10:00:01.400Z'),
    ];
    expect(checkDownAt(entries, faultAt)).toBe(faultAt + 1400);
  });

  it('is undefined when checks only rose or nobody spoke of checks', () => {
    const other = { n: 2, at: faultAt, kind: 'process', host: 'host1', what: 'service', event: 'exited' };
    expect(checkDownAt([fell(1, '2026-11-20T10:00:01.000Z', true), other], faultAt)).toBeUndefined();
    expect(checkDownAt([], faultAt)).toBeUndefined();
  });
});
