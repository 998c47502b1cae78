// Proves what the status of an arbiter says on a screen: warnings, marks, who is next, and in ASCII where that is all there is.
import { describe, expect, it } from 'vitest';
import {
  digestLines,
  exitCodeOf,
  groupLines,
  nextLines,
  statusLines,
} from '../../../cli/arbiter/status-screen.ts';
import type { GroupStatus, MemberStatus } from '../../../core/wire/admin.ts';
import { nodeA, nodeB, nodeC } from '../../lambdas/fixtures.ts';
import { group, master, member, status } from './statuses.ts';

const look = (unicode: boolean) => ({ unicode, paint: (_style: unknown, text: string) => text });
const hosts = new Map([
  [nodeA, 'host1'],
  [nodeB, 'host2'],
]);
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
      '  NODE   STATE     PRIO  BEAT  LEASE LEFT  HEALTH  VIP bound/fabric',
      '  host1  ● MASTER  200   0.4s  2.6s        ok      yes/yes',
      '  host2  ○ BACKUP  150   0.7s  -           ok      no/no',
      'redis  172.31.0.201  epoch 47  held 3d04h (silence)  fabric ✓  ⚠ NO STANDBY',
      '  NODE   STATE     PRIO  BEAT  LEASE LEFT  HEALTH  VIP bound/fabric',
      '  host1  ● MASTER  200   0.4s  2.6s        ok      yes/yes',
      'next if host1 dies: mysql → host2 after 3.0s of silence; redis → nobody',
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

describe('groupLines', () => {
  const lineOf = (fields: Partial<GroupStatus>): string =>
    groupLines(group(fields), hosts, look(false))[0] ?? '';
  const rowOf = (fields: Partial<MemberStatus>): string =>
    groupLines(group({ members: [master(), member(fields)] }), hosts, look(false))[3] ?? '';

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
    );
    expect(lines.slice(4)).toEqual([
      '  failover to host2 ordered 0.3s ago',
      '  moved back 2 times after another hand had moved it',
      '  4 changes of holder, each within an hour of the one before',
    ]);
  });

  it('shows a group that cannot be read with the reason', () => {
    const failure = { name: 'mysql', error: { code: 'CorruptItem', message: 'does not parse' } };
    expect(groupLines(failure, hosts, look(false))).toEqual(['mysql  ! CorruptItem: does not parse']);
  });
});

describe('nextLines', () => {
  it('has a line for each holder, and says why nobody follows', () => {
    const groups = [
      group(),
      group({ name: 'redis', holder: nodeC }),
      group({ name: 'web', paused: true, next: null }),
    ];
    expect(nextLines(groups, hosts, look(false))).toEqual([
      'next if host1 dies: mysql -> host2 after 3.0s of silence; web -> nobody (paused)',
      `next if ${nodeC} dies: redis -> host2 after 3.0s of silence`,
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
