/** Journals of failovers, written by hand. */
import type { JournalEntry } from '../../../lab/control/types.ts';
import type { Outage, Owner, ProbeReport } from '../../../lab/probe/analysis.ts';

export const old = 'i-00000000000000001';
export const next = 'i-00000000000000002';
export const hosts = [
  { name: 'host1', instanceId: old },
  { name: 'host2', instanceId: next },
];
export const vip = '172.31.0.201';
/** Wall clock of every story's beginning. */
export const start = 1_700_000_000_000;

let n = 0;
/** An entry `at` milliseconds after the beginning. */
export const entry = (kind: string, at: number, fields: Record<string, unknown> = {}): JournalEntry => {
  n += 1;
  return { n, at: start + at, kind, ...fields };
};
export const beat = (host: 1 | 2, at: number, fields: Record<string, unknown> = {}): JournalEntry =>
  entry('beat', at, { host: `host${host}`, node: host === 1 ? old : next, status: 200, ms: 5, ...fields });
export const call = (at: number, tookMs: number, status = 200, error?: string): JournalEntry =>
  entry('ec2-call', at, {
    action: 'AssignPrivateIpAddresses',
    principal: null,
    startedAt: start + at,
    endedAt: start + at + tookMs,
    status,
    addresses: [vip],
    eni: 'eni-2',
    ...(error === undefined ? {} : { error }),
  });
export const transfer = (at: number, reason: string, fields: Record<string, unknown> = {}): JournalEntry =>
  entry('transfer', at, { group: 'demo', epoch: 2, from: old, to: next, reason, detail: {}, ...fields });
export const committed = (at: number, epoch: number, to: string): JournalEntry =>
  entry('committed', at, { group: 'demo', epoch, to, reason: 'x' });
export const applied = (at: number, host: string): JournalEntry =>
  entry('applied', at, { address: vip, host });

export const report = (outages: Partial<Outage>[], owners: Partial<Owner>[]): ProbeReport => ({
  vip,
  intervalMs: 2,
  sent: 1000,
  answered: 900,
  lost: 100,
  startedAt: new Date(start).toISOString(),
  endedAt: new Date(start + 6000).toISOString(),
  outageMs: 0,
  outages: outages.map((outage) => ({
    fromEpochMs: 0,
    toEpochMs: 0,
    ms: (outage.toEpochMs ?? 0) - (outage.fromEpochMs ?? 0),
    lost: 10,
    before: 'host1',
    after: 'host2',
    ...outage,
  })),
  owners: owners.map((owner) => ({ host: 'host1', firstEpochMs: 0, lastEpochMs: 0, answers: 1, ...owner })),
  maxLateMs: 0,
  rttMs: { p50: 0.1, p99: 0.2, max: 1 },
  stalls: [],
  stallMs: 0,
  strayAnswers: 0,
  lateAnswers: 0,
});

/** kill -9 of host1 at 0.7 s, claim at 3 s, served by host2 at 3.06 s. */
export const silence = (): JournalEntry[] => [
  transfer(-5000, 'first', { from: undefined, to: old, epoch: 1 }),
  committed(-4990, 1, old),
  beat(1, -1000),
  beat(2, -500),
  beat(1, 0),
  beat(2, 500),
  entry('fault', 700, { fault: { id: 'f1', kind: 'kill', targets: ['host1'], startedAt: 0 } }),
  transfer(3010, 'silence', { detail: { silentMs: 3003, by: next } }),
  call(3020, 8),
  applied(3040, 'host2'),
  committed(3045, 2, next),
  // Noted when it is answered: after what it caused.
  beat(2, 3000, { ms: 60 }),
  beat(2, 3500),
];
export const silenceSeen = (): ProbeReport =>
  report(
    [
      { fromEpochMs: start - 3000, toEpochMs: start - 2900, before: null, after: 'host1' },
      { fromEpochMs: start + 702, toEpochMs: start + 3060 },
    ],
    [
      { host: 'host1', firstEpochMs: start - 2900, lastEpochMs: start + 702 },
      { host: 'host2', firstEpochMs: start + 3060, lastEpochMs: start + 6000 },
    ],
  );
