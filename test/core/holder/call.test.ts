/** Proves what a holder calls its peers for, once and not before the arbiter knows, and what whoever is called does. */
import { describe, expect, it } from 'vitest';
import { newsOf } from '../../../core/holder/call.ts';
import { reportOf } from '../../../core/holder/report.ts';
import { stepHolder } from '../../../core/holder/step.ts';
import type { HolderContext, HolderInput, HolderOutcome, HolderState } from '../../../core/holder/types.ts';
import type { PeerView } from '../../../core/suspicion.ts';
import { durationMs } from '../../../core/time.ts';
import { A, answer, B, beatsIn, boot, C, EPOCH, hostAt, master, profile, standby } from '../fixtures.ts';

const watching = profile({
  peerDetection: { intervalMs: durationMs(50), multiplier: 3 },
  heartbeatMs: durationMs(10_000),
  leaseMs: durationMs(30_000),
});
const NOW = 1000;
const up = (calls: number): PeerView => ({ state: 'up', loss: 0, silent: false, calledBy: 7, calls });
const at = (
  now: number,
  calls: Record<string, number> = {},
  over: Partial<HolderContext> = {},
): HolderContext =>
  hostAt(now, {
    profile: watching,
    peers: Object.fromEntries(Object.entries(calls).map(([node, n]) => [node, up(n)])),
    ...over,
  });

type Answered = Partial<Extract<HolderInput, { kind: 'answer' }>>;
const hear = (state: HolderState, over: Answered, ctx = at(NOW)): HolderOutcome =>
  stepHolder(
    state,
    {
      kind: 'answer',
      answer: answer({ role: state.role === 'MASTER' ? 'MASTER' : 'BACKUP', heartbeatMs: 10_000 }),
      sentAt: boot(NOW - 10),
      resigned: false,
      ...over,
    },
    ctx,
  );
const isCall = ({ effects }: HolderOutcome): boolean => effects.some(({ kind }) => kind === 'call');

describe('news', () => {
  const ill = (assessment: Partial<HolderState['assessment']>): HolderState =>
    master({ assessment: { ...master().assessment, ...assessment } });
  const newsIn = (state: HolderState) => newsOf(reportOf(state, at(NOW)));

  it('is a FAULT, failing checks, one that may fail next, a resignation, and that the host has let go', () => {
    expect(newsIn(master())).toBeUndefined();
    expect(newsIn(ill({ health: 'fault', degradedBy: ['disk'] }))).toBe('fault');
    expect(newsIn(ill({ wavering: true }))).toBe('a check wavers');
    expect(newsIn(ill({ wavering: true, degradedBy: ['disk', 'ping'] }))).toBe('degraded by disk, ping');
    const leaving = { by: boot(9000), acknowledged: false };
    expect(newsIn({ ...ill({ health: 'fault' }), leaving })).toBe('resign');
    expect(newsIn(standby({ leaving, relEpoch: EPOCH, releaseTold: EPOCH }))).toBe(`released ${EPOCH}`);
  });
});

describe('a holder', () => {
  it('calls its peers when the arbiter has heard its news, and says so', () => {
    const { effects } = hear(master(), { news: 'fault' });
    expect(effects).toContainEqual({ kind: 'call' });
    expect(effects).toContainEqual({
      kind: 'log',
      level: 'info',
      message: 'called its peers, the arbiter knows: fault',
    });
    expect(isCall(hear(master(), {}))).toBe(false);
  });

  it('calls also when that very answer has taken the group from it', () => {
    const moved = answer({
      role: 'BACKUP',
      epoch: EPOCH + 1,
      heartbeatMs: 10_000,
      holder: { node: C, beat: '1:1', ageMs: 0, holdMs: 0, priority: 100 },
    });
    const outcome = hear(master(), { news: 'fault', answer: moved });
    expect(outcome.state.role).toBe('BACKUP');
    expect(isCall(outcome)).toBe(true);
  });

  it('calls once for each thing that is new, and again when it was well in between', () => {
    const first = hear(master(), { news: 'fault' }).state;
    expect(isCall(hear(first, { news: 'fault' }))).toBe(false);
    const leaving = hear(first, { news: 'resign' });
    expect(isCall(leaving)).toBe(true);
    const well = hear(first, {});
    expect(isCall(well)).toBe(false);
    expect(isCall(hear(well.state, { news: 'fault' }))).toBe(true);
  });

  it('that has let go calls though it is none any more', () => {
    expect(isCall(hear(standby(), { news: `released ${EPOCH}`, released: EPOCH }))).toBe(true);
  });

  it('is the only one to call: what ails a standby concerns nobody else', () => {
    expect(isCall(hear(standby(), { news: 'fault' }))).toBe(false);
    expect(isCall(hear(standby(), { news: 'resign', resigned: true }))).toBe(false);
  });

  it('has nobody to call where members do not watch each other', () => {
    expect(isCall(hear(master(), { news: 'fault' }, at(NOW, {}, { profile: profile() })))).toBe(false);
  });
});

describe('a standby that is called', () => {
  const tick = (state: HolderState, ctx: HolderContext): HolderState =>
    stepHolder(state, { kind: 'tick' }, ctx).state;
  const later = standby({ nextBeatAt: boot(9000) });

  it('asks at once, once for each call, whoever calls', () => {
    const called = tick(later, at(NOW, { [A]: 1, [C]: 0 }));
    expect(called.nextBeatAt).toBe(boot(NOW));
    const asked = stepHolder(called, { kind: 'sent', claimed: false }, at(NOW + 1, { [A]: 1, [C]: 0 })).state;
    expect(asked.nextBeatAt).toBeGreaterThan(boot(NOW + 1));
    expect(tick(asked, at(NOW + 2, { [A]: 1, [C]: 0 })).nextBeatAt).toBe(asked.nextBeatAt);
    expect(tick(asked, at(NOW + 3, { [A]: 1, [C]: 1 })).nextBeatAt).toBe(boot(NOW + 3));
  });

  it('asks though an answer to an earlier heartbeat comes first', () => {
    const called = tick(later, at(NOW, { [A]: 1 }));
    expect(hear(called, {}, at(NOW + 3, { [A]: 1 })).state.nextBeatAt).toBe(boot(NOW + 3));
  });

  it('does not take it for a call that one who had called is no peer any more', () => {
    const before = { ...later, calls: 3 };
    const fewer = tick(before, at(NOW, { [C]: 1 }));
    expect(fewer.nextBeatAt).toBe(boot(9000));
    expect(tick(fewer, at(NOW, { [C]: 2 })).nextBeatAt).toBe(boot(NOW));
  });

  it('does not ask where it is the holder, and hears no call where members do not watch each other', () => {
    const holder = master({ nextBeatAt: boot(9000) });
    expect(tick(holder, at(NOW, { [B]: 1 })).nextBeatAt).toBe(boot(9000));
    expect(tick(later, at(NOW, { [A]: 1 }, { profile: profile() })).nextBeatAt).toBe(boot(9000));
  });

  it('claims nothing: a call is no evidence', () => {
    const called = stepHolder(later, { kind: 'tick' }, at(NOW, { [A]: 1 }));
    expect(beatsIn(called.effects)).toEqual([]);
    expect(reportOf(called.state, at(NOW, { [A]: 1 })).claim).toBeUndefined();
  });
});
