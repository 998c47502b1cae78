// Proves how decisions read: an epoch after the other, each step with its time and what it means.
import { describe, expect, it } from 'vitest';
import { historyLines } from '../../../cli/arbiter/history-screen.ts';
import { epochMs } from '../../../core/time.ts';
import type { HistoryEvent } from '../../../core/wire/admin.ts';
import { nodeA, nodeB } from '../../lambdas/fixtures.ts';

const look = { unicode: true, paint: (_style: unknown, text: string) => text };
const hosts = new Map([
  [nodeA, 'host1'],
  [nodeB, 'host2'],
]);
const AT = Date.UTC(2026, 10, 28, 8, 14, 5, 101);
const event = (type: string, afterMs: number, fields: Partial<HistoryEvent> = {}): HistoryEvent => ({
  type,
  epoch: 47,
  from: null,
  to: nodeB,
  reason: 'silence',
  at: epochMs(AT + afterMs),
  ...fields,
});
const linesOf = (...events: HistoryEvent[]): string[] => historyLines(events.toReversed(), hosts, look);

describe('historyLines', () => {
  it('tells a failover from its order to its commit', () => {
    const by = 'arn:aws:iam::111122223333:user/ops';
    expect(
      linesOf(
        event('operator', -60_000, {
          epoch: 46,
          to: nodeA,
          reason: 'upgrade',
          detail: { command: `drain ${nodeB}`, by },
        }),
        event('transfer', 0, { from: nodeA, detail: { lastBeatAgeMs: 3012 } }),
        event('move-failed', 250, { detail: { code: 'RequestLimitExceeded', permanent: false, attempt: 1 } }),
        event('committed', 1254, { detail: { moveMs: 812, attempt: 2 } }),
        event('drift', 90_000_000, { detail: { owners: '172.31.0.201 eni-0a' } }),
      ),
    ).toEqual([
      '#47  host1 → host2  silence  took 4.27s  2026-11-28 08:14:05.101Z',
      '  0.000   last beat    ▌                               of host1',
      '  3.012   transfer                          ▌          silence: nothing from host1 for 3.01s',
      '  3.262   move-failed                        ▌         RequestLimitExceeded',
      '  4.266   committed                            █████   the fabric answered after 0.81s, attempt 2',
      '  +1d01h  drift                                        found at 172.31.0.201 eni-0a, moved back',
      '#46  held by host1  2026-11-28 08:13:05.101Z',
      `  0.000  operator  drain host2: upgrade (${by})`,
    ]);
  });

  it('tells of candidates that were asked first, and how long their hooks took', () => {
    expect(
      linesOf(
        event('preparing', 0, { epoch: 48, from: nodeA }),
        event('not-prepared', 40, { epoch: 48, reason: 'refused by beforeMaster', detail: { hookMs: 30 } }),
        event('preparing', 50, { epoch: 49, from: nodeB, to: nodeA }),
        event('prepared', 400, { epoch: 49, from: nodeB, to: nodeA, detail: { hookMs: 310 } }),
        event('transfer', 400, {
          epoch: 49,
          from: nodeB,
          to: nodeA,
          detail: { lastBeatAgeMs: 3400, hookMs: 310, previousEpoch: 47 },
        }),
        event('committed', 700, { epoch: 49, from: nodeB, to: nodeA, detail: { moveMs: 300 } }),
      ).map((line) => line.replaceAll(/[▌█ ]+/gu, ' ')),
    ).toEqual([
      '#49 host2 → host1 silence took 3.70s 2026-11-28 08:14:05.151Z',
      ' 0.000 last beat of host2',
      ' 3.050 preparing host1 is asked first: silence',
      ' 3.400 prepared beforeMaster of host1: 0, 0.31s',
      ' 3.400 transfer silence: nothing from host2 for 3.40s',
      ' 3.700 committed the fabric answered after 0.30s',
      '#48 asked for, and not used 2026-11-28 08:14:05.101Z',
      ' 0.000 preparing host2 is asked first: silence',
      ' 0.040 not-prepared host2: refused by beforeMaster, 0.03s',
    ]);
  });

  it('tells the first holder, the last one leaving, and what is not known yet', () => {
    const kept = 'the holder keeps it';
    const lines = linesOf(
      event('transfer', 0, { epoch: 1, reason: 'first' }),
      event('something-new', 5, { epoch: 2, to: null, reason: kept }),
    );
    expect(lines).toEqual([
      '#2  held by nobody  2026-11-28 08:14:05.106Z',
      `  0.000  something-new  ${kept}`,
      '#1  nobody → host2  first  2026-11-28 08:14:05.101Z',
      '  0.000  transfer  first',
    ]);
  });

  it('says of a move that failed for good that it did', () => {
    const failed = event('move-failed', 0, { detail: { code: 'NotFound', permanent: true, attempt: 3 } });
    expect(linesOf(failed)[1]).toBe('  0.000  move-failed  NotFound, for good, attempt 3');
  });

  it('draws in what the terminal has, and nothing of a single moment', () => {
    const plain = { ...look, unicode: false };
    const events = [
      event('committed', 100, { detail: { moveMs: 100 } }),
      event('transfer', 0, { from: nodeA }),
    ];
    expect(historyLines(events, hosts, plain)).toEqual([
      '#47  host1 -> host2  silence  took 0.10s  2026-11-28 08:14:05.101Z',
      '  0.000  transfer   |                               silence',
      '  0.100  committed  #############################   the fabric answered after 0.10s',
    ]);
    expect(linesOf(event('transfer', 0, { from: nodeA }))).toEqual([
      '#47  host1 → host2  silence  2026-11-28 08:14:05.101Z',
      '  0.000  transfer  silence',
    ]);
  });

  it('of a new group is empty in words', () => {
    expect(historyLines([], hosts, look)).toEqual(['nothing has been decided yet']);
  });
});
