// Proves what doctor makes of each thing that an arbiter can say of its groups. The statuses are made up; the command is tested beside.
import { describe, expect, it } from 'vitest';
import { groupFindings } from '../../../cli/doctor/check-groups.ts';
import type { StatusResponse } from '../../../core/wire/admin.ts';
import { configHashOf } from '../../../core/wire/compile.ts';
import { type KeepaloftFile, keepaloftFileSchema } from '../../../core/wire/config.ts';
import { nodeA, nodeB } from '../../lambdas/fixtures.ts';
import { group, master, member, status } from '../arbiter/statuses.ts';

const codes = (said: StatusResponse, file?: KeepaloftFile): string[] =>
  groupFindings(said, file)
    .filter(({ verdict }) => verdict !== 'ok')
    .map(({ verdict, code, about }) => `${verdict} ${code} ${about ?? ''}`.trim());
const of = (...members: Parameters<typeof member>[0][]) =>
  status([group({ members: [master(), ...members.map(member)] })]);

describe('doctor on groups', () => {
  it('finds a held group with a standby well', () => {
    const [finding, ...others] = groupFindings(status([group()]), undefined);
    expect([finding, others]).toMatchObject([
      { verdict: 'ok', code: 'served', message: `held by ${nodeA}, ${nodeB} would take over` },
      [],
    ]);
  });

  it.each([
    ['not-served', { health: 'down', phase: 'vacant', holder: null }, ['bad not-served mysql']],
    ['paused', { paused: true, next: null, health: 'degraded' }, ['warn paused mysql']],
    ['no-standby', { standby: null, next: null, health: 'degraded' }, ['warn no-standby mysql']],
  ] as const)('%s', (_what, fields, told) => {
    expect(codes(status([group(fields)]))).toEqual(told);
  });

  it.each([
    ['member-fault', { state: 'FAULT', health: 'fault' }, 'warn'],
    ['member-silent', { state: 'SILENT' }, 'warn'],
    ['member-unseen', { state: 'UNSEEN', bound: null, inFabric: null }, 'warn'],
    ['member-left', { state: 'LEFT' }, 'warn'],
    ['member-drained', { drained: true }, 'warn'],
    ['member-deaf', { deaf: true }, 'bad'],
    ['member-banned', { bannedMs: 20_000 }, 'warn'],
    ['member-degraded', { degradedBy: ['disk'] }, 'warn'],
    ['vip-bound-twice', { bound: true }, 'bad'],
    ['fabric-elsewhere', { inFabric: true }, 'bad'],
  ] as const)('%s', (code, fields, verdict) => {
    const degradedBy = 'degradedBy' in fields ? [...fields.degradedBy] : [];
    expect(codes(of({ ...fields, degradedBy }))).toEqual([`${verdict} ${code} mysql ${nodeB}`]);
  });

  it('config-differs: a member that has not been given what was deployed', () => {
    const detail = { ageMs: 0, fault: null, checks: [], vips: [], configHash: 'old' };
    expect(codes(of({ detail }))).toEqual([`warn config-differs mysql ${nodeB}`]);
    expect(codes(of({ detail: { ...detail, configHash: 'h' } }))).toEqual([]);
  });

  it('sweep-missing: never, or not for three minutes', () => {
    expect(codes({ ...status([group()]), sweep: null })).toEqual(['warn sweep-missing']);
    expect(codes({ ...status([group()]), sweep: { ageMs: 181_000 } })).toEqual(['warn sweep-missing']);
    expect(codes({ ...status([group()]), sweep: { ageMs: 60_000 } })).toEqual([]);
  });

  it('fabric-elsewhere: away from the holder', () => {
    const away = group({ members: [master({ inFabric: false }), member()] });
    expect(codes(status([away]))).toEqual([`bad fabric-elsewhere mysql ${nodeA}`]);
  });

  it('takes no silent member, and no group on its way, at its last word', () => {
    expect(codes(of({ state: 'SILENT', bound: true, inFabric: true }))).toEqual([
      `warn member-silent mysql ${nodeB}`,
    ]);
    const moving = group({
      phase: 'moving',
      members: [master({ inFabric: false }), member({ bound: true })],
    });
    expect(codes(status([moving]))).toEqual([]);
  });

  it('group-unreadable, brake-engaged, brake-unreadable, no-group', () => {
    const error = { code: 'CorruptItem', message: 'the item cannot be read' };
    expect(codes(status([{ name: 'mysql', error }]))).toEqual(['bad group-unreadable mysql']);
    expect(codes(status([group()], { engaged: true, leftMs: 90_000 }))).toEqual(['bad brake-engaged']);
    expect(codes(status([group()], null))).toEqual(['warn brake-unreadable']);
    expect(codes(status([]))).toEqual(['warn no-group']);
  });
});

describe('doctor on a file beside what is deployed', () => {
  const file = keepaloftFileSchema.parse({
    version: 1,
    groups: {
      mysql: {
        vips: [{ address: '172.31.0.201', fabric: 'secondary-ip' }],
        members: [{ instance: nodeA }, { instance: nodeB }],
      },
    },
  });
  const hash = file.groups['mysql'] === undefined ? '' : configHashOf(file.groups['mysql']);

  it('finds nothing when they are the same', () => {
    expect(codes(status([group({ configHash: hash })]), file)).toEqual([]);
  });

  it('group-differs, group-not-deployed, group-not-in-file', () => {
    expect(codes(status([group({ configHash: 'another' })]), file)).toEqual(['warn group-differs mysql']);
    expect(codes(status([group({ name: 'redis' })]), file)).toEqual([
      'bad group-not-deployed mysql',
      'warn group-not-in-file redis',
    ]);
  });
});
