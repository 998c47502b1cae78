// Proves what an observation counts as lost, and whom it expects to take over.
import { describe, expect, it } from 'vitest';
import type { Outage, ProbeReport, Stall } from '../../lab/probe/analysis.ts';
import {
  bestStandbyHost,
  type GroupStatus,
  lostBeyondStalls,
  outageBeyondStalls,
} from '../../lab/session.ts';

const outage = (fromEpochMs: number, toEpochMs: number, lost: number): Outage => ({
  fromEpochMs,
  toEpochMs,
  ms: toEpochMs - fromEpochMs,
  lost,
  before: 'host1',
  after: 'host1',
});

const report = (outages: Outage[], stalls: Stall[]): ProbeReport => ({
  vip: '172.31.0.201',
  intervalMs: 2,
  sent: 1000,
  answered: 1000 - outages.reduce((sum, { lost }) => sum + lost, 0),
  lost: outages.reduce((sum, { lost }) => sum + lost, 0),
  startedAt: '2026-01-01T00:00:00.000Z',
  endedAt: '2026-01-01T00:00:02.000Z',
  outageMs: 0,
  outages,
  owners: [],
  maxLateMs: 0,
  rttMs: { p50: 0, p99: 0, max: 0 },
  stalls,
  stallMs: 0,
  strayAnswers: 0,
  lateAnswers: 0,
});

describe('lostBeyondStalls', () => {
  it('counts every probe that was lost while the prober ran', () => {
    expect(lostBeyondStalls(report([outage(1000, 1004, 1), outage(5000, 5020, 9)], []))).toBe(10);
  });

  it('does not count what was lost around a pause of the prober, and nothing else is excused by it', () => {
    const stalls = [{ fromEpochMs: 1010, ms: 100 }];
    expect(lostBeyondStalls(report([outage(1000, 1050, 20)], stalls))).toBe(0);
    expect(lostBeyondStalls(report([outage(1120, 1140, 9)], stalls))).toBe(0);
    expect(lostBeyondStalls(report([outage(1000, 1050, 20), outage(2000, 2010, 4)], stalls))).toBe(4);
  });

  it('counts what is beyond the outages that a report keeps in detail', () => {
    expect(lostBeyondStalls({ ...report([], []), lost: 3 })).toBe(3);
  });
});

describe('bestStandbyHost', () => {
  const member = (host: string, priority: number) => ({
    node: `i-${host}`,
    host,
    priority,
    state: 'BACKUP' as const,
    health: 'ok',
    beat: null,
    ageMs: null,
    bound: null,
    inFabric: null,
  });
  const group = (holder: string, members: GroupStatus['members']): GroupStatus => ({
    name: 'demo',
    epoch: 1,
    phase: 'held',
    holder: `i-${holder}`,
    holderHost: holder,
    reason: 'first',
    repairs: 0,
    vips: [],
    members,
  });

  it('is the highest priority among those that do not hold', () => {
    const members = [member('host1', 200), member('host2', 100), member('host3', 150)];
    expect(bestStandbyHost(group('host1', members))).toBe('host3');
    expect(bestStandbyHost(group('host3', members))).toBe('host1');
    expect(bestStandbyHost(group('host1', members.slice(0, 1)))).toBeUndefined();
  });
});

describe('outageBeyondStalls', () => {
  const seen = (outages: Outage[], stalls: Stall[]): ProbeReport => ({
    ...report(outages, stalls),
    outageMs: outages.reduce((sum, { ms }) => sum + ms, 0),
  });

  it('takes off only what falls into a pause of the prober', () => {
    const stalls = [{ fromEpochMs: 1010, ms: 100 }];
    expect(outageBeyondStalls(seen([outage(1000, 1050, 20)], stalls))).toBe(0);
    expect(outageBeyondStalls(seen([outage(1000, 5000, 900)], stalls))).toBe(3870);
    expect(outageBeyondStalls(seen([outage(2000, 2300, 90)], stalls))).toBe(300);
  });

  it('takes off no more than there was', () => {
    const stalls = [
      { fromEpochMs: 1000, ms: 100 },
      { fromEpochMs: 1010, ms: 100 },
    ];
    expect(outageBeyondStalls(seen([outage(1000, 1050, 20), outage(3000, 3010, 4)], stalls))).toBe(10);
  });
});
