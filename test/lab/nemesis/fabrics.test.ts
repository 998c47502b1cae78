// Proves that the checker judges each kind of VIP by what it is: routes table by table, an Elastic IP by what it stands on and
// within the time in which the gateway changed, and what no host sees by the time in which the arbiter looks.
import { describe, expect, it } from 'vitest';
import { check } from '../../../lab/nemesis/check/check.ts';
import { convergeMsMax, driftMs } from '../../../lab/nemesis/check/limits.ts';
import type { HistoryEvent, VipFacts } from '../../../lab/nemesis/history.ts';
import * as story from './story.ts';

const { ZERO, decision, heal, quiet, rest, round, start, strike } = story;
const OVERLAY = '10.99.0.1';
const PUBLIC = '203.0.113.5';
const PRIVATE = story.VIP;
const overlay: VipFacts = { address: OVERLAY, fabric: 'route', isBound: true, table: 100 };
const publicIp: VipFacts = { address: PUBLIC, fabric: 'elastic-ip', isBound: false };

const broken = (history: readonly HistoryEvent[]): string[] => [
  ...new Set(check(history).map(({ rule }) => rule)),
];

/** The kernel told of them in the order of their instants. */
const leads = (ms: number, vip: string, host: string | null, table?: number): HistoryEvent => ({
  kind: 'fabric',
  at: ZERO + ms,
  order: 10_000 + ms,
  vip,
  host,
  ...(table === undefined ? {} : { table }),
});
const stands = (since: number, ms: number, host: string | null, on: string | null): HistoryEvent => ({
  kind: 'associated',
  since: ZERO + since,
  at: ZERO + ms,
  vip: PUBLIC,
  private: on,
  host,
});
const answered = (vip: string, from: number, to: number, host: string): HistoryEvent => ({
  kind: 'answered',
  at: ZERO + from,
  to: ZERO + to,
  vip,
  host,
  answers: 100,
});
const dark = (vip: string, from: number, to: number): HistoryEvent => ({
  kind: 'dark',
  at: ZERO + from,
  to: ZERO + to,
  vip,
  lost: 1,
  before: 'host1',
  after: 'host1',
  stalled: false,
});

const opening = (vips: VipFacts[]): HistoryEvent[] => [
  leads(-1000, OVERLAY, 'host1', 100),
  leads(-1000, OVERLAY, 'host1', 101),
  leads(-1000, PRIVATE, 'host1'),
  stands(-1, -1, 'host1', vips.some(({ on }) => on !== undefined) ? PRIVATE : null),
  start('fenced', vips),
];
/** The group goes from host1 to host2 at 4 s, for a stop at 1 s that is healed at 5 s. */
const moved = (vips: VipFacts[], events: HistoryEvent[]): HistoryEvent[] => [
  ...opening(vips),
  round(1000),
  strike(1000, 'stop'),
  decision(4000, { reason: 'resign' }),
  ...events,
  decision(4050, { what: 'committed' }),
  heal(5000, 'stop'),
  quiet(5000),
  ...rest(9000),
  story.end(13_000),
];
/** Another hand at 1 s. */
const touched = (
  vips: VipFacts[],
  kind: 'route' | 'associate' | 'addr-del',
  struck: string[],
  events: HistoryEvent[],
  restMs = 9000,
): HistoryEvent[] => [
  ...opening(vips),
  round(1000),
  strike(1000, kind, { group: 'mysql', hosts: ['host2'], vips: struck }),
  heal(1500, kind, { hosts: ['host2'] }),
  quiet(1500),
  ...events,
  ...rest(restMs),
  story.end(restMs + 4000),
];

describe('a route', () => {
  const go = [leads(4020, OVERLAY, 'host2', 100), leads(4030, OVERLAY, 'host2', 101)];
  it('is moved table by table', () => {
    expect(check(moved([overlay], go))).toEqual([]);
  });
  it('is misled by any of its tables', () => {
    expect(broken(moved([overlay], [...go, leads(6000, OVERLAY, 'host3', 101)]))).toEqual(['fabric-follows']);
  });
  it('is answered by whom the table of the client names, whatever another table says', () => {
    const other = moved([overlay], [...go, answered(OVERLAY, 4100, 9000, 'host2')]);
    expect(check(other)).toEqual([]);
    const late = [leads(4020, OVERLAY, 'host2', 100), answered(OVERLAY, 0, 6000, 'host1')];
    expect(broken(moved([overlay], late))).toEqual(['wrong-host-answers']);
    const elsewhere = [leads(4020, OVERLAY, 'host2', 101), answered(OVERLAY, 0, 6000, 'host1')];
    expect(check(moved([overlay], elsewhere))).toEqual([]);
  });
  it('that another hand has moved may be dark until the sweep has come, and the rest may wait for it', () => {
    const back = (ms: number): HistoryEvent[] => [
      leads(1010, OVERLAY, 'host2', 100),
      leads(ms, OVERLAY, 'host1', 100),
      dark(OVERLAY, 1010, ms + 5),
    ];
    const limit = driftMs(overlay);
    expect(limit).toBeGreaterThan(driftMs(publicIp));
    expect(check(touched([overlay], 'route', [OVERLAY], back(limit - 1000), limit + 5000))).toEqual([]);
    expect(broken(touched([overlay], 'route', [OVERLAY], back(limit + 3000), limit + 8000))).toEqual([
      'unexplained-loss',
    ]);
    const group = {
      name: 'mysql',
      exclusive: false,
      heartbeatMs: 1000,
      leaseMs: 3000,
      holder: 'host1',
      epoch: 7,
    };
    const facts = [{ ...group, vips: [overlay] }];
    expect(convergeMsMax(facts, [overlay]) - convergeMsMax(facts, [])).toBe(limit);
  });
  it('that another hand has moved explains nothing of the other VIP of the group', () => {
    const history = touched([overlay, publicIp], 'route', [OVERLAY], [dark(PUBLIC, 1010, 3000)]);
    expect(broken(history)).toEqual(['unexplained-loss']);
  });
});

describe('an Elastic IP', () => {
  it('may be answered by either while the gateway changes, and by nobody else before or after', () => {
    // The lab noted the change between 4.0 and 6.0 s: a busy machine.
    const change = stands(4000, 6000, 'host2', '172.31.0.12');
    const by = (firstTo: number): HistoryEvent[] => [
      change,
      answered(PUBLIC, 0, firstTo, 'host1'),
      answered(PUBLIC, firstTo + 5, 13_000, 'host2'),
    ];
    for (const firstTo of [4100, 5000, 6200]) expect(check(moved([publicIp], by(firstTo)))).toEqual([]);
    expect(broken(moved([publicIp], by(3000)))).toEqual(['wrong-host-answers']);
    expect(broken(moved([publicIp], by(7000)))).toEqual(['wrong-host-answers']);
  });
  it('that nobody ordered elsewhere is told', () => {
    const history = moved([publicIp], [stands(4000, 4020, 'host3', '172.31.0.13')]);
    expect(broken(history)).toEqual(['fabric-follows']);
    const hand = [stands(1005, 1010, 'host2', '172.31.0.12'), stands(2000, 2010, 'host1', '172.31.0.11')];
    expect(check(touched([publicIp], 'associate', [PUBLIC], hand))).toEqual([]);
  });
  it('that is changed at rest is told', () => {
    const late = stands(10_000, 10_010, 'host2', '172.31.0.12');
    expect(broken(moved([publicIp], [late]))).toContain('calm');
  });

  const onPrivate: VipFacts = { ...publicIp, on: PRIVATE };
  const both = [{ address: PRIVATE, fabric: 'secondary-ip', isBound: true } as const, onPrivate];
  it('goes where the secondary IP goes that it stands on', () => {
    const go = [leads(4020, PRIVATE, 'host2'), answered(PUBLIC, 4100, 9000, 'host2')];
    expect(check(moved(both, go))).toEqual([]);
    const stays = [leads(4020, PRIVATE, 'host2'), answered(PUBLIC, 0, 9000, 'host1')];
    expect(broken(moved(both, stays))).toEqual(['wrong-host-answers']);
  });
  it('that was taken off its secondary IP does not follow that any more', () => {
    const history = touched(
      both,
      'associate',
      [PUBLIC],
      [
        stands(1005, 1010, 'host2', '172.31.0.12'),
        answered(PUBLIC, 1020, 2000, 'host2'),
        stands(2000, 2010, 'host1', PRIVATE),
        answered(PUBLIC, 2020, 9000, 'host1'),
      ],
    );
    expect(check(history)).toEqual([]);
  });
  it('is struck with the address that it stands on', () => {
    const loss = [dark(PUBLIC, 1000, 1600), dark(PRIVATE, 1000, 1600)];
    expect(check(touched(both, 'addr-del', [PRIVATE, PUBLIC], loss))).toEqual([]);
    expect(broken(touched(both, 'addr-del', [PRIVATE], loss))).toEqual(['unexplained-loss']);
  });
});
