/** What the sweep leaves behind for those who look: when it ran, and where the fabric said the VIPs are. */
import * as z from 'zod/mini';
import { epochMsSchema } from '../time.ts';
import { addressSchema, eniIdSchema, groupNameSchema } from './names.ts';

/** One look at the fabric for one group. */
export const fabricLookSchema = z.object({
  at: epochMsSchema,
  /** The epoch that was the group's when it was looked at. */
  epoch: z.int().check(z.nonnegative()),
  /** The interface that each VIP is on; null: on none that is known. */
  owners: z.record(addressSchema, z.nullable(eniIdSchema)),
});
export type FabricLook = z.infer<typeof fabricLookSchema>;

export const sweepRecordSchema = z.object({
  /** When the run began. */
  at: epochMsSchema,
  /** How long it took, milliseconds. */
  tookMs: z.int().check(z.nonnegative()),
  /** The last look that succeeded, for each group that has had one. */
  looks: z.record(groupNameSchema, fabricLookSchema),
});
export type SweepRecord = z.infer<typeof sweepRecordSchema>;
