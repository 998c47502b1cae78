/** Proves that a step that has nothing to do does nothing, and that what is to be done is all that is done. */
import { describe, expect, it } from 'vitest';
import { reportOf } from '../../../core/holder/report.ts';
import { initialHolder, stepHolder, wakeAt } from '../../../core/holder/step.ts';
import type { HolderContext, HolderEffect, HolderInput, HolderState } from '../../../core/holder/types.ts';
import { durationMs } from '../../../core/time.ts';
import { A, boot, EPOCH, hostAt, master, profile, standby, VIP, VIP2 } from '../fixtures.ts';

const leased = (ms = 0): HolderContext =>
  hostAt(ms, { profile: profile({ kernelExpiry: 'nft', leaseMs: durationMs(5000) }) });
const two = (ms = 0): HolderContext => hostAt(ms, { profile: profile({ vips: [VIP, VIP2] }) });
const effectsOf = (state: HolderState, input: HolderInput, ctx = hostAt(10)): readonly HolderEffect[] =>
  stepHolder(state, input, ctx).effects;
const init = (over: Partial<HolderState> = {}): HolderState => ({
  ...initialHolder({ epoch: EPOCH, relEpoch: 0, master: false }, {}),
  ...over,
});
/** It has just heard of a holder that may hold for five seconds. */
const waiting: HolderState = standby({
  watch: { epoch: EPOCH, holder: A, beat: '7:10', since: boot(0), creditMs: durationMs(0), holdMs: 5000 },
});
const ASSESSMENT = { health: 'ok', priority: 100, wavering: false, degradedBy: [] } as const;

describe('quiet: nothing follows', () => {
  it.each<[string, HolderInput]>([
    ['a tick', { kind: 'tick' }],
    ['a heartbeat sent', { kind: 'sent', claimed: false }],
    ['a heartbeat unanswered', { kind: 'unanswered', why: 'unreachable' }],
    ['a heartbeat refused', { kind: 'unanswered', why: 'refused' }],
    ['the kernel as it was', { kind: 'kernel', bound: [] }],
    ['the witness not known', { kind: 'witness', listed: 'unknown' }],
    ['the witness as it was', { kind: 'witness', listed: [] }],
    ['an assessment as it was', { kind: 'assessed', assessment: ASSESSMENT }],
  ])('from %s', (_what, input) => {
    expect(effectsOf(waiting, input)).toEqual([]);
    expect(effectsOf(waiting, input, leased(10))).toEqual([]);
  });

  it('from a second signal to stop', () => {
    const state = standby({ leaving: { by: boot(5000), acknowledged: false } });
    expect(effectsOf(state, { kind: 'terminate' })).toEqual([]);
  });

  it('in an exclusive MASTER whose kernel has everything for long enough', () => {
    const state = master({ deadline: boot(4650), boundUntil: boot(4650) });
    expect(effectsOf(state, { kind: 'tick' }, leased(10))).toEqual([]);
    expect(effectsOf({ ...state, bound: [] }, { kind: 'tick' }, leased(4640))).toEqual([]);
    expect(effectsOf({ ...state, deadline: undefined, bound: [] }, { kind: 'tick' }, leased(10))).toEqual([]);
  });

  it('from anything once the agent has left', () => {
    const gone = standby({ left: true, bound: [VIP], deadline: boot(5) });
    expect(stepHolder(gone, { kind: 'terminate' }, hostAt(10))).toEqual({ state: gone, effects: [] });
    expect(wakeAt(gone, hostAt(10))).toBe(Infinity);
  });
});

describe('quiet: before the first answer', () => {
  it('nobody is told anything, and nothing is asked for', () => {
    expect(init().told).toBe('INIT');
    expect(effectsOf(init(), { kind: 'tick' })).toEqual([]);
    expect(effectsOf(init({ looked: true }), { kind: 'witness', listed: [VIP] })).toEqual([]);
    expect(effectsOf(init(), { kind: 'assessed', assessment: { ...ASSESSMENT, priority: 50 } })).toEqual([]);
  });

  it('a resumption is noted, and is all that happens', () => {
    const resuming = { ...initialHolder({ epoch: EPOCH, relEpoch: 0, master: true }, {}), bound: [VIP] };
    const { state, effects } = stepHolder(resuming, { kind: 'witness', listed: [VIP] }, hostAt(10));
    expect(effects.slice(0, 1)).toEqual([
      { kind: 'log', level: 'info', message: 'resumed: the VIP is still on this host' },
    ]);
    expect(effects.slice(1).map(({ kind }) => kind)).toEqual(['log', 'hook']);
    expect([state.role, state.resuming]).toEqual(['MASTER', false]);
  });

  it('of two VIPs both must still be there', () => {
    const resuming = initialHolder({ epoch: EPOCH, relEpoch: 0, master: true }, {});
    const { state } = stepHolder(resuming, { kind: 'witness', listed: [VIP] }, two(10));
    expect([state.role, state.resuming]).toEqual(['BACKUP', false]);
  });
});

describe('quiet: what is noted', () => {
  it('a change of state, with its epoch, at info', () => {
    const effects = effectsOf(master({ told: 'BACKUP' }), { kind: 'tick' });
    expect(effects).toEqual([
      { kind: 'log', level: 'info', message: `BACKUP -> MASTER at epoch ${EPOCH}` },
      { kind: 'hook', state: 'MASTER', epoch: EPOCH },
    ]);
  });

  it('a VIP given up because nobody can be asked, as a warning, and it is written down', () => {
    const blind = master({ streak: undefined, absentLooks: 2, listed: [] });
    const effects = effectsOf(blind, { kind: 'witness', listed: [] });
    const [first, second] = effects.filter(({ kind }) => kind === 'log' || kind === 'persist');
    expect(first).toMatchObject({ kind: 'log', level: 'warn' });
    expect(second).toEqual({ kind: 'persist' });
  });

  it('nothing is given up by a BACKUP, which has nothing', () => {
    const blind = standby({ streak: undefined, absentLooks: 5, wasListed: true });
    expect(effectsOf(blind, { kind: 'witness', listed: [] })).toEqual([]);
  });
});

describe('quiet: what is remembered', () => {
  const sent = (over: object, state = standby()): HolderState =>
    stepHolder(state, { kind: 'sent', claimed: false, ...over }, hostAt(10)).state;

  it('of a heartbeat: when, what was claimed, and whether answers were declared void', () => {
    expect(sent({})).toMatchObject({ askedAt: boot(10), quietSince: boot(10) });
    expect([sent({}).claimedAt, sent({ claimed: true }).claimedAt]).toEqual([undefined, boot(10)]);
    expect([sent({}).voidBefore, sent({ deaf: false }).voidBefore, sent({ deaf: true }).voidBefore]).toEqual([
      undefined,
      undefined,
      boot(10),
    ]);
    expect(sent({}, standby({ quietSince: boot(3), claimedAt: boot(4), voidBefore: boot(5) }))).toMatchObject(
      {
        quietSince: boot(3),
        claimedAt: boot(4),
        voidBefore: boot(5),
      },
    );
  });

  it('of the kernel: until when it has leftovers, if it has any and will end them', () => {
    const seen = (input: object, before = init()) =>
      stepHolder(before, { kind: 'kernel', bound: [VIP], ...input }, leased(10)).state.leftoverUntil;
    expect(seen({ expiresInMs: 2000 })).toBe(boot(2010));
    expect(seen({})).toBeUndefined();
    expect(seen({ expiresInMs: 2000, bound: [] })).toBeUndefined();
    expect(seen({ bound: [] }, init({ leftoverUntil: boot(99) }))).toBe(boot(99));
  });

  it('of the witness: another VIP of the same number is a change', () => {
    const state = standby({ listed: [VIP] });
    expect(effectsOf(state, { kind: 'witness', listed: [VIP2] }, two(10))).toEqual([
      { kind: 'beat', why: 'change' },
    ]);
    expect(effectsOf(state, { kind: 'witness', listed: [VIP] }, two(10))).toEqual([]);
  });
});

describe('quiet: leaving', () => {
  const leaving = (acknowledged: boolean) => ({ by: boot(5000), acknowledged });

  it('an exclusive member stays until its kernel has nothing, and nothing is being changed', () => {
    const left = (over: Partial<HolderState>): boolean =>
      stepHolder(standby({ leaving: leaving(true), ...over }), { kind: 'tick' }, leased(10)).state.left;
    expect([left({}), left({ bound: [VIP] }), left({ kernelPending: true })]).toEqual([true, false, false]);
    const fenced = standby({ leaving: leaving(true), bound: [VIP] });
    expect(stepHolder(fenced, { kind: 'tick' }, hostAt(10)).state.left).toBe(true);
  });

  it('one that has left is BACKUP, resumes nothing, and has given its epoch up', () => {
    const last = master({ leaving: leaving(false), resuming: true, lingerUntil: undefined });
    expect(stepHolder(last, { kind: 'tick' }, hostAt(5000)).state).toMatchObject({
      role: 'BACKUP',
      left: true,
      resuming: false,
      relEpoch: EPOCH,
    });
  });

  it('a BACKUP has nothing to let go of before it leaves', () => {
    const idle = standby({ leaving: leaving(false) });
    expect(stepHolder(idle, { kind: 'tick' }, leased(4999)).state.relEpoch).toBe(0);
    const holding = master({ leaving: leaving(false), deadline: boot(9000), boundUntil: boot(9000) });
    expect(stepHolder(holding, { kind: 'tick' }, leased(4999)).state.relEpoch).toBe(EPOCH);
  });

  it('quietly: it is written down, and nothing else is done', () => {
    expect(effectsOf(master(), { kind: 'leave-quietly' })).toEqual([{ kind: 'persist' }, { kind: 'left' }]);
    const due = standby({ leaving: leaving(true) });
    expect(effectsOf(due, { kind: 'leave-quietly' })).toEqual([{ kind: 'persist' }, { kind: 'left' }]);
  });
});

describe('quiet: lingering', () => {
  it('goes on while any VIP still arrives here', () => {
    const state = standby({ bound: [VIP, VIP2], listed: [VIP2], lingerUntil: boot(9000) });
    expect(effectsOf(state, { kind: 'tick' }, two(10))).toEqual([]);
    expect(effectsOf({ ...state, listed: [] }, { kind: 'tick' }, two(10))).toEqual([
      { kind: 'unbind', vips: [VIP, VIP2] },
    ]);
  });
});

describe('quiet: what a report leaves out', () => {
  it('has no key for what is not so', () => {
    expect(Object.keys(reportOf(waiting, leased(10))).toSorted()).toEqual(
      ['configHash', 'epochSeen', 'health', 'holdMs', 'name', 'priority', 'vips'].toSorted(),
    );
  });

  it('carries a fault, cut to what the wire takes', () => {
    const fault = 'x'.repeat(500);
    const assessment = { ...ASSESSMENT, health: 'fault', fault } as const;
    expect(reportOf(standby({ assessment }), hostAt(10)).fault).toBe('x'.repeat(200));
  });
});
