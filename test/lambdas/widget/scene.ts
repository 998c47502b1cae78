/** A group as an operator meets it, and what has happened to it: for tests of what the console shows. */
import { epochMs } from '../../../core/time.ts';
import {
  type GroupStatus,
  groupStatusSchema,
  type HistoryEvent,
  historyEventSchema,
} from '../../../core/wire/admin.ts';
import type { Scene } from '../../../lambdas/widget/scene.ts';
import { eniA, eniB, nodeA, nodeB, VIP } from '../fixtures.ts';

export const NOW = 1_795_853_642_000;
export const ENDPOINT = 'arn:aws:lambda:us-east-1:111122223333:function:Ha-Console';

const member = (node: string, fields: object): object => ({
  node,
  eni: eniA,
  address: '172.31.0.11',
  state: 'BACKUP',
  drained: false,
  bannedMs: null,
  deaf: false,
  basePriority: 100,
  priority: 100,
  health: 'ok',
  degradedBy: [],
  bound: false,
  inFabric: false,
  boot: 1,
  seq: 9,
  beatAgeMs: 400,
  leaseLeftMs: null,
  ...fields,
});

export const holder = (fields: object = {}): object =>
  member(nodeA, {
    state: 'MASTER',
    priority: 200,
    basePriority: 200,
    bound: true,
    inFabric: true,
    leaseLeftMs: 2600,
    ...fields,
  });
export const standby = (fields: object = {}): object =>
  member(nodeB, { eni: eniB, address: '172.31.0.12', ...fields });

/** Held by A, B stands by. */
export const group = (fields: object = {}): GroupStatus =>
  groupStatusSchema.parse({
    name: 'mysql',
    health: 'ok',
    epoch: 47,
    phase: 'held',
    phaseMs: 273_600_000,
    holder: nodeA,
    reason: 'silence',
    rev: 900,
    configHash: 'abc',
    exclusive: false,
    heartbeatMs: 1000,
    leaseMs: 3000,
    vips: [{ address: VIP, fabric: 'secondary-ip' }],
    members: [holder(), standby()],
    standby: nodeB,
    next: nodeB,
    paused: false,
    handover: null,
    transferMs: null,
    transfers: 0,
    repairs: 0,
    ...fields,
  });

export const event = (type: string, epoch: number, agoMs: number, fields: object = {}): HistoryEvent =>
  historyEventSchema.parse({
    type,
    epoch,
    from: null,
    to: nodeA,
    reason: 'first',
    at: NOW - agoMs,
    ...fields,
  });

/** Newest first: B held it, died, and A took over with one throttled attempt in between. */
export const FAILOVER: readonly HistoryEvent[] = [
  event('committed', 47, 60_000, { reason: 'silence', detail: { moveMs: 1254, attempt: 2 } }),
  event('move-failed', 47, 61_200, {
    reason: 'silence',
    detail: { code: 'RequestLimitExceeded', attempt: 1 },
  }),
  event('transfer', 47, 61_300, { from: nodeB, reason: 'silence', detail: { lastBeatAgeMs: 3010 } }),
  event('committed', 46, 120_000, { to: nodeB, detail: { moveMs: 200 } }),
  event('transfer', 46, 120_250, { to: nodeB }),
];

export const scene = (fields: Partial<Scene> = {}, groups: Scene['status']['groups'] = [group()]): Scene => ({
  status: { v: 1, at: epochMs(NOW), groups, brake: { engaged: false, leftMs: 0 } },
  histories: { mysql: FAILOVER },
  watched: { alarms: [], traces: {}, problem: null },
  notice: null,
  view: { theme: 'light', isNarrow: false, endpoint: ENDPOINT },
  ...fields,
});
