/** Proves which answers count, in which order, and which roles follow from them. */
import { describe, expect, it } from 'vitest';
import { stepHolder } from '../../../core/holder/step.ts';
import type { HolderState } from '../../../core/holder/types.ts';
import type { GroupAnswer } from '../../../core/wire/heartbeat.ts';
import {
  A,
  answer,
  B,
  boot,
  boundBy,
  EPOCH,
  hooksIn,
  hostAt,
  kindsOf,
  master,
  standby,
  unboundBy,
  VIP,
} from '../fixtures.ts';

const apply = (state: HolderState, over: Partial<GroupAnswer>, now = 10, sentAt = 0) =>
  stepHolder(
    state,
    { kind: 'answer', answer: answer(over), sentAt: boot(sentAt), resigned: false },
    hostAt(now),
  );
const grant = {
  role: 'MASTER',
  epoch: EPOCH + 1,
  holder: { node: B, beat: '7:3', ageMs: 0, holdMs: 0, priority: 100 },
} as const;

describe('answers: only newer ones change anything', () => {
  it.each([
    ['an older rev of the same epoch', { ...grant, epoch: EPOCH, rev: 99 }],
    ['the same rev again', { ...grant, epoch: EPOCH, rev: 100 }],
    ['an older epoch, whatever its rev', { ...grant, epoch: EPOCH - 1, rev: 9999 }],
  ])('%s is not applied', (_, over) => {
    const { state, effects } = apply(standby(), over, 10, -5);
    expect(state).toMatchObject({ role: 'BACKUP', rev: 100, epoch: EPOCH });
    expect(effects).toEqual([]);
  });

  it('a newer epoch is applied, whatever its rev: the item may have been restored from a backup', () => {
    expect(apply(standby(), { ...grant, rev: 3 }).state).toMatchObject({
      role: 'MASTER',
      rev: 3,
      epoch: EPOCH + 1,
    });
  });

  it('one that is not applied still proves that the arbiter is there', () => {
    expect(apply(standby(), { rev: 99 }, 700, 690).state.streak).toMatchObject({
      receivedAt: boot(700),
      sentAt: boot(690),
    });
  });

  it('one whose request was sent after the newest was applied is newer, whatever its rev: the item went back in time', () => {
    const now = apply(standby(), { rev: 5000 }, 10).state;
    const later = apply(
      now,
      { rev: 40, holder: { node: A, beat: '7:77', ageMs: 0, holdMs: 0, priority: 100 } },
      1020,
      1000,
    ).state;
    expect(later.rev).toBe(40);
    expect(later.watch?.beat).toBe('7:77');
  });
});

describe('answers: winning', () => {
  it('binds in the very step, then tells hooks and remembers', () => {
    const { state, effects } = apply(standby(), grant);
    expect(boundBy(effects)).toEqual([VIP]);
    expect(hooksIn(effects)).toEqual(['MASTER']);
    expect(kindsOf(effects)).toContain('persist');
    expect(kindsOf(effects).indexOf('bind')).toBeLessThan(kindsOf(effects).indexOf('hook'));
    expect(state).toMatchObject({ role: 'MASTER', told: 'MASTER' });
  });

  it('never at an epoch that was given up', () => {
    for (const relEpoch of [EPOCH + 1, EPOCH + 2]) {
      const { state, effects } = apply(standby({ relEpoch }), grant);
      expect(state.role).toBe('BACKUP');
      expect(boundBy(effects)).toEqual([]);
    }
    expect(apply(standby({ relEpoch: EPOCH }), grant).state.role).toBe('MASTER');
  });

  it('starts the witness’s count anew with each epoch', () => {
    const counted = master({ wasListed: true, absentLooks: 2 });
    expect(apply(counted, grant).state).toMatchObject({ wasListed: false, absentLooks: 0 });
    expect(apply(counted, { ...grant, epoch: EPOCH }).state).toMatchObject({
      wasListed: true,
      absentLooks: 2,
    });
  });

  it('does nothing twice', () => {
    const won = { ...apply(standby(), grant).state, bound: [VIP] };
    expect(apply(won, { ...grant, rev: 102 }).effects).toEqual([]);
  });
});

describe('answers: losing on a fenced fabric goes fabric first', () => {
  const lost = { epoch: EPOCH + 1 };

  it('serves on, though no longer MASTER, until the witness no longer lists the VIP', () => {
    const { state, effects } = apply(master(), lost);
    expect(state.role).toBe('BACKUP');
    expect(unboundBy(effects)).toEqual([]);
    expect(hooksIn(effects)).toEqual(['BACKUP']);
    const moved = stepHolder(state, { kind: 'witness', listed: [] }, hostAt(200));
    expect(unboundBy(moved.effects)).toEqual([VIP]);
  });

  it('but not longer than 30 s', () => {
    const { state } = apply(master(), lost, 10);
    expect(unboundBy(stepHolder(state, { kind: 'tick' }, hostAt(30_009)).effects)).toEqual([]);
    expect(unboundBy(stepHolder(state, { kind: 'tick' }, hostAt(30_010)).effects)).toEqual([VIP]);
  });

  it('and not at all when it wins again meanwhile', () => {
    const { state } = apply(master(), lost);
    const again = apply(state, { ...grant, epoch: EPOCH + 2, rev: 103 }, 100);
    expect(again.state.role).toBe('MASTER');
    expect(unboundBy(stepHolder(again.state, { kind: 'tick' }, hostAt(40_000)).effects)).toEqual([]);
  });
});

describe('answers: work', () => {
  it('asks for a request of its own', () => {
    expect(apply(standby(), { work: true }).effects).toEqual([{ kind: 'beat', why: 'work' }]);
  });

  it('an answer of an older epoch makes it too: after a restore nothing else would raise that epoch', () => {
    expect(apply(standby(), { work: true, epoch: EPOCH - 1 }).effects).toEqual([
      { kind: 'beat', why: 'work' },
    ]);
  });
});
