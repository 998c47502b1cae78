/** Proves what an agent concludes from a heartbeat that was refused as not newer. */
import { describe, expect, it } from 'vitest';
import { onStaleBeat } from '../../../core/holder/identity.ts';

const own = { boot: 100, seq: 5, acknowledged: false, jumped: false };

describe('identity: who speaks for a host', () => {
  it.each([
    ['an older stored boot: our own later heartbeat was faster', own, { boot: 99, seq: 5 }, 'late'],
    [
      'our own boot, once acknowledged: the same',
      { ...own, acknowledged: true },
      { boot: 100, seq: 5 },
      'late',
    ],
    [
      'a greater boot before the first acknowledgement: the persisted one was lost',
      own,
      { boot: 101, seq: 1 },
      'jump',
    ],
    [
      'our own boot before the first acknowledgement, by a heartbeat that we sent: its answer was lost on the way',
      { ...own, jumped: true },
      { boot: 100, seq: 5 },
      'late',
    ],
    ['our own boot, by a heartbeat that we never sent: somebody used it', own, { boot: 100, seq: 6 }, 'jump'],
    [
      'a greater boot after an acknowledgement',
      { ...own, acknowledged: true },
      { boot: 101, seq: 1 },
      'superseded',
    ],
    [
      'a greater boot after a jump: two agents would leap over each other for ever',
      { ...own, jumped: true },
      { boot: 101, seq: 1 },
      'superseded',
    ],
  ])('%s', (_, identity, stored, meaning) => {
    expect(onStaleBeat(identity, stored)).toBe(meaning);
  });
});
