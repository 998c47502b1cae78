// Proves how the lab's alarms look as a table, and that an event needs a JSON object.
import { describe, expect, it } from 'vitest';
import { alarmLines, detailOf } from '../../../cli/lab/cloud.ts';
import { terminalOf } from '../../../cli/terminal.ts';

/** A terminal as the command has it, behind which nobody looks. */
const plain = terminalOf({ write: () => true }, {});
const alarm = { since: 0, description: '', metric: 'Held', dimensions: {} };

describe('alarms', () => {
  it('stand in a table with their state and why', () => {
    const alarms = [
      { ...alarm, name: 'NoHolder', state: 'ALARM' as const, reason: 'Threshold Crossed' },
      { ...alarm, name: 'ArbiterBlind', state: 'OK' as const, reason: 'well' },
    ];
    expect(alarmLines(alarms, plain)).toEqual([
      'ALARM         STATE  WHY',
      'NoHolder      ALARM  Threshold Crossed',
      'ArbiterBlind  OK     well',
    ]);
    expect(alarmLines([], plain)).toEqual(['the template of this lab has no alarms']);
  });
});

describe('the detail of an event', () => {
  it('is a JSON object', () => {
    expect(detailOf('{"a":1}')).toEqual({ a: 1 });
    for (const text of ['x', '[1]', '1', 'null'])
      expect(() => detailOf(text)).toThrow(`${text} is not a JSON object`);
  });
});
