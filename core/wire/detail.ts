/**
 * What a member says of itself that nothing is decided by and only people read. It stands beside the group's state, in
 * an item a member, and is written when it changes: the state is rewritten by every heartbeat and must stay small.
 *
 * | pk      | sk                | holds                |
 * | ------- | ----------------- | -------------------- |
 * | `mysql` | `detail#INSTANCE` | {@link MemberDetail} |
 */
import * as z from 'zod/mini';
import { epochMsSchema } from '../time.ts';
import { type GroupReport, peerStateSchema, vipStateSchema } from './heartbeat.ts';
import type { GroupConfig } from './item.ts';
import { addressSchema, nodeIdSchema } from './names.ts';

const counter = z.int().check(z.nonnegative());

export const memberDetailSchema = z.object({
  /** The heartbeat that said it first; what a later one says is never overwritten by an earlier one's. */
  boot: counter,
  seq: counter,
  /** When the arbiter took that heartbeat, by the arbiter's clock. */
  at: epochMsSchema,
  /** The configuration that the member runs. */
  configHash: z.string(),
  /** Names of checks that are down. */
  down: z.array(z.string()),
  /** What the failing checks said then. Its text alone is no change: it may differ with every run of a check. */
  fault: z.optional(z.string()),
  vips: z.record(addressSchema, vipStateSchema),
  /** Its sessions with the other members, where they watch each other. */
  peers: z.optional(z.record(nodeIdSchema, peerStateSchema)),
});
export type MemberDetail = z.infer<typeof memberDetailSchema>;

/** What a report says in full, without when it did. Addresses that are none of the group's are left out. */
export const detailOf = (
  report: GroupReport,
  { vips }: Pick<GroupConfig, 'vips'>,
): Omit<MemberDetail, 'boot' | 'seq' | 'at'> => ({
  configHash: report.configHash,
  down: (report.down ?? []).toSorted(),
  ...(report.fault === undefined ? {} : { fault: report.fault }),
  vips: Object.fromEntries(
    vips.map(({ address }) => [address, report.vips[address] ?? { bound: false, inFabric: false }]),
  ),
  ...(report.peers === undefined ? {} : { peers: report.peers }),
});
