/** A group of three members as the arbiter's tests use it, and reports as their agents would send them. */
import type { Input } from '../../core/election/types.ts';
import { durationMs } from '../../core/time.ts';
import type { GroupReport } from '../../core/wire/heartbeat.ts';
import { type GroupConfig, groupConfigSchema } from '../../core/wire/item.ts';
import { eniIdSchema, nodeIdSchema } from '../../core/wire/names.ts';

export const nodeA = nodeIdSchema.parse('i-0a000000000000001');
export const nodeB = nodeIdSchema.parse('i-0b000000000000002');
export const nodeC = nodeIdSchema.parse('i-0c000000000000003');
export const stranger = nodeIdSchema.parse('i-0ffffffffffffffff');
export const eniA = eniIdSchema.parse('eni-0a000000000000001');
export const eniB = eniIdSchema.parse('eni-0b000000000000002');
export const eniC = eniIdSchema.parse('eni-0c000000000000003');

export const VIP = '172.31.0.201';
export const HASH = '5f1d3c0a9b7e';

export const config: GroupConfig = groupConfigSchema.parse({
  group: 'mysql',
  hash: HASH,
  vips: [{ address: VIP, fabric: 'secondary-ip' }],
  heartbeatMs: durationMs(1000),
  leaseMs: durationMs(3000),
  preempt: false,
  preemptDelayMs: durationMs(0),
  holdDownMs: durationMs(60_000),
  members: {
    [nodeA]: { eni: eniA, address: '172.31.0.11', priority: 200 },
    [nodeB]: { eni: eniB, address: '172.31.0.12', priority: 150 },
    [nodeC]: { eni: eniC, address: '172.31.0.13', priority: 100 },
  },
});

/** A healthy standby's report for a group. */
export const report = (fields: Partial<GroupReport> = {}): GroupReport => ({
  name: 'mysql',
  configHash: HASH,
  epochSeen: 0,
  priority: 100,
  health: 'ok',
  holdMs: 0,
  vips: { [VIP]: { bound: false, inFabric: false } },
  ...fields,
});

/** The same as an input of the election. */
export const reportOf = (node: typeof nodeA, seq: number, fields: Partial<GroupReport> = {}): Input => ({
  kind: 'report',
  node,
  beat: { boot: 1_763_000_000_000, seq },
  report: report(fields),
});
