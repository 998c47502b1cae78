/** What an arbiter says of its groups, as tests want it: a group that is held, with one standby. */
import {
  type GroupStatus,
  groupStatusSchema,
  type MemberStatus,
  memberStatusSchema,
  type StatusResponse,
  statusResponseSchema,
} from '../../../core/wire/admin.ts';
import { config, eniA, nodeA, nodeB } from '../../lambdas/fixtures.ts';

export const member = (fields: Partial<MemberStatus> = {}): MemberStatus =>
  memberStatusSchema.parse({
    node: nodeB,
    eni: eniA,
    address: '172.31.0.12',
    state: 'BACKUP',
    drained: false,
    bannedMs: null,
    deaf: false,
    basePriority: 150,
    priority: 150,
    health: 'ok',
    degradedBy: [],
    bound: false,
    inFabric: false,
    boot: 1,
    seq: 9,
    beatAgeMs: 700,
    leaseLeftMs: null,
    ...fields,
  });
export const master = (fields: Partial<MemberStatus> = {}): MemberStatus =>
  member({
    node: nodeA,
    state: 'MASTER',
    priority: 200,
    bound: true,
    inFabric: true,
    beatAgeMs: 400,
    leaseLeftMs: 2600,
    ...fields,
  });

export const group = (fields: Partial<GroupStatus> = {}): GroupStatus =>
  groupStatusSchema.parse({
    name: 'mysql',
    health: 'ok',
    epoch: 47,
    phase: 'held',
    phaseMs: 273_600_000,
    holder: nodeA,
    reason: 'silence',
    rev: 9,
    configHash: 'h',
    exclusive: false,
    heartbeatMs: 1000,
    leaseMs: 3000,
    vips: config.vips,
    members: [master(), member()],
    standby: nodeB,
    next: nodeB,
    paused: false,
    handover: null,
    transferMs: null,
    transfers: 0,
    repairs: 0,
    ...fields,
  });
export const status = (
  groups: StatusResponse['groups'],
  brake: StatusResponse['brake'] = { engaged: false, leftMs: 0 },
) => statusResponseSchema.parse({ v: 1, at: 1, groups, brake });
