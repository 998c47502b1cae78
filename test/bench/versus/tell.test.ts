/** Proves that the comparison is told both ways: what is best, where keepalived is ahead, what does not apply, what is dark. */
import { describe, expect, it } from 'vitest';
import { renderDocument, renderTable, renderText } from '../../../bench/document.ts';
import { tellAll } from '../../../bench/sections.ts';
import { tellVersus } from '../../../bench/versus/tell.ts';
import { data, results } from './data.ts';

const told = tellAll(results);
const document = renderDocument(told);
const lineWith = (text: string): string | undefined =>
  document.split('\n').find((line) => line.includes(text));

describe('the comparison in the document', () => {
  it('has a column for each system that was measured, and marks the shortest median', () => {
    expect(lineWith('| fault |')).toBe(
      '| fault | Keepaloft | keepalived 30 ms, AWS CLI | keepalived 30 ms, route script |',
    );
    expect(lineWith('| kill -9 |')).toBe(
      '| kill -9 | 2.50 s (2.40 s – 2.60 s) | 500 ms (480 ms – 520 ms) | **90.0 ms** |',
    );
  });

  it('says what does not apply and what was not measured', () => {
    expect(lineWith('EC2 throttled for 8 s |')).toContain('| dark for good, 0 moves | does not apply |');
    expect(lineWith('| clean stop |')).toContain('| not measured | not measured |');
  });

  it('has a table for each speed of the API, in which a route script does not apply', () => {
    const slow = document.slice(document.indexOf('applies 700 ms later'));
    expect(slow).toContain('| kill -9 | **3.50 s** | not measured | does not apply |');
  });

  it('names no winner among those that were left alone', () => {
    expect(lineWith('| left alone for 10 s |')).not.toContain('**');
  });

  it('names the faults at which keepalived is ahead', () => {
    expect(lineWith('Where keepalived is ahead')).toContain(
      'applies at once: kill -9 (keepalived 30 ms, CLI; keepalived 30 ms, route); when',
    );
    expect(lineWith('Where keepalived is ahead')).toContain('700 ms later: nowhere.');
  });

  it('says what each takes, where keepalived is lighter', () => {
    expect(lineWith('Where keepalived is ahead')).toContain(
      "a standby of Keepaloft takes 70.0 MB against keepalived's 13.0 MB of memory and 0.30 % against keepalived's 0.30 % of a core",
    );
  });

  it('counts who was MASTER before a partition that ended dark', () => {
    expect(document).toContain(
      'of all 5 runs with peers cut, 2 ended dark, 2 of these with the host of the higher',
    );
  });

  it('shows what each costs at rest, MASTER first, of the lab with the fast API', () => {
    const rows = document.split('\n').filter((line) => /: (?:MASTER|standby) \|/u.test(line));
    expect(rows.map((row) => row.split('|')[1]?.trim())).toEqual([
      'Keepaloft: MASTER',
      'Keepaloft: standby',
      'keepalived 30 ms, AWS CLI: standby',
    ]);
    expect(rows[2]).toContain('| 2 | 13.0 MB | 1.0 MB | 0.30 % | 1.0 | 2.0 |');
  });

  it('says what the machine did to pairs that were left alone', () => {
    expect(document).toContain(
      'the address moved in 0 of 1 runs of Keepaloft and 0 of 0 runs of keepalived.',
    );
  });

  it('names pairs that did not rest', () => {
    expect(document).toContain('nothing was done to the pair: keepalived 30 ms, route script (API fast).');
  });

  it('counts runs in which the prober stood still, those repeated and those without a result', () => {
    expect(document).toContain(
      '16 runs in 2 min, 1 times without a result. Tries that were thrown away: keepalived 30 ms, CLI 2, keepalived 30 ms, route 4.',
    );
    expect(document).toContain('it stood still in 1, for 30.0 ms at most in one run');
  });

  it('points to the chart, which lies beside it', () => {
    expect(document).toContain('](img/versus.svg)');
  });
});

describe('the comparison elsewhere', () => {
  it('has a short table for the README', () => {
    const table = tellVersus(data).readme?.table;
    const lines = table === undefined ? [] : renderTable(table);
    expect(lines[0]).toBe('|  | Keepaloft | keepalived 30 ms, AWS CLI | keepalived 30 ms, route script |');
    expect(lines).toContain(
      '| peers cut for 10 s | **0, 0 moves** | dark for good in 2 of 3, else 4.00 ms, 1 move | not measured |',
    );
    expect(lines).toContain('| memory of a standby | 70.0 MB | 13.0 MB | not measured |');
  });

  it('is readable in a terminal', () => {
    const text = told.map(renderText).join('\n');
    expect(text).toMatch(/ {4}kill -9\n {6}Keepaloft +2\.50 s/u);
    expect(text).not.toContain('**');
  });
});
