// Proves that a decision stands in the journal at its own time, and at that of its arrival when the arbiter's clock is off.
import { describe, expect, it } from 'vitest';
import { Journal } from '../../../lab/supervisor/journal.ts';
import { noteLog } from '../../../lab/supervisor/notes.ts';

const noted = (at: number) => {
  const journal = new Journal();
  const json = {
    message: 'group-event',
    type: 'transfer',
    group: 'mysql',
    epoch: 2,
    from: 'i-1',
    to: 'i-2',
    reason: 'silence',
    at,
  };
  noteLog(journal, { function: 'keepaloft-heartbeat', environmentId: 'e', line: JSON.stringify(json), json });
  return journal.page(0).entries[0];
};

describe('a decision in the journal', () => {
  it('has the instant that the arbiter gave it', () => {
    const at = Date.now() - 40;
    expect(noted(at)).toMatchObject({ kind: 'transfer', at, epoch: 2 });
  });

  it.each([3_600_000, -3_600_000])(
    'has the instant of its arrival when that clock is off by %i ms',
    (offMs) => {
      const before = Date.now();
      const entry = noted(before + offMs);
      expect(entry?.at).toBeGreaterThanOrEqual(before - 1);
      expect(entry?.at).toBeLessThan(before + 9000);
    },
  );
});
