// Proves what the status says and ends with: ok, degraded without a standby, down without somebody who serves.
import { describe, expect, it } from 'vitest';
import { exitCodeOf, healthOf, statusLines } from '../../../cli/lab/status-screen.ts';
import { group, labInfo, labStatus, member } from '../../lab/scenario/fixtures.ts';

const look = (unicode: boolean) => ({ unicode, paint: (_style: unknown, text: string) => text });

describe('healthOf', () => {
  it.each([
    ['a holder that serves and a standby', {}, 'ok'],
    ['no standby', { members: [member(1, 'MASTER')] }, 'degraded'],
    [
      'a standby in FAULT',
      { members: [member(1, 'MASTER'), member(2, 'FAULT', { health: 'fault' })] },
      'degraded',
    ],
    ['no standby but a drained one', { drained: ['host2'] }, 'degraded'],
    ['a drained holder that still serves', { drained: ['host1'] }, 'ok'],
    ['a silent standby', { members: [member(1, 'MASTER'), member(2, 'SILENT')] }, 'degraded'],
    ['a silent holder', { members: [member(1, 'SILENT'), member(2, 'BACKUP')] }, 'down'],
    ['no holder', { holder: null, holderHost: null, phase: 'vacant' }, 'down'],
    ['a fabric that delivers elsewhere', { vips: [{ address: 'x', fabric: 'f', owner: 'host2' }] }, 'down'],
    ['a fabric that delivers nowhere', { vips: [{ address: 'x', fabric: 'f', owner: null }] }, 'down'],
  ])('%s', (_name, change, health) => {
    expect(healthOf(group(change))).toBe(health);
  });

  it('makes the exit code of the worst group', () => {
    const status = { ...labStatus(), groups: [group(), group({ members: [member(1, 'MASTER')] })] };
    expect(exitCodeOf(status)).toBe(1);
    expect(exitCodeOf({ ...status, groups: [...status.groups, group({ holder: null })] })).toBe(2);
    expect(exitCodeOf(labStatus())).toBe(0);
  });
});

describe('statusLines', () => {
  it('shows a lab at rest', () => {
    expect(statusLines(labInfo(), labStatus(), look(true), 1_065_000)).toEqual([
      'lab 12ab  root  2 hosts  up 1m05s',
      'demo  172.31.0.201  epoch 1  held (first)  fabric → host1 ✓',
      '  HOST   STATE     PRIO  BEAT  HEALTH  VIP bound/fabric',
      '  host1  ● MASTER  200   0.4s  ok      yes/yes',
      '  host2  ○ BACKUP  150   0.4s  ok      no/no',
      '  next if host1 dies: host2',
    ]);
  });

  it('shows in ASCII what is wrong, and the faults in force', () => {
    const status = labStatus({ members: [member(1, 'MASTER'), member(2, 'SILENT', { ageMs: 12_000 })] });
    status.faults.push({ id: 'f1', kind: 'kill', targets: ['host2'], startedAt: 0, until: 1_003_200 });
    const lines = statusLines(labInfo(), status, look(false), 1_000_000);
    expect(lines).toContain('demo  172.31.0.201  epoch 1  held (first)  fabric -> host1 ok  ! NO STANDBY');
    expect(lines).toContain('  host2  x SILENT  150   12s   ok      ?/?');
    expect(lines).toContain('  next if host1 dies: nobody');
    expect(lines.slice(-2)).toEqual(['faults', '  f1  kill host2  3.2s left']);
  });

  it('shows a new lab as one that has no holder yet', () => {
    const status = labStatus({
      holder: null,
      holderHost: null,
      phase: 'vacant',
      vips: [{ address: 'x', fabric: 'f', owner: null }],
    });
    expect(statusLines(labInfo(), status, look(false), 1_000_000)[1]).toContain('! NO HOLDER YET');
  });

  it('shows what an operator has ordered', () => {
    const status = labStatus({ paused: true, drained: ['host2'] });
    expect(statusLines(labInfo(), status, look(true), 1_000_000).slice(1)).toEqual([
      'demo  172.31.0.201  epoch 1  held (first)  fabric → host1 ✓  ⚠ NO STANDBY  ⚠ PAUSED',
      '  HOST   STATE             PRIO  BEAT  HEALTH  VIP bound/fabric',
      '  host1  ● MASTER          200   0.4s  ok      yes/yes',
      '  host2  ○ BACKUP drained  150   0.4s  ok      no/no',
      '  paused: if host1 dies, nobody takes over',
    ]);
  });

  it('shows a holder that was asked to let go', () => {
    const asked = labStatus({ phase: 'releasing', reason: 'operator' });
    expect(statusLines(labInfo(), asked, look(false), 1_000_000)[1]).toContain('releasing (operator)');
    const bound = [member(1, 'SILENT'), member(2, 'BACKUP')];
    const silent = labStatus({ phase: 'releasing', members: bound });
    expect(statusLines(labInfo(), silent, look(false), 1_000_000)[1]).toContain('! BEING RELEASED');
  });
});
