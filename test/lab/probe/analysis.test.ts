// Proves that outages, owners and round trips are computed from the real send times, whatever was lost and when.
import { describe, expect, it } from 'vitest';
import { DurationCounts, detailsMax, ProbeAnalysis, type ProbeReport } from '../../../lab/probe/analysis.ts';

const about = {
  vip: '172.31.0.201',
  intervalMs: 2,
  startedAt: '2026-11-20T10:00:00.000Z',
  endedAt: '2026-11-20T10:00:01.000Z',
  maxLateMs: 1,
  stalls: [],
  stallMs: 0,
  strayAnswers: 0,
  lateAnswers: 0,
};

/** One letter a probe, 2 ms apart from epoch 1000: `a`, `b` answered by that host, `.` lost. */
const analyse = (story: string): ProbeReport => {
  const analysis = new ProbeAnalysis();
  for (const [at, letter] of story.split('').entries()) {
    analysis.record({ sentEpochMs: 1000 + at * 2, host: letter === '.' ? null : letter, rttMs: 0.1 });
  }
  return analysis.report(about);
};

describe('probe analysis', () => {
  it('measures an outage from the last answered probe to the first answered one', () => {
    const report = analyse('aa...bb');
    expect(report.outages).toEqual([
      { fromEpochMs: 1002, toEpochMs: 1010, ms: 8, lost: 3, before: 'a', after: 'b' },
    ]);
    expect(report).toMatchObject({ sent: 7, answered: 4, lost: 3, outageMs: 8 });
  });

  it('lists owners in the order of time, once for each change', () => {
    expect(analyse('aab.ba').owners).toEqual([
      { host: 'a', firstEpochMs: 1000, lastEpochMs: 1002, answers: 2 },
      { host: 'b', firstEpochMs: 1004, lastEpochMs: 1008, answers: 2 },
      { host: 'a', firstEpochMs: 1010, lastEpochMs: 1010, answers: 1 },
    ]);
  });

  it('counts a silent start and a silent end as outages without a host on that side', () => {
    const report = analyse('..a..');
    expect(report.outages).toEqual([
      { fromEpochMs: 1000, toEpochMs: 1004, ms: 4, lost: 2, before: null, after: 'a' },
      { fromEpochMs: 1004, toEpochMs: 1008, ms: 4, lost: 2, before: 'a', after: null },
    ]);
    expect(report.outageMs).toBe(8);
  });

  it('reports nothing but zeros when nothing was sent, and no outage when nothing was lost', () => {
    expect(analyse('')).toMatchObject({
      sent: 0,
      outageMs: 0,
      outages: [],
      owners: [],
      rttMs: { p50: 0, p99: 0, max: 0 },
    });
    expect(analyse('aaaa')).toMatchObject({ lost: 0, outageMs: 0, outages: [] });
  });

  it('keeps a bounded number of details and still counts the rest', () => {
    const report = analyse('a.'.repeat(detailsMax + 500));
    expect(report.outages).toHaveLength(detailsMax);
    expect(report.lost).toBe(detailsMax + 500);
    // Every outage but the one at the end spans two intervals; the last ends with the last probe.
    expect(report.outageMs).toBe((detailsMax + 499) * 4 + 2);
  });
});

describe('duration counts', () => {
  it('give the quantiles within their step', () => {
    const counts = new DurationCounts();
    for (let hundredth = 1; hundredth <= 100; hundredth += 1) {
      counts.add(hundredth / 10);
    }
    expect(counts.quantile(0.5)).toBeCloseTo(5, 1);
    expect(counts.quantile(0.99)).toBeCloseTo(9.9, 1);
    expect(counts.max).toBe(10);
  });

  it('hold durations beyond the fine steps and beyond all steps', () => {
    const counts = new DurationCounts();
    counts.add(250.4);
    expect(counts.quantile(0.5)).toBeCloseTo(250.4, 3);
    counts.add(1_000_000);
    expect(counts.quantile(1)).toBeLessThanOrEqual(1_000_000);
    expect(counts.max).toBe(1_000_000);
  });
});
