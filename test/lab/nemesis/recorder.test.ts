// Proves that what the client lost becomes part of the history from the start on, and that a pause of the prober excuses
// only what it can have caused.
import { describe, expect, it } from 'vitest';
import { lossesOf } from '../../../lab/nemesis/recorder.ts';
import type { ProbeReport, Stall } from '../../../lab/probe/probe.ts';

const report = (stalls: Stall[]): ProbeReport => ({
  vip: '172.31.0.201',
  intervalMs: 5,
  sent: 2000,
  answered: 1800,
  lost: 200,
  startedAt: '2026-01-01T00:00:00.000Z',
  endedAt: '2026-01-01T00:00:10.000Z',
  outageMs: 1100,
  outages: [{ fromEpochMs: 5000, toEpochMs: 6100, ms: 1100, lost: 200, before: 'host1', after: 'host2' }],
  owners: [
    { host: 'host1', firstEpochMs: 1000, lastEpochMs: 5000, answers: 900 },
    { host: 'host2', firstEpochMs: 6100, lastEpochMs: 9000, answers: 900 },
  ],
  maxLateMs: 1,
  rttMs: { p50: 0.1, p99: 0.2, max: 1 },
  stalls,
  stallMs: 0,
  strayAnswers: 0,
  lateAnswers: 0,
});

const stalled = (stalls: Stall[]): boolean[] =>
  lossesOf(report(stalls), 0).flatMap((event) => (event.kind === 'dark' ? [event.stalled] : []));

describe('what the client saw', () => {
  it('is a silence, and who answered before and after it', () => {
    expect(lossesOf(report([]), 0)).toMatchObject([
      { kind: 'dark', at: 5000, to: 6100, lost: 200, before: 'host1', after: 'host2', stalled: false },
      { kind: 'answered', at: 1000, to: 5000, host: 'host1' },
      { kind: 'answered', at: 6100, to: 9000, host: 'host2' },
    ]);
  });

  it('before the start counts for nothing', () => {
    expect(lossesOf(report([]), 7000)).toMatchObject([
      { kind: 'answered', at: 7000, to: 9000, host: 'host2' },
    ]);
  });

  it.each<[string, Stall[], boolean]>([
    ['a pause that covers it', [{ fromEpochMs: 4990, ms: 1120 }], true],
    ['a pause in the midst of it', [{ fromEpochMs: 5300, ms: 300 }], false],
    ['a pause that covers its first part', [{ fromEpochMs: 4600, ms: 1000 }], false],
    [
      'many short pauses',
      Array.from({ length: 11 }, (_, at) => ({ fromEpochMs: 5000 + 100 * at, ms: 90 })),
      false,
    ],
  ])('is excused or not by %s', (_, stalls, excused) => {
    expect(stalled(stalls)).toEqual([excused]);
  });
});
