/** Proves who holds an exclusive group after its holder has let go: asked or not, healthy or not, leaving or not. */
import { describe, expect, it } from 'vitest';
import { changeAfterLettingGo, isProved } from '../../../core/election/proof.ts';
import { changeWhileReleasing, isReleaseOverdue } from '../../../core/election/releasing.ts';
import { changeWhileRestoring } from '../../../core/election/restored.ts';
import { durationMs } from '../../../core/time.ts';
import type { GroupState, MemberState } from '../../../core/wire/item.ts';
import {
  A,
  at,
  B,
  beatOf,
  C,
  claim,
  ctxAt,
  EPOCH,
  groupConfig,
  heldState,
  heldWith,
  run,
} from '../fixtures.ts';

const config = groupConfig({ exclusive: true, leaseMs: durationMs(5000) });
const ctx = ctxAt(0, config);
const { [A]: _a, ...others } = config.members;
const withoutA = ctxAt(0, { ...config, members: others });
const GONE: Partial<MemberState> = { at: at(-60_000) };
const LET_GO: Partial<MemberState> = { released: EPOCH, holdMs: 5000 };

const held = (holder: Partial<MemberState>, over: Partial<GroupState> = {}, rest = {}): GroupState =>
  heldWith({ [A]: { ...LET_GO, ...holder }, ...rest }, over);
const releasing = (holder: Partial<MemberState>, rest = {}, over: Partial<GroupState> = {}): GroupState =>
  held(holder, { phase: 'releasing', reason: 'fault', ...over }, rest);
const ALONE = { [B]: GONE, [C]: GONE };
const SICK = { [B]: { health: 'fault' }, [C]: GONE };

describe('lapse: asked to let go, and has', () => {
  it.each<[string, GroupState, string | null]>([
    ['the best standby follows', releasing({}), B],
    [
      'the one an operator named follows, if it is fit',
      releasing({}, {}, { handover: { to: C, at: at(0) } }),
      C,
    ],
    ['else the best', releasing({}, { [C]: GONE }, { handover: { to: C, at: at(0) } }), B],
    ['with nobody else the holder itself', releasing({ health: 'fault' }, ALONE), A],
    ['also rather than another in FAULT', releasing({ health: 'fault' }, SICK), A],
    [
      'a leaver stays gone: another in FAULT is better than nobody',
      releasing({ resignedAt: at(-1) }, SICK),
      B,
    ],
    ['a leaver stays gone, if need be for nobody', releasing({ resignedAt: at(-1) }, ALONE), null],
    ['nor does one that hears nothing go on', releasing({ deafSince: at(-1) }, ALONE), null],
    ['nor one that is silent', releasing(GONE, ALONE), null],
  ])('%s', (_what, state, to) => {
    expect(changeAfterLettingGo(state, ctx)).toEqual({ to, reason: 'fault' });
  });

  it('nor one that is no member any more', () => {
    expect(changeAfterLettingGo(releasing({}, ALONE), withoutA)).toEqual({ to: null, reason: 'fault' });
  });
});

describe('lapse: not asked, and has let go', () => {
  it.each<[string, GroupState, string | null | undefined]>([
    ['a healthy holder goes on', held({}), A],
    ['one that is drained does not, if another can', held({}, { drained: [A] }), B],
    ['one in FAULT does not, if another can', held({ health: 'fault' }), B],
    ['it does with nobody else', held({ health: 'fault' }, {}, ALONE), A],
    ['drained, too', held({}, { drained: [A] }, ALONE), A],
    ['a leaver is followed', held({ resignedAt: at(-1) }), B],
    ['a deaf one is not at once', held({ released: undefined, deafSince: at(-1499) }), undefined],
    ['but after a while', held({ released: undefined, deafSince: at(-1500) }), B],
    ['never by nobody', held({ released: undefined, deafSince: at(-9000) }, {}, ALONE), undefined],
    ['a silent one is followed', held(GONE), B],
    ['or kept: it may come back', held(GONE, {}, ALONE), undefined],
  ])('%s', (_what, state, to) => {
    const change = changeAfterLettingGo(state, ctx);
    expect(change).toEqual(to === undefined ? undefined : { to, reason: 'lapsed' });
  });

  it.each<[string, GroupState, string | null | undefined]>([
    ['a leaver with nobody to follow leaves nobody', held({ resignedAt: at(-1) }, {}, ALONE), null],
    ['or somebody in FAULT', held({ resignedAt: at(-1) }, {}, SICK), B],
    [
      'but only when it has said that it let go',
      held({ resignedAt: at(-1), released: undefined, deafSince: at(-9000) }, {}, ALONE),
      undefined,
    ],
  ])('%s', (_what, state, to) => {
    const change = changeAfterLettingGo(state, ctx);
    expect(change).toEqual(to === undefined ? undefined : { to, reason: 'released' });
  });

  it('a removed holder is followed by nobody rather than kept', () => {
    expect(changeAfterLettingGo(held({}, {}, ALONE), withoutA)).toEqual({ to: null, reason: 'released' });
  });
});

describe('lapse: what is no proof', () => {
  it('an older epoch’s release, and nobody’s', () => {
    expect(changeAfterLettingGo(held({ released: EPOCH - 1 }), ctx)).toBeUndefined();
    expect(changeAfterLettingGo({ ...held({}), holder: null }, ctx)).toBeUndefined();
    expect(changeAfterLettingGo({ ...held({}), members: {} }, ctx)).toBeUndefined();
  });

  it('a claim that falls', () => {
    const state = heldWith({ [A]: { holdMs: 5000 } });
    const claiming = (silentMs: number) => beatOf(B, { claim: claim({ silentMs }) });
    expect([5249, 5250].map((ms) => isProved(state, claiming(ms), ctx))).toEqual([false, true]);
    expect(isProved(state, beatOf(B), ctx)).toBe(false);
    expect(isProved({ ...state, holder: null }, beatOf(B), ctx)).toBe(true);
    expect(isProved({ ...state, members: {} }, beatOf(B), ctx)).toBe(false);
  });
});

describe('lapse: while the holder is being asked', () => {
  const asked = (over: Partial<GroupState> = {}, rest = {}): GroupState =>
    heldWith({ [A]: { holdMs: 5000 }, ...rest }, { phase: 'releasing', reason: 'drained', ...over });
  const silence = beatOf(B, { claim: claim({ silentMs: 5250 }) });

  it('a whole silence lets another follow, but not in a paused group', () => {
    expect(changeWhileReleasing(asked(), silence, ctx)?.reason).toBe('silence');
    expect(changeWhileReleasing(asked({ paused: true }), silence, ctx)).toBeUndefined();
  });

  it('it is not overdue while the holder is silent, or not known at all', () => {
    const late = { phaseAt: at(-9000) };
    expect(isReleaseOverdue(asked(late), ctx)).toBe(true);
    expect(isReleaseOverdue(asked(late, { [A]: GONE }), ctx)).toBe(false);
    expect(isReleaseOverdue({ ...asked(late), members: {} }, ctx)).toBe(false);
  });

  it('it is overdue after three seconds and three heartbeats, whichever is longer', () => {
    const overdue = (ms: number, heartbeatMs: number) =>
      isReleaseOverdue(
        asked({ phaseAt: at(-ms) }),
        ctxAt(0, { ...config, heartbeatMs: durationMs(heartbeatMs) }),
      );
    expect([overdue(2999, 500), overdue(3000, 500)]).toEqual([false, true]);
    expect([overdue(5999, 2000), overdue(6000, 2000)]).toEqual([false, true]);
  });

  it('a detail of why it was asked is told along', () => {
    const state = heldWith({ [A]: { holdMs: 5000, at: at(-100) } }, { drained: [A] });
    const { effects } = run(state, beatOf(B), ctx);
    expect(effects.filter(({ kind }) => kind !== 'detail')).toMatchObject([
      { kind: 'emit', event: { type: 'releasing', reason: 'drained', to: B } },
    ]);
  });
});

describe('lapse: after a restore', () => {
  const restored = (holder: Partial<MemberState>, over: Partial<GroupState> = {}, rest = {}): GroupState =>
    heldWith(
      { [A]: { holdMs: 5000, ...holder }, ...rest },
      { epochFloor: EPOCH + 3, restoredAt: at(-5250), ...over },
    );

  it.each<[string, GroupState, string | undefined]>([
    ['the holder goes on when all holds are over', restored({}), A],
    ['not a moment before', restored({}, { restoredAt: at(-5249) }), undefined],
    ['not before the longest hold of anybody', restored({}, {}, { [C]: { holdMs: 8000 } }), undefined],
    ['not before it was noticed', heldState({ epochFloor: EPOCH + 3 }), undefined],
    ['not while the group is paused', restored({}, { paused: true }), undefined],
    ['a silent holder is followed', restored(GONE), B],
    ['a leaving one is followed', restored({ resignedAt: at(-1) }), B],
    ['by nobody if there is nobody', restored(GONE, {}, ALONE), undefined],
    ['a vacant group gets the best', { ...restored({ health: 'fault' }), holder: null }, B],
  ])('%s', (_what, state, to) => {
    expect(changeWhileRestoring(state, ctx)).toEqual(
      to === undefined ? undefined : { to, reason: 'restored' },
    );
  });

  it('a removed holder is followed', () => {
    expect(changeWhileRestoring(restored({}), withoutA)?.to).toBe(B);
  });

  it('the wait counts from the first report that showed it', () => {
    const seen = run(heldState(), beatOf(B, { epochSeen: EPOCH + 3 }), ctx).state;
    expect(seen.restoredAt).toEqual(at(0));
    const again = run(seen, beatOf(C, { epochSeen: EPOCH + 3 }), ctxAt(500, config)).state;
    expect(again.restoredAt).toEqual(at(0));
    expect(run(heldState(), beatOf(B), ctx).state).not.toHaveProperty('restoredAt');
  });
});
