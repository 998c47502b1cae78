// Proves that a failover's timeline holds what was noted, in order and by one zero, and nothing that was not.
import { describe, expect, it } from 'vitest';
import { failoverTimeline } from '../../../lab/timeline/timeline.ts';
import {
  applied,
  beat,
  call,
  committed,
  entry,
  hosts,
  next,
  old,
  report,
  silence,
  silenceSeen,
  start,
  transfer,
} from './story.ts';

const whats = (timeline: ReturnType<typeof failoverTimeline>): string[] =>
  (timeline?.rows ?? []).map((row) => row.what);

describe('failoverTimeline', () => {
  it('tells a silent holder: last beat, fault, claim, intent, call, applied, commit, first answer', () => {
    const timeline = failoverTimeline(silence(), { hosts, probe: silenceSeen() });
    expect(timeline?.rows.map((row) => [row.atMs, row.what, row.durationMs])).toEqual([
      [0, 'last beat', undefined],
      [700, 'fault', undefined],
      [702, 'no answer', 2358],
      [3000, 'claim', undefined],
      [3010, 'intent', undefined],
      [3020, 'EC2 call', 8],
      [3040, 'fabric applied', undefined],
      [3045, 'commit', undefined],
      [3060, 'first answer', undefined],
    ]);
    expect(timeline).toMatchObject({
      group: 'demo',
      epoch: 2,
      from: 'host1',
      to: 'host2',
      reason: 'silence',
      zero: new Date(start).toISOString(),
      outageMs: 2358,
      owners: ['host1', 'host2'],
      fabricMs: 20,
      beyondFabricMs: 2338,
    });
    expect(timeline?.rows[1]?.detail).toBe('kill host1');
    expect(timeline?.rows[3]?.detail).toBe('host2: host1 silent for 3003 ms');
  });

  it('leaves out what nobody noted, and knows no outage without a probe', () => {
    const timeline = failoverTimeline([transfer(10, 'silence')], { hosts });
    expect(whats(timeline)).toEqual(['intent']);
    expect(timeline).toMatchObject({ outageMs: null, owners: [], fabricMs: null, beyondFabricMs: null });
  });

  it('is null without a transfer', () => {
    expect(failoverTimeline([beat(1, 0)], { hosts })).toBeNull();
  });

  it('takes the request in which a holder was replaced for its own FAULT as the report of it, not as a good beat', () => {
    const timeline = failoverTimeline(
      [beat(1, 0), beat(1, 1000, { ms: 40 }), transfer(1010, 'fault'), call(1015, 3), applied(1020, 'host2')],
      { hosts },
    );
    expect(timeline?.rows.map((row) => [row.atMs, row.what])).toEqual([
      [0, 'last beat'],
      [1000, 'fault report'],
      [1010, 'intent'],
      [1015, 'EC2 call'],
      [1020, 'fabric applied'],
    ]);
  });

  it('tells a resignation when the beat is marked as one', () => {
    const timeline = failoverTimeline(
      [beat(1, 0), beat(1, 400, { resign: true }), beat(1, 800, { resign: true }), transfer(900, 'resign')],
      { hosts },
    );
    expect(timeline?.rows.map((row) => [row.atMs, row.what])).toEqual([
      [0, 'last beat'],
      [400, 'resign'],
      [900, 'intent'],
    ]);
  });

  it('sums up many refused calls and keeps the one that was accepted', () => {
    const refused = [20, 120, 220, 320].map((at) => call(at, 5, 503, 'RequestLimitExceeded'));
    const timeline = failoverTimeline(
      [transfer(10, 'silence'), ...refused, call(420, 6), applied(440, 'host2')],
      {
        hosts,
      },
    );
    const calls = timeline?.rows.filter((row) => row.what === 'EC2 call');
    expect(calls?.map((row) => [row.detail, row.durationMs])).toEqual([
      ['refused 4 times: RequestLimitExceeded', 305],
      ['AssignPrivateIpAddresses acknowledged', 6],
    ]);
    expect(timeline?.fabricMs).toBe(420);
  });

  it('tells the last transfer only, and nothing of the one after', () => {
    const back = [
      transfer(9000, 'operator', { from: next, to: old, epoch: 3 }),
      call(9010, 5),
      applied(9020, 'host1'),
      committed(9025, 3, old),
    ];
    const timeline = failoverTimeline([...silence(), ...back], { hosts });
    expect(timeline).toMatchObject({ epoch: 3, from: 'host2', to: 'host1', fabricMs: 10 });
    expect(timeline?.rows.filter((row) => row.what === 'EC2 call')).toHaveLength(1);
    expect(whats(timeline)).not.toContain('claim');
  });

  it('ignores an outage that was over before the story began, another group, and a fault that was answered', () => {
    const probe = report(
      [
        { fromEpochMs: start - 4000, toEpochMs: start - 3500, after: 'host1' },
        { fromEpochMs: start + 900, toEpochMs: start + 1030 },
      ],
      [],
    );
    const entries = [
      entry('fault', -6000, { fault: { kind: 'service', targets: ['host2'] } }),
      committed(-5000, 1, old),
      beat(1, 0),
      transfer(1000, 'operator'),
      transfer(1200, 'silence', { group: 'other', epoch: 9 }),
    ];
    const timeline = failoverTimeline(entries, { hosts, group: 'demo', probe });
    expect(timeline?.outageMs).toBe(130);
    expect(whats(timeline)).toEqual(['last beat', 'no answer', 'intent']);
  });

  it('counts an outage shorter than the fabric as nothing beyond it', () => {
    const probe = report([{ fromEpochMs: start + 12, toEpochMs: start + 20 }], []);
    const timeline = failoverTimeline([transfer(0, 'resign'), call(5, 2), applied(25, 'host2')], {
      hosts,
      probe,
    });
    expect(timeline).toMatchObject({ outageMs: 8, fabricMs: 20, beyondFabricMs: 0 });
  });

  it('skips entries whose fields are not what their kind says', () => {
    const broken = [
      entry('transfer', 5, { group: 7 }),
      entry('ec2-call', 6),
      entry('fault', 7, { fault: 'kill' }),
    ];
    expect(whats(failoverTimeline([...broken, transfer(10, 'silence')], { hosts }))).toEqual(['intent']);
  });
});
