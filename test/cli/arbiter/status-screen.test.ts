// Proves what the status of an arbiter says on a screen: warnings, marks, who is next, and in ASCII where that is all there is.

import { describe, expect, it } from 'vitest';
import {
  digestLines,
  exitCodeOf,
  groupLines,
  nextLines,
  statusLines,
} from '../../../cli/arbiter/status-screen.ts';
import {
  type GroupStatus,
  type MemberStatus,
  type StatusResponse,
  statusResponseSchema,
} from '../../../core/wire/admin.ts';
import type { Vip } from '../../../core/wire/names.ts';
import { nodeA, nodeB, nodeC } from '../../lambdas/fixtures.ts';
import { group, master, member, status } from './statuses.ts';

const look = (unicode: boolean) => ({ unicode, paint: (_style: unknown, text: string) => text });
const hosts = new Map([
  [nodeA, 'host1'],
  [nodeB, 'host2'],
]);
/** A quarter past eight, wherever this runs. */
const AT = new Date(2026, 10, 28, 8, 15).getTime();
const target = { name: 'lab 12ab', hosts };

describe('statusLines', () => {
  it('shows groups at rest and, once a holder, who takes over what', () => {
    const redis = group({
      name: 'redis',
      standby: null,
      next: null,
      health: 'degraded',
      members: [master()],
    });
    expect(statusLines(target, status([group(), redis]), look(true))).toEqual([
      'arbiter lab 12ab',
      'mysql  172.31.0.201  epoch 47  held 3d04h (silence)  fabric ✓',
      '  NODE   STATE     PRIO  BEAT  LEASE LEFT  CHECKS  VIP bound/fabric',
      '  host1  ● MASTER  200   0.4s  2.6s        ok      yes/yes',
      '  host2  ○ BACKUP  150   0.7s  -           ok      no/no',
      'redis  172.31.0.201  epoch 47  held 3d04h (silence)  fabric ✓  ⚠ NO STANDBY',
      '  NODE   STATE     PRIO  BEAT  LEASE LEFT  CHECKS  VIP bound/fabric',
      '  host1  ● MASTER  200   0.4s  2.6s        ok      yes/yes',
      'next if host1 dies: mysql → host2 in ≤3.2s + fabric; redis → nobody',
    ]);
  });

  it('says that there is no group, that the brake is on, or that it cannot be read', () => {
    expect(statusLines(target, status([]), look(true))).toEqual(['arbiter lab 12ab', 'no group is deployed']);
    expect(statusLines(target, status([], { engaged: true, leftMs: 100_000 }), look(false))[1]).toBe(
      '! BRAKE: too many groups moved at once; nobody is replaced for silence for 1m40s',
    );
    expect(statusLines(target, status([], null), look(false))[1]).toBe('! the brake cannot be read');
  });
});

describe('statusLines of an arbiter that tells more', () => {
  const detail = (down: readonly string[], fault: string | null = null, configHash = 'h') => ({
    ageMs: 60_000,
    fault,
    checks: ['mysqld', 'disk'].map((name) => ({ name, up: !down.includes(name) })),
    vips: [],
    configHash,
  });
  const fabric = { ageMs: 12_000, confirmed: true, vips: [] };
  const mysql = group({
    members: [master({ leaseMinMs: 1900, detail: detail([]) }), member({ detail: detail([]) })],
    mode: 'enforce',
    fabric,
  });
  const screen = (said: Partial<StatusResponse>): string[] =>
    statusLines(target, statusResponseSchema.parse({ ...status([mysql]), at: AT, ...said }), look(true));

  it('is as an operator wants it at three in the morning', () => {
    const redis = group({
      name: 'redis',
      health: 'degraded',
      standby: null,
      next: null,
      members: [
        master({ detail: detail([]) }),
        member({ state: 'FAULT', health: 'fault', detail: detail(['mysqld'], 'mysqld: time-out') }),
      ],
      mode: 'enforce',
      fabric,
    });
    expect(screen({ groups: [mysql, redis], arbiter: 'Ha', sweep: { ageMs: 12_000 } })).toEqual([
      'arbiter lab 12ab  Ha  ENFORCE  last sweep 12s ago',
      'mysql  172.31.0.201  epoch 47  held 3d04h (silence)  fabric ✓ confirmed 12s ago',
      '  NODE   STATE     PRIO  BEAT  LEASE LEFT       CHECKS           VIP bound/fabric',
      '  host1  ● MASTER  200   0.4s  2.6s (min 1.9s)  mysqld ✓ disk ✓  yes/yes',
      '  host2  ○ BACKUP  150   0.7s  -                mysqld ✓ disk ✓  no/no',
      'redis  172.31.0.201  epoch 47  held 3d04h (silence)  fabric ✓ confirmed 12s ago  ⚠ NO STANDBY  host2 FAULT: mysqld: time-out since 08:14',
      '  NODE   STATE     PRIO  BEAT  LEASE LEFT  CHECKS           VIP bound/fabric',
      '  host1  ● MASTER  200   0.4s  2.6s        mysqld ✓ disk ✓  yes/yes',
      '  host2  ✗ FAULT   150   0.7s  -           mysqld ✗ disk ✓  no/no',
      'next if host1 dies: mysql → host2 in ≤3.2s + fabric; redis → nobody',
    ]);
  });

  it('warns of a sweep that does not come', () => {
    const beats = { perSecond: 2, p99Ms: 41.4 };
    const alarming = [{ name: 'mysql-Drift', reason: '1 datapoint was 1.0' }];
    const told = screen({ sweep: null, pulse: { beats, alarms: { known: 12, alarming } } });
    expect(told[0]).toBe('arbiter lab 12ab  ENFORCE  ⚠ no sweep yet  beats 2.0/s  p99 41ms');
    expect(told[1]).toBe('⚠ ALARM mysql-Drift: 1 datapoint was 1.0');
    expect(screen({ sweep: null })[0]).toBe('arbiter lab 12ab  ENFORCE  ⚠ no sweep yet');
    expect(screen({ sweep: { ageMs: 200_000 } })[0]).toBe(
      'arbiter lab 12ab  ENFORCE  ⚠ last sweep 3m20s ago',
    );
  });

  it('tells the mode of each group where they differ', () => {
    const groups = [mysql, group({ name: 'redis', mode: 'observe' })];
    const lines = screen({ groups });
    expect(lines[0]).toBe('arbiter lab 12ab');
    expect(lines[1]).toMatch(/ago {2}ENFORCE$/u);
    expect(lines[5]).toMatch(/fabric ✓ {2}OBSERVE$/u);
  });

  it('says where the cloud has a VIP instead, and takes no look from before the last move for it', () => {
    const at = { address: '172.31.0.201', eni: 'eni-0b000000000000002', node: nodeB };
    const elsewhere = { ageMs: 5000, confirmed: false, vips: [at] };
    const lineOf = (fields: Partial<GroupStatus>): string => screen({ groups: [group(fields)] })[1] ?? '';
    expect(lineOf({ fabric: elsewhere, transferMs: 60_000 })).toMatch(
      /fabric ✗ 172\.31\.0\.201 at host2 5\.0s ago$/u,
    );
    expect(lineOf({ fabric: { ...elsewhere, vips: [{ ...at, node: null }] } })).toContain(
      '172.31.0.201 at eni-0b000000000000002',
    );
    expect(lineOf({ fabric: elsewhere, transferMs: 2000 })).toMatch(/fabric ✓$/u);
  });

  it('remarks on a fault that costs no standby, on VIPs apart, and on another configuration', () => {
    const apart = [
      { address: '172.31.0.201', bound: true, inFabric: true },
      { address: '172.31.0.202', bound: false, inFabric: true },
    ];
    const members = [
      master({ detail: { ...detail([]), vips: apart } }),
      member({ detail: detail([], null, 'old') }),
      member({ node: nodeC, state: 'FAULT', health: 'fault', detail: detail(['disk']) }),
    ];
    expect(groupLines(group({ members }), hosts, look(true), AT).slice(5)).toEqual([
      `  ${nodeC} FAULT: disk since 08:14`,
      '  host1: 172.31.0.201 bound, in the fabric; 172.31.0.202 not bound, in the fabric',
      '  not running the configuration that was deployed: host2',
    ]);
  });

  it('says of a VIP only what its host can know: where a route leads nobody sees, and nobody binds an Elastic IP', () => {
    const overlay: Vip = { address: '10.99.0.1', fabric: 'route', tables: ['rtb-00000001'] };
    const elastic: Vip = {
      address: '203.0.113.5',
      fabric: 'elastic-ip',
      allocation: 'eipalloc-00000001',
    };
    const seen = (bound: boolean, inFabric: boolean) => [
      { address: overlay.address, bound, inFabric: null },
      { address: elastic.address, bound: false, inFabric },
      { address: '172.31.0.201', bound: true, inFabric: true },
    ];
    const remarks = (vips: ReturnType<typeof seen>): string[] => {
      const members = [master({ inFabric: true, detail: { ...detail([]), vips } })];
      return groupLines(group({ vips: [overlay, elastic], members }), hosts, look(true), AT).slice(3);
    };
    expect(remarks(seen(true, true))).toEqual([]);
    expect(remarks(seen(false, false))).toEqual([
      '  host1: 10.99.0.1 not bound; 203.0.113.5 not in the fabric; 172.31.0.201 bound, in the fabric',
    ]);
  });

  it('has nothing to say of the fabric where no host sees it', () => {
    const members = [master({ inFabric: null })];
    expect(groupLines(group({ members }), hosts, look(true), AT)[0]).not.toContain('fabric');
  });
});

describe('groupLines', () => {
  const lineOf = (fields: Partial<GroupStatus>): string =>
    groupLines(group(fields), hosts, look(false), AT)[0] ?? '';
  const rowOf = (fields: Partial<MemberStatus>): string =>
    groupLines(group({ members: [master(), member(fields)] }), hosts, look(false), AT)[3] ?? '';

  it.each<[string, Partial<GroupStatus>]>([
    ['fabric x  ! NOT SERVED', { health: 'down', members: [master({ inFabric: false })] }],
    ['fabric ok  ! MOVING', { health: 'down', phase: 'moving' }],
    ['vacant 3d04h (silence)  ! NO HOLDER', { health: 'down', phase: 'vacant', holder: null }],
    ['! PAUSED', { paused: true, next: null }],
    ['! PAUSED  ! NO STANDBY', { paused: true, standby: null, next: null }],
  ])('warns: %s', (words, fields) => {
    expect(lineOf(fields)).toMatch(new RegExp(`${RegExp.escape(words)}$`, 'u'));
  });

  it.each<[string, Partial<MemberStatus>]>([
    ['  host2  o BACKUP drained  150   0.7s  -           ok      no/no', { drained: true }],
    ['  host2  o BACKUP banned 41s  150   0.7s  -           ok      no/no', { bannedMs: 41_000 }],
    [
      '  host2  o BACKUP refused by beforeMaster 41s  150   0.7s  -           ok      no/no',
      { bannedMs: 41_000, bannedWhy: 'refused' },
    ],
    ['  host2  o BACKUP hears nothing  150   0.7s  -           ok      no/no', { deaf: true }],
    ['  host2  x FAULT   150   0.7s  -           fault   no/no', { state: 'FAULT', health: 'fault' }],
    ['  host2  x SILENT  150   12s   -           ok      ?/?', { state: 'SILENT', beatAgeMs: 12_000 }],
    ['  host2  o left    150   0.7s  -           ok      no/no', { state: 'LEFT' }],
    [
      '  host2  o BACKUP  140   0.7s  -           ok less disk  no/no',
      { priority: 140, degradedBy: ['disk'] },
    ],
    [
      '  host2  o never seen  -     -     -           -       ?/?',
      { state: 'UNSEEN', priority: null, health: null, bound: null, inFabric: null, beatAgeMs: null },
    ],
  ])('%s', (row, fields) => {
    expect(rowOf(fields)).toBe(row);
  });

  it('remarks on what nobody may have noticed', () => {
    const lines = groupLines(
      group({ handover: { to: nodeB, ageMs: 300 }, repairs: 2, transfers: 3 }),
      hosts,
      look(false),
      AT,
    );
    expect(lines.slice(4)).toEqual([
      '  failover to host2 ordered 0.3s ago',
      '  moved back 2 times after another hand had moved it',
      '  4 changes of holder, each within an hour of the one before',
    ]);
  });

  it('shows a group that cannot be read with the reason', () => {
    const failure = { name: 'mysql', error: { code: 'CorruptItem', message: 'does not parse' } };
    expect(groupLines(failure, hosts, look(false), AT)).toEqual(['mysql  ! CorruptItem: does not parse']);
  });
});

describe('nextLines', () => {
  it('has a line for each holder, and says why nobody follows', () => {
    const groups = [
      group(),
      group({ name: 'redis', holder: nodeC, exclusive: true, leaseMs: 5000 }),
      group({ name: 'web', paused: true, next: null }),
    ];
    expect(nextLines(groups, hosts, look(false))).toEqual([
      'next if host1 dies: mysql -> host2 in <=3.2s + fabric; web -> nobody (paused)',
      `next if ${nodeC} dies: redis -> host2 in <=5.4s + fabric`,
    ]);
  });
});

describe('digestLines', () => {
  it('changes only when something happened: no ages', () => {
    const failure = { name: 'x', error: { code: 'CorruptItem', message: '' } };
    const vacant = group({
      name: 'web',
      health: 'down',
      phase: 'vacant',
      holder: null,
      paused: true,
      members: [],
    });
    expect(digestLines(target, status([group(), vacant, failure]))).toEqual([
      'mysql: ok, epoch 47 held, held by host1 (host1 MASTER, host2 BACKUP)',
      'web: down, paused, epoch 47 vacant, held by nobody ()',
      'x: CorruptItem',
    ]);
  });
});

describe('exitCodeOf', () => {
  it('is that of the worst group', () => {
    const failure = { name: 'x', error: { code: 'CorruptItem', message: '' } };
    expect(exitCodeOf({ groups: [] })).toBe(0);
    expect(exitCodeOf({ groups: [group(), group({ health: 'degraded' })] })).toBe(1);
    expect(exitCodeOf({ groups: [group({ health: 'down' }), group()] })).toBe(2);
    expect(exitCodeOf({ groups: [group(), failure] })).toBe(2);
  });
});

describe('a group that observes', () => {
  const lines = (over: Partial<GroupStatus>): string =>
    statusLines(target, status([group({ mode: 'observe', ...over })]), look(true)).join('\n');
  it.each([
    [null, 'observes: would change nothing'],
    [{ to: nodeB, reason: 'fault', forMs: 4200 }, 'observes: would move it to host2 (fault), for 4.2s now'],
    [
      { to: nodeA, reason: 'drift', forMs: 4200 },
      'observes: would move it back to host1 (drift), for 4.2s now',
    ],
  ])('says what it would do: %j', (would, words) => {
    expect(lines({ would })).toContain(`  ${words}`);
    expect(lines({ would })).toContain('(would; it observes)');
  });
});
