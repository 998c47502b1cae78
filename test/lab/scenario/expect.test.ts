// Proves that a scenario's expectations are compared with what was observed, and that a failure says what was seen.
import { describe, expect, it } from 'vitest';
import { LabError } from '../../../lab/errors.ts';
import { type Cast, fillIn, hostIn } from '../../../lab/scenario/cast.ts';
import { baselineOf, judge, type Observed, strikeOf } from '../../../lab/scenario/expect.ts';
import { report, silenceSeen } from '../timeline/story.ts';
import { group, labInfo, labStatus, member } from './fixtures.ts';

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
  strike: null,
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

describe('judge, group by group', () => {
  const of = (vip: string, lost: number) => ({ ...silenceSeen(), vip, lost, sent: 500, outageMs: 20 * lost });
  const two = {
    ...labStatus(),
    groups: [
      group(),
      group({
        name: 'redis',
        holder: 'i-00000000000000002',
        holderHost: 'host2',
        vips: [{ address: '172.31.0.202', fabric: 'secondary-ip', owner: 'host2' }],
      }),
    ],
  };
  const seen = observed({
    cast: { ...cast(), status: two },
    reports: [of('172.31.0.202', 3), { ...of('172.31.0.201', 0), owners: [] }],
  });

  it('tells each group’s holder and what the client saw of its VIP', () => {
    const groups = {
      demo: { holder: 'host1', lost: 0 },
      redis: { holder: 'redis.holder', outageMsMax: 60, owners: ['host1', 'host2'] },
    };
    expect(judge({ groups }, seen)).toEqual([
      { ok: true, what: 'host1 holds demo' },
      { ok: true, what: 'demo: 0 of 500 lost' },
      { ok: true, what: 'host2 holds redis' },
      { ok: true, what: 'redis: client dark 60 ms' },
      { ok: true, what: 'redis: answered by host1 host2' },
    ]);
  });

  it('says what is otherwise, and takes nothing unseen for well', () => {
    const groups = {
      demo: { owners: ['host1'] },
      redis: { holder: 'host1', lost: 0, outageMsMax: 59 },
      mongodb: { lost: 0 },
    };
    expect(judge({ groups }, seen)).toEqual([
      { ok: false, what: 'demo: answered by nobody, expected host1' },
      { ok: false, what: 'host2 holds redis, expected host1' },
      { ok: false, what: 'redis: 3 of 500 lost, expected 0' },
      { ok: false, what: 'redis: client dark 60 ms, expected at most 59 ms' },
      { ok: false, what: 'the lab has no group mongodb, expected one' },
    ]);
    const unseen = judge({ groups: { redis: { lost: 0 } } }, { ...seen, reports: [] });
    expect(unseen).toEqual([{ ok: false, what: 'no probe of redis ran, expected one' }]);
  });

  it('does not count what was lost while the client itself stood still', () => {
    const pause = { fromEpochMs: 1000, ms: 300 };
    const outage = { fromEpochMs: 1010, toEpochMs: 1290, ms: 280, lost: 3, before: 'host2', after: 'host2' };
    const [first] = seen.reports;
    if (first === undefined) throw new Error('no report');
    const reports = [{ ...first, stalls: [pause], outages: [outage] }];
    expect(judge({ groups: { redis: { lost: 0 } } }, { ...seen, reports })).toEqual([
      { ok: true, what: 'redis: 0 of 500 lost, and 3 while the client itself stood still' },
    ]);
  });

  it('judges each address of a group, and says which', () => {
    const vips = ['172.31.0.202', '172.31.0.203'].map((address) => ({
      address,
      fabric: 'route',
      owner: null,
    }));
    const status = labStatus({ vips });
    const reports = [of('172.31.0.203', 2), of('172.31.0.202', 0)];
    expect(
      judge({ groups: { demo: { lost: 0 } } }, observed({ cast: { ...cast(), status }, reports })),
    ).toEqual([
      { ok: false, what: 'demo 172.31.0.203: 2 of 500 lost, expected 0' },
      { ok: true, what: 'demo 172.31.0.202: 0 of 500 lost' },
    ]);
  });

  it('tells who has moved since the last blow, and whether its holder was hit', () => {
    const judged = (moved: boolean | 'if-struck', hit: string[], change: Parameters<typeof group>[0] = {}) =>
      judge(
        { groups: { demo: { moved } } },
        observed({ cast: cast(change), strike: strikeOf(labStatus(), hit) }),
      )[0];
    const gone = { epoch: 2, holderHost: 'host2' };
    expect(judged('if-struck', ['host1'], gone)).toEqual({ ok: true, what: 'demo went from host1 to host2' });
    expect(judged('if-struck', ['host2'], gone)?.ok).toBe(false);
    expect(judged('if-struck', ['host2'])).toEqual({ ok: true, what: 'demo stayed with host1' });
    expect(judged('if-struck', ['host1'])?.what).toBe('demo stayed with host1, expected another host');
    expect(judged('if-struck', ['host1', 'host2'], gone)?.ok).toBe(false);
    expect(judged(false, [], gone)?.what).toBe('demo went from host1 to host2, expected no move');
    // There and back again is not staying.
    expect(judged(false, [], { epoch: 3 })?.ok).toBe(false);
    expect(judged(true, [], { epoch: 3 })?.ok).toBe(false);
    expect(judge({ groups: { demo: { moved: true } } }, observed())[0]?.what).toBe(
      'nothing has been done to demo, expected a fault, a heal or a foreign move',
    );
  });

  it('names who has a role in a group, and its VIP', () => {
    expect(hostIn(seen.cast, 'redis.holder').name).toBe('host2');
    expect(fillIn(seen.cast, '{redis.vip} {vip} {redis.holder.address}')).toBe(
      '172.31.0.202 172.31.0.201 172.31.0.12',
    );
    expect(() => fillIn(seen.cast, '{mongodb.vip}')).toThrow(LabError);
    expect(() => hostIn(seen.cast, 'mongodb.holder')).toThrow(LabError);
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
