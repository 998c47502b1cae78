/** Proves that the documents say which targets are missed, how to measure again, and hide no run. */
import { describe, expect, it } from 'vitest';
import { renderDocument, renderText } from '../../bench/document.ts';
import { tellAll } from '../../bench/sections.ts';
import { bundleResults, failoverResults } from './results.ts';

const document = (results: Parameters<typeof tellAll>[0]): string => renderDocument(tellAll(results));

describe('docs/numbers.md', () => {
  it('says of each number with a target whether it was reached', () => {
    const line = (importMs: number): string | undefined =>
      document(bundleResults(importMs))
        .split('\n')
        .find((one) => one.includes('less an empty module'));
    expect(line(61)).toContain('| 60.0 ms | ≤ 60 ms | reached |');
    expect(line(62)).toContain('| 61.0 ms | ≤ 60 ms | **not reached** |');
  });

  it('gives the command, the date, the machine, the commit and the noise', () => {
    const text = document(bundleResults(50));
    const parts = [
      '`npm run bench -- bundle`',
      '2026-11-20 10:00 UTC',
      '2 cores (a CPU)',
      '`abc123`',
      '1.50 %',
    ];
    for (const part of parts) expect(text).toContain(part);
  });

  it('leaves out sections that were never measured', () => {
    expect(document(bundleResults(50))).not.toContain('## Failover');
  });
});

describe('failover in the document', () => {
  const text = document(failoverResults());

  it('shows every run, with machine stalls and surplus moves marked', () => {
    expect(text).toContain('12.0 · 90.0 (stalled 70) · 20.0 (moves 2).');
  });

  it('counts runs without a result and runs that moved twice against the target', () => {
    expect(text).toContain(
      '| clean stop: moved once, to the best standby | 2 of 4 runs | all | **not reached** |',
    );
    expect(text).toContain('No result: waited in vain.');
  });

  it('counts a dead service from the failure that brought the check down, where that is known', () => {
    expect(text).toContain(
      'served, beyond the fabric, median | 70.5 ms (46.0–95.0) | ≤ 50 ms | **not reached** |',
    );
  });

  it('tells how the slowest run went', () => {
    expect(text).toContain('The longest, in ms after the fault: fault 0.0, fabric applied 1999.');
  });

  it('takes the fabric off the outage run by run', () => {
    expect(text).toContain(
      '| clean stop: outage beyond the fabric, median | 15.0 ms (7.00–85.0) | ≤ 50 ms | reached |',
    );
    expect(text).toContain('| clean stop: the same, max | 85.0 ms | ≤ 50 ms | **not reached** |');
  });
});

describe('the terminal', () => {
  it('marks rows with a target', () => {
    const [told] = tellAll(bundleResults(62));
    const lines = told === undefined ? [] : renderText(told).split('\n');
    expect(lines.find((line) => line.includes('less an empty module'))).toMatch(/^ {2}- .*\[≤ 60 ms\]$/u);
    expect(lines.find((line) => line.includes('size of'))).toMatch(/^ {2}\+ /u);
  });
});
