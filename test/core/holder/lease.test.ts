/** Proves that an exclusive group's agent binds only while it may, lets go by itself, and says so only when it has. */
import { describe, expect, it } from 'vitest';
import { reportOf } from '../../../core/holder/report.ts';
import { claimDueAt } from '../../../core/holder/silence.ts';
import { initialHolder, stepHolder, wakeAt } from '../../../core/holder/step.ts';
import type { HolderContext, HolderInput, HolderState } from '../../../core/holder/types.ts';
import { durationMs } from '../../../core/time.ts';
import type { GroupAnswer } from '../../../core/wire/heartbeat.ts';
import { A, answer, B, boot, EPOCH, hostAt, master, profile, standby, VIP } from '../fixtures.ts';

const leased = (over: Partial<HolderContext['profile']> = {}) =>
  profile({ kernelExpiry: 'address', leaseMs: durationMs(5000), ...over });
const on = (offsetMs = 0, over: Parameters<typeof leased>[0] = {}): HolderContext =>
  hostAt(offsetMs, { profile: leased(over) });

const mine = (over: Partial<GroupAnswer> = {}): GroupAnswer =>
  answer({
    role: 'MASTER',
    holder: { node: B, beat: '7:12', ageMs: 0, holdMs: 5000, priority: 100 },
    ...over,
  });
const granted = (sentAtMs: number, over: Partial<GroupAnswer> = {}, request = {}): HolderInput => ({
  kind: 'answer',
  answer: mine(over),
  sentAt: boot(sentAtMs),
  resigned: false,
  ...request,
});
/** B holds until 4,650 ms after `boot(0)`. */
const holding = (over: Partial<HolderState> = {}): HolderState =>
  master({ deadline: boot(4650), boundUntil: boot(4650), knownHoldMs: 5000, ...over });
const kinds = (effects: readonly { kind: string }[]): string[] => effects.map(({ kind }) => kind);

describe('lease: what an answer grants', () => {
  it('counts from the sending, shortened by the clock error and the margin', () => {
    const { state, effects } = stepHolder(standby(), granted(0), on(800));
    expect(state).toMatchObject({ role: 'MASTER', deadline: boot(4650) });
    expect(effects).toContainEqual({ kind: 'bind', vips: [VIP], epoch: EPOCH, until: boot(4650) });
  });

  it('an answer at or after its own deadline grants nothing', () => {
    expect(stepHolder(standby(), granted(0), on(4649)).state.role).toBe('MASTER');
    const late = stepHolder(standby(), granted(0), on(4650));
    expect(late.state.role).toBe('BACKUP');
    expect(kinds(late.effects)).not.toContain('bind');
  });

  it('a later one extends it, also in the kernel; a late one shortens nothing', () => {
    const later = stepHolder(holding(), granted(1000, { rev: 102 }), on(1100));
    expect(later.state.deadline).toBe(boot(5650));
    expect(later.effects).toContainEqual({ kind: 'bind', vips: [VIP], epoch: EPOCH, until: boot(5650) });
    const older = stepHolder(holding({ deadline: boot(5650) }), granted(500, { rev: 103 }), on(1200));
    expect(older.state.deadline).toBe(boot(5650));
  });

  it('a hold that has grown counts from the next answer on', () => {
    const long = { holder: { node: B, beat: '7:12', ageMs: 0, holdMs: 10_000, priority: 100 } };
    const first = stepHolder(holding(), granted(1000, { rev: 102, ...long }), on(1100));
    expect(first.state.deadline).toBe(boot(5650));
    const next = stepHolder(first.state, granted(2000, { rev: 103, ...long }), on(2100));
    expect(next.state.deadline).toBe(boot(2000 + 9400));
  });

  it('nothing is bound for less than the kernel can time', () => {
    const { state, effects } = stepHolder(standby(), granted(0), on(2600));
    expect(state.role).toBe('MASTER');
    expect(kinds(effects)).not.toContain('bind');
    const fine = stepHolder(standby(), granted(0), on(2600, { kernelExpiry: 'nft' }));
    expect(kinds(fine.effects)).toContain('bind');
  });

  it('a fenced group has no deadline', () => {
    const { state, effects } = stepHolder(standby(), granted(0), hostAt(800));
    expect(state.deadline).toBeUndefined();
    expect(effects).toContainEqual({ kind: 'bind', vips: [VIP], epoch: EPOCH });
  });
});

describe('lease: the deadline', () => {
  it('is woken for, and ends the holding in whatever step comes first', () => {
    expect(wakeAt(holding(), on(1000))).toBe(boot(4650));
    for (const input of [
      { kind: 'tick' },
      { kind: 'witness', listed: [VIP] },
      granted(0, { rev: 150 }),
    ] as const) {
      const { state, effects } = stepHolder(holding(), input, on(4650));
      expect(state).toMatchObject({ role: 'BACKUP', relEpoch: EPOCH });
      expect(state.deadline).toBeUndefined();
      expect(effects[0]).toEqual({ kind: 'unbind', vips: [VIP] });
    }
    expect(stepHolder(holding(), { kind: 'tick' }, on(4649)).state.role).toBe('MASTER');
  });

  it('the epoch that ran out is never bound again, a newer one is', () => {
    const { state } = stepHolder(holding(), { kind: 'tick' }, on(4650));
    expect(stepHolder(state, granted(4700, { rev: 110 }), on(4800)).state.role).toBe('BACKUP');
    const next = stepHolder(state, granted(4700, { rev: 110, epoch: EPOCH + 1 }), on(4800));
    expect(next.state.role).toBe('MASTER');
  });

  it('is told once at once when the kernel has let go, and with every heartbeat', () => {
    const passed = stepHolder(holding(), { kind: 'tick' }, on(4650));
    expect(kinds(passed.effects)).not.toContain('beat');
    expect(reportOf(passed.state, on(4650)).released).toBeUndefined();
    const unbound = stepHolder(passed.state, { kind: 'kernel', bound: [] }, on(4660));
    expect(unbound.effects).toContainEqual({ kind: 'beat', why: 'released' });
    expect(reportOf(unbound.state, on(4660)).released).toBe(EPOCH);
    expect(kinds(stepHolder(unbound.state, { kind: 'tick' }, on(4700)).effects)).not.toContain('beat');
    expect(reportOf(unbound.state, on(9000)).released).toBe(EPOCH);
  });

  it('is not said while a binding that was ordered before may still come true', () => {
    const { state } = stepHolder(holding({ bound: [] }), { kind: 'tick' }, on(100));
    const asked = stepHolder(state, granted(50, { rev: 150, release: true }), on(110)).state;
    expect(asked).toMatchObject({ role: 'BACKUP', bound: [] });
    expect(reportOf(asked, on(110)).released).toBeUndefined();
    const settled = stepHolder(asked, { kind: 'kernel', bound: [] }, on(120)).state;
    expect(reportOf(settled, on(120)).released).toBe(EPOCH);
  });

  it('a change that failed is ordered again at the next look, not at once', () => {
    const failed = stepHolder(holding({ bound: [] }), { kind: 'kernel', bound: [], failed: true }, on(100));
    expect(kinds(failed.effects)).not.toContain('bind');
    expect(kinds(stepHolder(failed.state, { kind: 'kernel', bound: [] }, on(600)).effects)).toContain('bind');
    const fenced = stepHolder(
      master({ bound: [] }),
      { kind: 'kernel', bound: [], failed: true },
      hostAt(100),
    );
    expect(kinds(fenced.effects)).not.toContain('bind');
  });

  it('a binding that somebody put back is unbound, and not called released', () => {
    const state = standby({ relEpoch: EPOCH, bound: [VIP] });
    expect(reportOf(state, on(0)).released).toBeUndefined();
    expect(stepHolder(state, { kind: 'tick' }, on(0)).effects[0]).toEqual({ kind: 'unbind', vips: [VIP] });
  });
});

describe('lease: asked to let go', () => {
  it('unbinds at once and for good at this epoch, without a linger', () => {
    const { state, effects } = stepHolder(holding(), granted(1000, { rev: 102, release: true }), on(1100));
    expect(state).toMatchObject({ role: 'BACKUP', relEpoch: EPOCH });
    expect(state.lingerUntil).toBeUndefined();
    expect(effects[0]).toEqual({ kind: 'unbind', vips: [VIP] });
    expect(stepHolder(state, granted(1050, { rev: 103 }), on(1200)).state.role).toBe('BACKUP');
  });

  it('another holder means the same', () => {
    const lost = answer({ epoch: EPOCH + 1, rev: 102 });
    const { state, effects } = stepHolder(
      holding(),
      { kind: 'answer', answer: lost, sentAt: boot(1000), resigned: false },
      on(1100),
    );
    expect(state.role).toBe('BACKUP');
    expect(state.deadline).toBeUndefined();
    expect(effects[0]).toEqual({ kind: 'unbind', vips: [VIP] });
  });
});

describe('lease: what is told of it', () => {
  it('the remaining time, never rounded down', () => {
    expect(reportOf(holding(), on(1000)).holdMs).toBe(3650);
    expect(reportOf(holding(), hostAt(1000)).holdMs).toBe(0);
  });

  it('what an answer under way may still grant counts', () => {
    expect(reportOf(standby({ askedAt: boot(0) }), on(1000)).holdMs).toBe(3650);
    expect(reportOf(standby({ askedAt: boot(0), knownHoldMs: 10_000 }), on(1000)).holdMs).toBe(8400);
  });
});

describe('lease: a host that hears nothing', () => {
  const quiet = (over: Partial<HolderState> = {}) => standby({ quietSince: boot(0), ...over });

  it('says so after a lease, and only when it holds nothing', () => {
    expect(reportOf(quiet(), on(5000)).deaf).toBeUndefined();
    expect(reportOf(quiet(), on(5001)).deaf).toBe(true);
    expect(reportOf(quiet({ bound: [VIP] }), on(5001)).deaf).toBeUndefined();
    expect(reportOf(quiet({ leftoverUntil: boot(6000) }), on(5001)).deaf).toBeUndefined();
    expect(reportOf(quiet({ bound: [VIP] }), hostAt(5001)).deaf).toBe(true);
  });

  it('the first heartbeat after an answer begins the count, and an answer ends it', () => {
    const { quietSince: _, ...heard } = quiet();
    const sent = stepHolder(heard, { kind: 'sent', claimed: false }, on(100)).state;
    expect(stepHolder(sent, { kind: 'sent', claimed: false }, on(500)).state.quietSince).toBe(boot(100));
    const input = {
      kind: 'answer',
      answer: answer({ rev: 101 }),
      sentAt: boot(500),
      resigned: false,
    } as const;
    expect(stepHolder(sent, input, on(600)).state.quietSince).toBeUndefined();
    const stale = { ...input, answer: answer({ rev: 1 }), sentAt: boot(-99) };
    expect(stepHolder({ ...sent, appliedAt: boot(0) }, stale, on(600)).state.quietSince).toBeUndefined();
  });

  it('what it was told before it said so grants nothing', () => {
    const { state } = stepHolder(quiet(), { kind: 'sent', claimed: false, deaf: true }, on(6000));
    expect(stepHolder(state, granted(5900, { rev: 110 }), on(6100)).state.role).toBe('BACKUP');
    expect(stepHolder(state, granted(6001, { rev: 110 }), on(6100)).state.role).toBe('MASTER');
  });
});

describe('lease: a standby', () => {
  it('waits for the hold of the very beat, and the clocks’ error, without any credit', () => {
    const watched = answer({
      rev: 101,
      holder: { node: A, beat: '7:11', ageMs: 700, holdMs: 8000, priority: 100 },
    });
    const { state } = stepHolder(
      standby(),
      { kind: 'answer', answer: watched, sentAt: boot(0), resigned: false },
      on(50),
    );
    expect(claimDueAt(state, on(50))).toBe(boot(50 + 8400));
  });
});

describe('lease: a restart', () => {
  const fresh = (over: Partial<HolderState> = {}): HolderState => ({
    ...initialHolder({ epoch: EPOCH, relEpoch: 0, master: true }, leased()),
    assessment: { health: 'ok', priority: 100, wavering: false, degradedBy: [] },
    ...over,
  });

  it('does not resume from the witness', () => {
    const { state, effects } = stepHolder(fresh(), { kind: 'witness', listed: [VIP] }, on(0));
    expect(state.role).toBe('INIT');
    expect(kinds(effects)).not.toContain('bind');
  });

  it('leaves to the kernel what the kernel will end, and reports it', () => {
    const { state, effects } = stepHolder(
      fresh(),
      { kind: 'kernel', bound: [VIP], expiresInMs: 2500 },
      on(0),
    );
    expect(kinds(effects)).not.toContain('unbind');
    expect(reportOf(state, on(500)).holdMs).toBe(2000);
    expect(kinds(stepHolder(state, { kind: 'kernel', bound: [VIP] }, on(2500)).effects)).toContain('unbind');
  });

  it('takes away at once what nothing would end', () => {
    expect(stepHolder(fresh(), { kind: 'kernel', bound: [VIP] }, on(0)).effects[0]?.kind).toBe('unbind');
  });

  it('takes away what it may not keep with the first answer', () => {
    const { state } = stepHolder(fresh(), { kind: 'kernel', bound: [VIP], expiresInMs: 2500 }, on(0));
    const told = stepHolder(
      state,
      { kind: 'answer', answer: answer({ rev: 101 }), sentAt: boot(0), resigned: false },
      on(50),
    );
    expect(told.effects[0]?.kind).toBe('unbind');
  });
});

describe('lease: leaving', () => {
  const leaving = stepHolder(holding({ deadline: boot(60_000) }), { kind: 'terminate' }, on(0)).state;

  it('serves until it is asked to let go', () => {
    expect(leaving.role).toBe('MASTER');
    expect(reportOf(leaving, on(10))).toMatchObject({ resign: true });
    const told = stepHolder(leaving, granted(20, { rev: 102, release: true }, { resigned: true }), on(30));
    expect(told.state.role).toBe('BACKUP');
    expect(told.state.left).toBe(false);
  });

  it('is gone when the arbiter has heard that nothing is held any more, not before', () => {
    const asked = stepHolder(
      leaving,
      granted(20, { rev: 102, release: true }, { resigned: true }),
      on(30),
    ).state;
    const unbound = stepHolder(asked, { kind: 'kernel', bound: [] }, on(40)).state;
    const unheard = stepHolder(unbound, granted(30, { rev: 103, release: true }, { resigned: true }), on(50));
    expect(unheard.state.left).toBe(false);
    const heard = granted(
      45,
      { rev: 104, epoch: EPOCH + 1, role: 'BACKUP' },
      { resigned: true, released: EPOCH },
    );
    expect(stepHolder(unbound, heard, on(60)).state.left).toBe(true);
  });

  it('lets go by itself in time to say so', () => {
    expect(wakeAt(leaving, on(100))).toBe(boot(4000));
    const { state, effects } = stepHolder(leaving, { kind: 'tick' }, on(4000));
    expect(state).toMatchObject({ role: 'BACKUP', relEpoch: EPOCH, left: false });
    expect(effects[0]).toEqual({ kind: 'unbind', vips: [VIP] });
    expect(stepHolder(state, { kind: 'tick' }, on(5000)).state.left).toBe(true);
  });

  it('quietly: nothing is unbound, resigned or told', () => {
    for (const ctx of [on(0), hostAt(0)]) {
      const { state, effects } = stepHolder(holding(), { kind: 'leave-quietly' }, ctx);
      expect(state.left).toBe(true);
      expect(kinds(effects)).toEqual(['persist', 'left']);
    }
  });
});
