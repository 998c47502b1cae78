// Proves what is told of a group: how it fares, each member's state, and who takes over if the holder dies.
import { describe, expect, it } from 'vitest';
import { after, epochMs } from '../../../core/time.ts';
import { type GroupStatus, groupStatusSchema } from '../../../core/wire/admin.ts';
import {
  type GroupConfig,
  type GroupState,
  groupStateSchema,
  type MemberState,
  memberStateSchema,
} from '../../../core/wire/item.ts';
import { type Beside, groupStatus } from '../../../lambdas/admin/status.ts';
import { config, eniA, eniB, HASH, nodeA, nodeB, nodeC, stranger, VIP } from '../fixtures.ts';

const now = epochMs(1_800_000_000_000);
const ago = (ms: number) => after(now, -ms);

const member = (fields: Partial<MemberState> = {}): MemberState =>
  memberStateSchema.parse({
    boot: 7,
    seq: 42,
    at: ago(400),
    priority: 100,
    health: 'ok',
    bound: false,
    inFabric: false,
    holdMs: 0,
    okSince: ago(60_000),
    ...fields,
  });
const holder = (fields: Partial<MemberState> = {}): MemberState =>
  member({ priority: 200, bound: true, inFabric: true, ...fields });

const look = (
  fields: Partial<GroupState> = {},
  over: Partial<GroupConfig> = {},
  beside: Beside = {},
): GroupStatus => {
  const state = groupStateSchema.parse({
    group: 'mysql',
    rev: 900,
    nonce: 'n',
    configHash: HASH,
    epoch: 47,
    holder: nodeA,
    phase: 'held',
    phaseAt: ago(3_600_000),
    reason: 'silence',
    members: { [nodeA]: holder(), [nodeB]: member({ priority: 150 }) },
    ...fields,
  });
  // What goes out must be what the command understands.
  return groupStatusSchema.parse(groupStatus(state, { ...config, ...over }, now, beside));
};
const withMembers = (members: GroupState['members']): Partial<GroupState> => ({ members });
const stateOf = (status: GroupStatus, node: string) => status.members.find((one) => one.node === node);

describe('a group at rest', () => {
  it('is told with everything that the item holds, as ages', () => {
    const { members, ...group } = look({ transferAt: ago(7000), transfers: 1, repairs: 2 });
    expect(group).toEqual({
      name: 'mysql',
      mode: 'enforce',
      would: null,
      health: 'ok',
      epoch: 47,
      phase: 'held',
      phaseMs: 3_600_000,
      holder: nodeA,
      reason: 'silence',
      rev: 900,
      configHash: HASH,
      exclusive: false,
      heartbeatMs: 1000,
      leaseMs: 3000,
      vips: config.vips,
      standby: nodeB,
      next: nodeB,
      paused: false,
      handover: null,
      transferMs: 7000,
      transfers: 1,
      repairs: 2,
      fabric: null,
    });
    expect(members[0]).toEqual({
      node: nodeA,
      eni: 'eni-0a000000000000001',
      address: '172.31.0.11',
      state: 'MASTER',
      drained: false,
      bannedMs: null,
      deaf: false,
      basePriority: 200,
      priority: 200,
      health: 'ok',
      degradedBy: [],
      bound: true,
      inFabric: true,
      boot: 7,
      seq: 42,
      beatAgeMs: 400,
      leaseLeftMs: 2600,
      leaseMinMs: null,
      machine: null,
      detail: null,
    });
    expect(members[1]).toMatchObject({ state: 'BACKUP', leaseLeftMs: null, priority: 150 });
    expect(members[2]).toMatchObject({ node: nodeC, state: 'UNSEEN', priority: null, beatAgeMs: null });
  });

  it('an exclusive holder has what its last heartbeat was granted', () => {
    const status = look(withMembers({ [nodeA]: holder({ holdMs: 4700 }), [nodeB]: member() }), {
      exclusive: true,
    });
    expect(stateOf(status, nodeA)?.leaseLeftMs).toBe(4300);
  });
});

describe('what stands beside the state', () => {
  const detail = {
    boot: 7,
    seq: 40,
    at: ago(8000),
    configHash: 'old',
    down: ['redis'],
    fault: 'check redis: timeout',
    vips: { [VIP]: { bound: true, inFabric: false } },
  };
  const details = new Map([[nodeB, detail]]);

  it('is told of the member that says it: checks in their order, VIPs, the fault and since when', () => {
    const status = look({}, { checks: ['mysqld', 'redis'] }, { details });
    expect(stateOf(status, nodeB)?.detail).toEqual({
      ageMs: 8000,
      fault: 'check redis: timeout',
      checks: [
        { name: 'mysqld', up: true },
        { name: 'redis', up: false },
      ],
      vips: [{ address: VIP, bound: true, inFabric: false }],
      configHash: 'old',
    });
    expect(stateOf(status, nodeA)?.detail).toBeNull();
  });

  it('names a failing check that the configuration does not know, and VIPs that were not told as absent', () => {
    const vips = [...config.vips, { address: '172.31.0.202', fabric: 'secondary-ip' as const }];
    const told = stateOf(look({}, { vips }, { details }), nodeB)?.detail;
    expect(told?.checks).toEqual([{ name: 'redis', up: false }]);
    expect(told?.vips[1]).toEqual({ address: '172.31.0.202', bound: false, inFabric: false });
  });

  it('tells the least that the holder has had left of its lease, of the holder alone', () => {
    const slowest = { epoch: 47, since: ago(30_000), ms: 1100, beforeMs: 1900 };
    const status = look({ slowest });
    expect(stateOf(status, nodeA)?.leaseMinMs).toBe(1100);
    expect(stateOf(status, nodeB)?.leaseMinMs).toBeNull();
  });

  it.each<[string, number, string | null, boolean]>([
    ['where it should be', 47, eniA, true],
    ['at another member', 47, eniB, false],
    ['on an interface of nobody', 47, 'eni-0ff0000000000000f', false],
    ['nowhere', 47, null, false],
    ['where it should be, but looked at before the move', 46, eniA, false],
  ])('says whether the last look confirms the holder: %s', (_, epoch, owner, confirmed) => {
    const owners = { [VIP]: owner };
    const { fabric } = look({}, {}, { look: { at: ago(12_000), epoch, owners } });
    const node = owner === eniA ? nodeA : owner === eniB ? nodeB : null;
    expect(fabric).toEqual({ ageMs: 12_000, confirmed, vips: [{ address: VIP, eni: owner, node }] });
  });

  it('confirms nothing while nobody holds the group', () => {
    const { fabric } = look(
      { holder: null, phase: 'vacant' },
      {},
      { look: { at: ago(1), epoch: 47, owners: {} } },
    );
    expect(fabric?.confirmed).toBe(false);
  });
});

describe('how a group fares', () => {
  it.each<[string, Partial<GroupState>, GroupStatus['health']]>([
    ['a holder and a standby', {}, 'ok'],
    ['a pause: nobody would take over', { paused: true }, 'degraded'],
    ['no standby', withMembers({ [nodeA]: holder() }), 'degraded'],
    [
      'a standby in FAULT',
      withMembers({ [nodeA]: holder(), [nodeB]: member({ health: 'fault' }) }),
      'degraded',
    ],
    ['a drained standby', { drained: [nodeB] }, 'degraded'],
    ['a silent standby', withMembers({ [nodeA]: holder(), [nodeB]: member({ at: ago(2600) }) }), 'degraded'],
    ['nobody yet', { holder: null, phase: 'vacant' }, 'down'],
    ['a move under way', { phase: 'moving', phaseAt: ago(100) }, 'down'],
    ['a holder that still serves until it is asked', { phase: 'releasing' }, 'ok'],
    ['a silent holder', withMembers({ [nodeA]: holder({ at: ago(2600) }), [nodeB]: member() }), 'down'],
    ['a holder in FAULT', withMembers({ [nodeA]: holder({ health: 'fault' }), [nodeB]: member() }), 'down'],
    [
      'a holder that has not bound',
      withMembers({ [nodeA]: holder({ bound: false }), [nodeB]: member() }),
      'down',
    ],
    [
      'a holder that has just been told to bind',
      { phaseAt: ago(900), ...withMembers({ [nodeA]: holder({ bound: false }), [nodeB]: member() }) },
      'ok',
    ],
  ])('%s: %j is %s', (_what, fields, health) => {
    expect(look(fields).health).toBe(health);
  });

  it('a paused group has a standby but no next', () => {
    expect(look({ paused: true })).toMatchObject({ standby: nodeB, next: null, paused: true });
  });

  it('an ordered failover that has not begun is shown', () => {
    expect(look({ handover: { to: nodeB, at: ago(300) } }).handover).toEqual({ to: nodeB, ageMs: 300 });
  });
});

describe('the state of a member', () => {
  it.each<[GroupStatus['members'][number]['state'], Partial<MemberState>]>([
    ['BACKUP', {}],
    ['FAULT', { health: 'fault' }],
    ['LEFT', { resignedAt: ago(500) }],
    ['LEFT', { resignedAt: ago(60_000), at: ago(60_000) }],
    ['SILENT', { at: ago(2501) }],
    ['SILENT', { at: ago(2501), health: 'fault' }],
    ['BACKUP', { at: ago(2500) }],
  ])('%s: %j', (state, fields) => {
    const status = look(withMembers({ [nodeA]: holder(), [nodeB]: member(fields) }));
    expect(stateOf(status, nodeB)?.state).toBe(state);
  });

  it('a holder that leaves is the MASTER until it has gone', () => {
    const status = look(withMembers({ [nodeA]: holder({ resignedAt: ago(100) }) }));
    expect(stateOf(status, nodeA)?.state).toBe('MASTER');
  });

  it('says who is drained, banned, deaf or degraded', () => {
    const marked = member({
      banUntil: after(now, 41_000),
      banWhy: 'failed',
      deafSince: ago(4000),
      degradedBy: ['disk'],
    });
    const status = look({ drained: [nodeB], ...withMembers({ [nodeA]: holder(), [nodeB]: marked }) });
    expect(stateOf(status, nodeB)).toMatchObject({
      drained: true,
      bannedMs: 41_000,
      bannedWhy: 'failed',
      deaf: true,
      degradedBy: ['disk'],
    });
    expect(status.standby).toBeNull();
  });

  it.each([
    ['spot', 1000, 'spot'],
    ['spot', 900_001, null],
    ['stopped', 900_001, 'stopped'],
    ['retiring', 900_001, 'retiring'],
  ] as const)('says what the cloud has said of a machine: %s, %i ms ago', (said, agoMs, told) => {
    const marked = member({ cloud: { said, at: ago(agoMs) } });
    const status = look(withMembers({ [nodeA]: holder(), [nodeB]: marked }));
    expect([stateOf(status, nodeA)?.machine, stateOf(status, nodeB)?.machine]).toEqual([null, told]);
  });

  it('leaves out who is no member any more', () => {
    const status = look(withMembers({ [nodeA]: holder(), [stranger]: member({ priority: 254 }) }));
    expect(stateOf(status, stranger)).toBeUndefined();
    expect(status.standby).toBeNull();
  });
});
