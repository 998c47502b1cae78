// Proves that what `ip` prints, and complains of, belongs to its line.
import { describe, expect, it } from 'vitest';
import { arraysIn, complaintsIn, runIpJson } from '../../../agent/routing/ip-json.ts';
import { lookIn } from '../../../agent/routing/look.ts';
import { rulesIn } from '../../../core/routing/shown.ts';

describe('what ip prints', () => {
  it('is one array for each line that shows something; the bracket of one that failed is none', () => {
    const stdout = '[{"dst":"10.0.0.0/8"}]\n\n[]\n[[{"dst":"10.1.0.0/16"}]\n[';
    expect(arraysIn(stdout)).toEqual([[{ dst: '10.0.0.0/8' }], [], [{ dst: '10.1.0.0/16' }]]);
  });

  it('names the line of which it complains', () => {
    const stderr =
      'RTNETLINK answers: File exists\nCommand failed -:2\nError: ipv4: FIB table does not exist.\nDump terminated\nCommand failed -:5\n';
    expect([...complaintsIn(stderr)]).toEqual([
      [2, 'RTNETLINK answers: File exists'],
      [5, 'Error: ipv4: FIB table does not exist. Dump terminated'],
    ]);
  });

  it('belongs to its line, whatever the lines around it did', async () => {
    const [wrong, shown] = await runIpJson(['route show dev keepaloft-none', 'rule show'], 5000);
    expect(wrong).toMatchObject({
      shown: undefined,
      complaint: expect.stringContaining('keepaloft-none') as unknown,
    });
    expect(rulesIn(shown?.shown).length).toBeGreaterThan(0);
  });

  it('that cannot be read says so, and what to do', () => {
    const nothing = { shown: undefined, complaint: 'Option "-N" is unknown' };
    expect(() => lookIn([nothing, nothing])).toThrow('Option "-N" is unknown');
    expect(() => lookIn([])).toThrow('ip printed nothing');
  });
});
