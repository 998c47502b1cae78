/** Plans that broke a promise once, kept so that none of them does again: `sim/corpus.json`. */
import * as z from 'zod/mini';

const faultSchema = z.object({
  kind: z.string(),
  at: z.number(),
  until: z.number(),
  host: z.int(),
  x: z.number(),
  y: z.number(),
});

const settingsSchema = z.object({
  seed: z.int(),
  members: z.int(),
  vips: z.int(),
  exclusive: z.boolean(),
  kernelExpiry: z.enum(['address', 'nft']),
  heartbeatMs: z.number(),
  leaseMs: z.number(),
  leaseMsMin: z.number(),
  preempt: z.boolean(),
  preemptDelayMs: z.number(),
  holdDownMs: z.number(),
  priorities: z.array(z.int()),
  rates: z.array(z.number()),
  shared: z.boolean(),
  latencyMs: z.number(),
  jitterMs: z.number(),
  fabricMs: z.number(),
  imdsMs: z.number(),
  endMs: z.number(),
  healMs: z.number(),
  restMs: z.number(),
  solo: z.boolean(),
  prepareMs: z.optional(z.number()),
  release: z.optional(z.boolean()),
  unasked: z.optional(z.number()),
});

/** `name` says what was wrong then. */
export const planSchema = z.array(
  z.object({
    name: z.string(),
    plan: z.object({ settings: settingsSchema, faults: z.array(faultSchema) }),
  }),
);
