/** What the benchmark and the process that holds the handler say to each other. */
import * as z from 'zod/mini';
import { groupConfigSchema } from '../../core/wire/item.ts';
import { spreadSchema } from '../statistics.ts';

/** The one argument of the process, as JSON. */
export const orderSchema = z.object({
  /** Paths of the built artefacts. */
  heartbeat: z.string(),
  configure: z.string(),
  config: groupConfigSchema,
  /** The event by which a deployment creates the group. */
  created: z.record(z.string(), z.unknown()),
  /** Heartbeats before those that count, so that the compiler has seen everything. */
  warmUps: z.int(),
  beats: z.int(),
});
export type Order = z.infer<typeof orderSchema>;

export const messageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('progress'), line: z.string() }),
  /** Warm; the heartbeats that count begin at the word `go`. */
  z.object({ kind: z.literal('warm') }),
  z.object({
    kind: z.literal('result'),
    latencyMs: spreadSchema,
    /** Mean bytes of a heartbeat's body and of its answer's body. */
    requestBytes: z.number(),
    answerBytes: z.number(),
    cpuMs: z.number(),
  }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
]);
export type Message = z.infer<typeof messageSchema>;
export type Result = Extract<Message, { kind: 'result' }>;
