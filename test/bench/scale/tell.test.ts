/** Proves that the section judges what was measured and not what was hoped for. */
import { describe, expect, it } from 'vitest';
import type { ReturnResult } from '../../../bench/scale/messages.ts';
import { scale } from '../../../bench/scale/scale.ts';
import type { Steady } from '../../../bench/scale/steady.ts';
import type { Row } from '../../../bench/section.ts';

const steadyCase = (fields: Partial<Steady>): Steady => ({
  groups: 1,
  heartbeatMs: 1000,
  environments: 1,
  beats: 1000,
  failures: 0,
  reads: 0,
  writes: 1,
  lostWrites: 0,
  readUnits: 0,
  writeUnits: 1,
  dynamodbRequestBytes: 1000,
  dynamodbResponseBytes: 2,
  requestBytes: 250,
  answerBytes: 200,
  logBytes: 0,
  latencyMs: { count: 1000, min: 1, median: 2, p99: 4, max: 9 },
  itemBytes: 430,
  configBytes: 320,
  ...fields,
});

const returned = (fields: Partial<ReturnResult> = {}): ReturnResult => ({
  groups: 1000,
  dead: 0,
  blackoutMs: 60_000,
  playedMs: 15_000,
  requests: 30_000,
  requestsInFirstSecond: 3000,
  statuses: { 200: 28_000, 429: 500, 500: 100, 503: 1400 },
  lastRefusalMs: 900,
  lastFirstAnswerMs: 1200,
  environments: 100,
  traffic: {
    reads: 1,
    writes: 28_000,
    lostWrites: 12,
    others: 0,
    broken: 0,
    requestBytes: 0,
    responseBytes: 0,
  },
  ec2Calls: 0,
  ec2Throttled: 0,
  otherEc2Calls: 0,
  transfers: {},
  claimsRefused: 0,
  logBytes: 0,
  committedMs: [],
  served: 1000,
  allServedMs: null,
  ...fields,
});

const rowsOf = (steady: Steady[], returns: ReturnResult[] = []): readonly Row[] =>
  scale.tell({ steady, returns }).rows;
const rowOf = (rows: readonly Row[], words: string): Row | undefined =>
  rows.find(({ what }) => what.includes(words));

describe('cost by number of groups', () => {
  const one = steadyCase({});

  it('is flat when ten thousand groups cost at most a tenth more, for each placement', () => {
    const near = steadyCase({ groups: 10_000, reads: 1, readUnits: 1 });
    const far = steadyCase({ groups: 10_000, reads: 1, readUnits: 1, writeUnits: 2 });
    const verdict = (many: Steady): Row | undefined => rowOf(rowsOf([many, one]), 'cost of a heartbeat');
    expect(verdict(near)).toMatchObject({ reached: true, target: '≤ ×1.10' });
    expect(verdict(far)).toMatchObject({ reached: false });
    const shared = [one, near].map((steady) => ({ ...steady, environments: 8 }));
    expect(rowsOf([one, near, ...shared]).filter(({ what }) => what.includes('cost of a'))).toHaveLength(2);
  });

  it('compares latencies with those of one group, and only with one environment', () => {
    const slow = { count: 1000, min: 2, median: 3, p99: 12, max: 20 };
    const rows = rowsOf([one, steadyCase({ groups: 100, latencyMs: slow })]);
    expect(rowOf(rows, 'handler with 100 groups')?.measured).toBe('p50 ×1.50, p99 ×3.00');
    const { tables = [] } = scale.tell({ steady: [one, steadyCase({ environments: 8 })], returns: [] });
    expect(tables[0]?.rows.map((row) => row.at(-2))).toEqual(['2.00 ms / 4.00 ms', '']);
  });

  it('gives the month of one group of two at each heartbeat', () => {
    const rows = rowsOf([one, steadyCase({ heartbeatMs: 10_000 }), steadyCase({ groups: 100 })]);
    expect(rowOf(rows, 'a heartbeat every 1 s')).toMatchObject({ measured: '$9.73', reached: true });
    expect(rowOf(rows, 'a heartbeat every 10 s')).toMatchObject({ measured: '$0.97', reached: true });
    expect(rowOf(rowsOf([steadyCase({ writeUnits: 2 })]), 'every 1 s')?.reached).toBe(false);
  });
});

describe('heartbeats without an answer', () => {
  it('are counted over all cases and must be none', () => {
    const row = rowOf(rowsOf([steadyCase({}), steadyCase({ failures: 2 })]), 'without an answer');
    expect(row).toMatchObject({ measured: '2 of 2,000', reached: false });
  });
});

describe('return', () => {
  it('is steady when the last of answers, refusals and dark VIPs is over', () => {
    const until = (fields: Partial<ReturnResult>): Row | undefined =>
      rowOf(rowsOf([], [returned(fields)]), 'until steady');
    expect(until({})).toMatchObject({ measured: '1.2 s', reached: true });
    expect(until({ lastRefusalMs: 5000 })?.measured).toBe('5.0 s');
    expect(until({ allServedMs: 61_000 })).toMatchObject({ measured: '61.0 s', reached: false });
  });

  it('wants a move for each dead holder and no other', () => {
    const moves = (fields: Partial<ReturnResult>): Row | undefined =>
      rowOf(rowsOf([], [returned(fields)]), ': moves');
    expect(moves({})).toMatchObject({ measured: '0', target: '0', reached: true });
    expect(moves({ transfers: { silence: 1 } })).toMatchObject({ reached: false });
    const dead = { dead: 150, transfers: { silence: 149, 'target-silent': 1 } };
    expect(moves(dead)).toMatchObject({ measured: '150', reached: true });
    expect(rowOf(rowsOf([], [returned({ served: 999 })]), 'every VIP')?.reached).toBe(false);
  });

  it('shows refusals by kind, and when the first, the hundredth and the last move were done', () => {
    const committedMs = Array.from({ length: 150 }, (_, index) => 10_000 + index * 100);
    const { tables = [] } = scale.tell({ steady: [], returns: [returned({ dead: 150, committedMs })] });
    const { head = [], rows = [] } = tables.at(-1) ?? {};
    const cell = (name: string): string | undefined => rows[0]?.[head.indexOf(name)];
    expect(cell('429 / 5xx')).toBe('500 / 1,500');
    expect(cell('moves committed after')).toBe('first 10.0 s, 100th 19.9 s, last 24.9 s');
  });
});
