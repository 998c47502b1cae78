/** Proves what a host learns from an answer and what it does not, one field at a time. */
import { describe, expect, it } from 'vitest';
import { applyAnswer } from '../../../core/holder/answer.ts';
import { isDeaf, releasedEpoch } from '../../../core/holder/lease.ts';
import { nextBeatAfter } from '../../../core/holder/pace.ts';
import { extendStreak } from '../../../core/holder/silence.ts';
import { stepHolder } from '../../../core/holder/step.ts';
import type { HolderContext, HolderInput, HolderState } from '../../../core/holder/types.ts';
import { durationMs } from '../../../core/time.ts';
import type { GroupAnswer } from '../../../core/wire/heartbeat.ts';
import {
  A,
  answer,
  B,
  BOOT,
  boot,
  EPOCH,
  hostAt,
  kindsOf,
  master,
  profile,
  standby,
  VIP,
} from '../fixtures.ts';

const leased = (ms = 0): HolderContext =>
  hostAt(ms, { profile: profile({ kernelExpiry: 'nft', leaseMs: durationMs(5000) }) });
const mine = (over: Partial<GroupAnswer> = {}, holdMs = 5000): GroupAnswer =>
  answer({ role: 'MASTER', holder: { node: B, beat: '7:12', ageMs: 0, holdMs, priority: 100 }, ...over });
type Answered = Extract<HolderInput, { kind: 'answer' }>;
const said = (given: GroupAnswer, sentMs = 0, over: Partial<Answered> = {}): Answered => ({
  kind: 'answer',
  answer: given,
  sentAt: boot(sentMs),
  resigned: false,
  ...over,
});
const after = (state: HolderState, input: Answered, ctx: HolderContext): HolderState =>
  applyAnswer(state, input, ctx).state;
/** B holds until 4,650 ms after `boot(0)`, and has bound for as long. */
const holding = (over: Partial<HolderState> = {}): HolderState =>
  master({ deadline: boot(4650), boundUntil: boot(4650), knownHoldMs: 5000, appliedAt: boot(0), ...over });

describe('learned: which answers count', () => {
  const older = answer({ rev: 99 });

  it('within an epoch a lower rev counts only if it was asked for after the newest was applied', () => {
    const state = standby({ appliedAt: boot(100) });
    const revAfter = (sentMs: number): number => after(state, said(older, sentMs), hostAt(200)).rev;
    expect([revAfter(50), revAfter(100), revAfter(101)]).toEqual([100, 100, 99]);
  });

  it('and never if nothing was applied in this run', () => {
    expect(after(standby(), said(older, 5000), hostAt(5100)).rev).toBe(100);
  });

  it('the same epoch and the same rev are nothing new', () => {
    expect(after(standby(), said(answer({ rev: 100, reason: 'x' })), hostAt(10)).appliedAt).toBeUndefined();
  });
});

describe('learned: of the others', () => {
  it('a MASTER is not better than itself, whatever priority it last reported', () => {
    const state = master({ assessment: { health: 'ok', priority: 200, wavering: false, degradedBy: [] } });
    expect(after(state, said(mine()), hostAt(10)).betterSince).toBeUndefined();
  });

  it('the same beat again is no change, another beat of the same holder is one', () => {
    const state = standby({
      streak: { since: boot(-9), receivedAt: boot(0), sentAt: boot(-1), sawChange: false },
    });
    const changed = (beat: string, node = A) =>
      extendStreak(
        state,
        answer({ holder: { node, beat, ageMs: 0, holdMs: 0, priority: 100 } }),
        boot(10),
        hostAt(20),
      ).sawChange;
    expect([changed(`${BOOT}:10`), changed(`${BOOT}:11`), changed(`${BOOT}:11`, B)]).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('a claim’s pace is kept while the same beat is watched, and forgotten with it', () => {
    const state = standby({ claimedAt: boot(5) });
    const beat = (text: string) =>
      answer({ holder: { node: A, beat: text, ageMs: 0, holdMs: 0, priority: 100 } });
    expect(after(state, said(beat(`${BOOT}:10`)), hostAt(10)).claimedAt).toBe(boot(5));
    expect(after(state, said(beat(`${BOOT}:11`)), hostAt(10)).claimedAt).toBeUndefined();
  });

  it('a holder whose beat is exactly one heartbeat old is still followed', () => {
    const aged = (ageMs: number) =>
      nextBeatAfter(
        standby(),
        answer({ holder: { node: A, beat: '7:11', ageMs, holdMs: 0, priority: 100 } }),
        boot(0),
        hostAt(10),
      );
    expect([aged(1000), aged(1001)]).toEqual([boot(1160), boot(1000)]);
  });
});

describe('learned: losing a fenced group', () => {
  it('who had nothing bound has nothing to linger for', () => {
    expect(after(master({ bound: [] }), said(answer()), hostAt(10)).lingerUntil).toBeUndefined();
    expect(after(master(), said(answer()), hostAt(10)).lingerUntil).toBe(boot(30_010));
  });

  it('who was no MASTER has nothing to linger for either: what it finds bound is unbound', () => {
    const { state, effects } = stepHolder(
      standby({ bound: [VIP], listed: [VIP] }),
      said(answer()),
      hostAt(10),
    );
    expect(state.lingerUntil).toBeUndefined();
    expect(effects).toContainEqual({ kind: 'unbind', vips: [VIP] });
  });

  it('who is MASTER again does not linger any more', () => {
    const lingering = standby({ bound: [VIP], listed: [VIP], lingerUntil: boot(9000) });
    expect(after(lingering, said(mine()), hostAt(10)).lingerUntil).toBe(boot(9000));
    expect(stepHolder(lingering, said(mine()), hostAt(10)).state.lingerUntil).toBeUndefined();
  });

  it('who stays MASTER lingers for nothing', () => {
    expect(after(master(), said(mine()), hostAt(10)).lingerUntil).toBeUndefined();
  });
});

describe('learned: an exclusive hold', () => {
  it('is learned from one’s own beat, not from another’s', () => {
    const other = answer({ holder: { node: A, beat: '7:11', ageMs: 0, holdMs: 9000, priority: 100 } });
    expect(after(standby({ knownHoldMs: 5000 }), said(other), leased(10)).knownHoldMs).toBe(5000);
    expect(after(standby({ knownHoldMs: 5000 }), said(mine({}, 6000)), leased(10)).knownHoldMs).toBe(6000);
  });

  it('an answer without any holder grants and teaches nothing', () => {
    const { state } = stepHolder(standby(), said(answer({ role: 'MASTER', holder: null })), leased(10));
    expect([state.role, state.deadline, state.knownHoldMs]).toEqual(['BACKUP', undefined, undefined]);
  });

  it('an answer that grants nothing takes nothing of this epoch’s hold, and carries none into another', () => {
    const worthless = mine({ rev: 102 }, 50);
    expect(after(holding(), said(worthless), leased(100))).toMatchObject({
      role: 'MASTER',
      deadline: boot(4650),
      boundUntil: boot(4650),
    });
    const next = after(holding(), said(mine({ epoch: EPOCH + 1 }, 50)), leased(100));
    expect([next.role, next.deadline]).toEqual(['BACKUP', undefined]);
  });

  it('a new epoch is bound anew, and its whereabouts are counted anew', () => {
    const state = holding({ absentLooks: 2 });
    const same = after(state, said(mine({ rev: 102 }), 1000), leased(1010));
    expect([same.boundUntil, same.wasListed, same.absentLooks]).toEqual([boot(4650), true, 2]);
    const next = after(state, said(mine({ epoch: EPOCH + 1 }), 1000), leased(1010));
    expect([next.boundUntil, next.wasListed, next.absentLooks]).toEqual([undefined, false, 0]);
    expect(next.deadline).toBe(boot(5650));
  });

  it('a BACKUP that is named holds by this answer only', () => {
    const left = standby({ deadline: boot(9000), boundUntil: boot(9000) });
    expect(after(left, said(mine()), leased(10))).toMatchObject({
      role: 'MASTER',
      deadline: boot(4650),
      boundUntil: undefined,
    });
    expect(after(left, said(mine({}, 50)), leased(100))).toMatchObject({
      role: 'BACKUP',
      deadline: undefined,
    });
  });

  it('ends a resumption that cannot be', () => {
    expect(after(standby({ resuming: true }), said(mine()), leased(10)).resuming).toBe(false);
  });

  it('an answer to the very request that declared answers void is void', () => {
    const role = (sentMs: number) =>
      after(standby({ voidBefore: boot(100) }), said(mine(), sentMs), leased(200)).role;
    expect([role(100), role(101)]).toEqual(['BACKUP', 'MASTER']);
  });
});

describe('learned: that a resignation has been heard', () => {
  const leaving = { by: boot(5000), acknowledged: false };
  const heard = (state: HolderState, over: Partial<Answered>, given = answer()): boolean | undefined =>
    after({ ...state, leaving }, said(given, 0, { resigned: true, ...over }), leased(10)).leaving
      ?.acknowledged;

  it('a member that never held is done when its resignation was answered', () => {
    expect(heard(standby(), {})).toBe(true);
    expect(heard(standby(), { resigned: false })).toBe(false);
    expect(heard(standby({ relEpoch: EPOCH - 1 }), {})).toBe(true);
  });

  it('one that holds is not, whatever it said', () => {
    expect(heard(holding(), { released: EPOCH }, mine({ rev: 102 }))).toBe(false);
  });

  it('one that gave up is, when what it gave up was told', () => {
    const gaveUp = standby({ relEpoch: EPOCH });
    expect(heard(gaveUp, {})).toBe(false);
    expect(heard(gaveUp, { released: EPOCH - 1 })).toBe(false);
    expect(heard(gaveUp, { released: EPOCH })).toBe(true);
  });

  it('once heard it stays heard', () => {
    const state = { ...standby(), leaving: { ...leaving, acknowledged: true } };
    expect(after(state, said(answer()), leased(10)).leaving?.acknowledged).toBe(true);
  });
});

describe('learned: what may be said of a group that was let go', () => {
  it('released only up to the present epoch, and only if ever given up', () => {
    expect(releasedEpoch(standby({ relEpoch: EPOCH }))).toBe(EPOCH);
    expect(releasedEpoch(standby({ relEpoch: EPOCH - 1 }))).toBeUndefined();
    expect(releasedEpoch(standby({ epoch: 0, relEpoch: 0 }))).toBeUndefined();
  });

  it('deaf only with nothing bound, nothing being bound, and nothing left to the kernel', () => {
    const quiet = { quietSince: boot(0) };
    const deaf = (over: Partial<HolderState>, ms = 5001): boolean =>
      isDeaf({ ...standby(quiet), ...over }, leased(ms));
    expect(deaf({})).toBe(true);
    expect(deaf({}, 5000)).toBe(false);
    expect(deaf({ role: 'MASTER' })).toBe(false);
    expect(deaf({ bound: [VIP] })).toBe(false);
    expect(deaf({ kernelPending: true })).toBe(false);
    expect(deaf({ leftoverUntil: boot(5002) })).toBe(false);
    expect(deaf({ leftoverUntil: boot(5001) })).toBe(true);
    expect(deaf({ knownHoldMs: 6000 })).toBe(false);
  });

  it('a deadline that passes is written down and told of once', () => {
    const { effects } = stepHolder(holding({ bound: [] }), { kind: 'tick' }, leased(4650));
    expect(kindsOf(effects)).toEqual(['persist', 'hook', 'beat']);
    expect(effects).toContainEqual({
      kind: 'log',
      level: 'warn',
      message: `the lease of epoch ${EPOCH} ran out without an answer: letting go`,
    });
  });
});
