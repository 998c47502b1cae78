/** What the test tells the speaker, and what it hears from it. */
import * as z from 'zod/mini';
import { DIAGNOSTICS, SESSION_STATES } from '../../../core/bfd/packet.ts';
import { MULTIHOP_PORT, SINGLE_HOP_PORT } from '../../../core/bfd/transport.ts';

export const optionsSchema = z.strictObject({
  address: z.string(),
  port: z.literal([MULTIHOP_PORT, SINGLE_HOP_PORT]),
  intervalMs: z.int(),
  multiplier: z.int(),
  peers: z.array(z.strictObject({ node: z.string(), address: z.string() })),
});
export type Options = z.infer<typeof optionsSchema>;

export const changeSchema = z.strictObject({
  node: z.string(),
  state: z.enum(SESSION_STATES),
  diag: z.enum(DIAGNOSTICS),
  remoteState: z.enum(SESSION_STATES),
  /** Milliseconds since 1970, on the clock that all processes of this machine share. */
  atMs: z.number(),
});
export type Change = z.infer<typeof changeSchema>;
