// Proves that a scenario's expectations are compared with what was observed, and that a failure says what was seen.
import { describe, expect, it } from 'vitest';
import { LabError } from '../../../lab/errors.ts';
import { type Cast, fillIn, hostIn } from '../../../lab/scenario/cast.ts';
import { baselineOf, judge, type Observed } from '../../../lab/scenario/expect.ts';
import { report, silenceSeen } from '../timeline/story.ts';
import { labInfo, labStatus, member } from './fixtures.ts';

const cast = (change: Parameters<typeof labStatus>[0] = {}): Cast => ({
  info: labInfo(),
  status: labStatus(change),
  original: 'host1',
});
const observed = (change: Partial<Observed> = {}): Observed => ({
  cast: cast(),
  baseline: baselineOf(labStatus()),
  reports: [],
  timeline: null,
  ...change,
});

describe('judge', () => {
  it('finds everything as expected in a lab at rest', () => {
    const verdicts = judge({ holder: 'original', moves: 0, repairs: 0 }, observed());
    expect(verdicts).toEqual([
      { ok: true, what: 'host1 holds' },
      { ok: true, what: '0 moves' },
      { ok: true, what: '0 repaired' },
    ]);
  });

  it('counts moves and repairs from the baseline and says what else was expected', () => {
    const moved = cast({ epoch: 3, repairs: 1, holder: 'i-00000000000000002', holderHost: 'host2' });
    const verdicts = judge({ holder: 'original', moves: 1, repairs: 0 }, observed({ cast: moved }));
    expect(verdicts.map(({ what }) => what)).toEqual([
      'host2 holds, expected host1',
      '2 moves, expected 1',
      '1 repaired, expected 0',
    ]);
    expect(verdicts.every(({ ok }) => !ok)).toBe(true);
  });

  it('compares the outage and the owners that the client saw', () => {
    const reports = [{ ...silenceSeen(), outageMs: 2358 }];
    expect(judge({ outageMsMax: 2358, owners: ['host1', 'host2'] }, observed({ reports }))).toEqual([
      { ok: true, what: 'client dark 2358 ms' },
      { ok: true, what: 'answered by host1 host2' },
    ]);
    expect(
      judge({ outageMsMax: 2000, owners: ['host1'] }, observed({ reports })).map(({ ok }) => ok),
    ).toEqual([false, false]);
  });

  it('takes no measurement for a failed one', () => {
    const verdicts = judge({ outageMsMax: 1000, beyondFabricMsMax: 50, reason: 'silence' }, observed());
    expect(verdicts.map(({ ok }) => ok)).toEqual([false, false, false]);
  });

  it('takes the worst of several addresses', () => {
    const reports = [
      { ...report([], []), outageMs: 0 },
      { ...report([], []), outageMs: 9 },
    ];
    expect(judge({ outageMsMax: 5 }, observed({ reports }))[0]?.ok).toBe(false);
  });
});

describe('the cast', () => {
  it('knows holder, original and the healthy standby with the highest priority', () => {
    const members = [member(1, 'MASTER'), member(2, 'BACKUP', { priority: 50 })];
    const now = cast({ members });
    expect(['holder', 'original', 'standby', 'host2'].map((name) => hostIn(now, name).name)).toEqual([
      'host1',
      'host1',
      'host2',
      'host2',
    ]);
  });

  it('refuses somebody who is not there', () => {
    expect(() => hostIn(cast({ members: [member(1, 'MASTER')] }), 'standby')).toThrow(LabError);
    expect(() => hostIn(cast(), 'host9')).toThrow(LabError);
  });

  it('fills in addresses and refuses what it does not know', () => {
    expect(fillIn(cast(), '{vip}/32 {holder.address} {standby.eni}')).toBe(
      '172.31.0.201/32 172.31.0.11 eni-00000000000000002',
    );
    expect(() => fillIn(cast(), '{holder.shoes}')).toThrow(LabError);
    expect(fillIn(cast(), '{"json": {}}')).toBe('{"json": {}}');
  });
});
