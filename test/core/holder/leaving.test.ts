/** Proves how an agent stops: it resigns, serves until a successor holds the VIP, and gives its epoch up for good. */
import { describe, expect, it } from 'vitest';
import { reportOf } from '../../../core/holder/report.ts';
import { initialHolder, stepHolder, wakeAt } from '../../../core/holder/step.ts';
import type { HolderState } from '../../../core/holder/types.ts';
import type { GroupAnswer } from '../../../core/wire/heartbeat.ts';
import {
  answer,
  B,
  beatsIn,
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

const terminated = (state: HolderState) => stepHolder(state, { kind: 'terminate' }, hostAt());
const tick = (state: HolderState, now: number) => stepHolder(state, { kind: 'tick' }, hostAt(now));
const answered = (state: HolderState, over: Partial<GroupAnswer>, resigned: boolean, now: number) =>
  stepHolder(state, { kind: 'answer', answer: answer(over), sentAt: boot(now - 10), resigned }, hostAt(now));
const stillMaster = {
  role: 'MASTER',
  holder: { node: B, beat: '7:3', ageMs: 0, holdMs: 0, priority: 100 },
} as const;

describe('stop: a MASTER hands over', () => {
  const leaving = terminated(master());

  it('resigns at once and serves on', () => {
    expect(beatsIn(leaving.effects)).toEqual(['resign']);
    expect(kindsOf(leaving.effects)).toEqual(['beat']);
    expect(reportOf(leaving.state, hostAt()).resign).toBe(true);
    expect(kindsOf(answered(leaving.state, stillMaster, true, 100).effects)).toEqual([]);
  });

  it('leaves when a successor has the VIP: unbinds, remembers, runs the stop hook, in this order', () => {
    const lost = answered(leaving.state, { epoch: EPOCH + 1 }, true, 200);
    expect(unboundBy(lost.effects)).toEqual([]);
    const gone = stepHolder(lost.state, { kind: 'witness', listed: [] }, hostAt(250));
    expect(kindsOf(gone.effects).filter((kind) => kind !== 'beat')).toEqual([
      'unbind',
      'persist',
      'hook',
      'left',
    ]);
    expect(hooksIn(gone.effects)).toEqual(['STOP']);
  });

  it('leaves after 5 s without a successor all the same', () => {
    expect(kindsOf(tick(leaving.state, 4999).effects)).toEqual([]);
    expect(kindsOf(tick(leaving.state, 5000).effects)).toEqual(['unbind', 'persist', 'hook', 'left']);
    expect(wakeAt({ ...leaving.state, nextBeatAt: boot(9000) }, hostAt())).toBe(boot(5000));
  });

  it('never binds again at the epoch it gave up', () => {
    const gone = tick(leaving.state, 5000).state;
    expect(gone.relEpoch).toBe(EPOCH);
    expect(
      boundBy(answered({ ...gone, bound: [] }, { ...stillMaster, rev: 300 }, true, 5100).effects),
    ).toEqual([]);
  });

  it('leaves once: what comes after finds nothing left to do', () => {
    const gone = tick(leaving.state, 5000).state;
    expect(kindsOf(stepHolder(gone, { kind: 'kernel', bound: [] }, hostAt(5001)).effects)).toEqual([]);
    expect(kindsOf(tick(gone, 5002).effects)).not.toContain('hook');
    const assessment = { health: 'fault', priority: 100, wavering: false, degradedBy: [] } as const;
    expect(stepHolder(gone, { kind: 'assessed', assessment }, hostAt(5003)).effects).toEqual([]);
  });

  it('is not hurried by a second signal', () => {
    expect(stepHolder(leaving.state, { kind: 'terminate' }, hostAt(1000)).state.leaving?.by).toBe(boot(5000));
  });
});

describe('stop: a BACKUP leaves as soon as its resignation is taken, not before', () => {
  it('waits for the answer to a request that carried it', () => {
    const leaving = terminated(standby());
    const early = answered(leaving.state, { rev: 101 }, false, 100);
    expect(kindsOf(early.effects)).toEqual([]);
    const gone = answered(early.state, { rev: 102 }, true, 200);
    expect(kindsOf(gone.effects)).toEqual(['persist', 'hook', 'left']);
    expect(unboundBy(gone.effects)).toEqual([]);
  });

  it('unbinds what it should not have', () => {
    expect(unboundBy(tick(terminated(standby({ bound: [VIP] })).state, 5000).effects)).toEqual([VIP]);
  });
});

describe('a member that was stopped in order and started again', () => {
  it('serves at the epoch it had given up when nobody has succeeded it', () => {
    const started = initialHolder({ epoch: EPOCH, relEpoch: EPOCH, master: false }, {});
    const { state, effects } = answered(
      { ...started, listed: [VIP] },
      { role: 'MASTER', rev: 99 },
      false,
      20,
    );
    expect(state.role).toBe('MASTER');
    expect(boundBy(effects)).toEqual([VIP]);
  });
});

describe('stop: a fabric that takes long to move', () => {
  const handing = answered(
    terminated(master()).state,
    { role: 'BACKUP', rev: 101, epoch: EPOCH + 1 },
    true,
    100,
  ).state;
  const stillListed = { ...handing, bound: [VIP], listed: [VIP] };

  it('is waited for beyond the time for finding a successor: packets still arrive here', () => {
    expect(unboundBy(tick(stillListed, 5000).effects)).toEqual([]);
    expect(unboundBy(tick(stillListed, 14_999).effects)).toEqual([]);
  });

  it('but not for ever', () => {
    expect(unboundBy(tick(stillListed, 15_000).effects)).toEqual([VIP]);
    expect(kindsOf(tick(stillListed, 15_000).effects)).toContain('left');
  });
});
