/** What the arbiter itself said of its groups, from its log. */
import * as z from 'zod/mini';

const eventSchema = z.object({
  message: z.literal('group-event'),
  type: z.string(),
  reason: z.string(),
  at: z.int(),
});

export class Chronicle {
  /** New holders, by reason. */
  readonly transfers: Record<string, number> = {};
  /** When each move was committed, by the arbiter's clock. */
  readonly committedAt: number[] = [];
  claimsRefused = 0;

  take(entry: Record<string, unknown>): void {
    const parsed = eventSchema.safeParse(entry);
    if (!parsed.success) return;
    const { type, reason, at } = parsed.data;
    if (type === 'transfer') this.transfers[reason] = (this.transfers[reason] ?? 0) + 1;
    else if (type === 'committed') this.committedAt.push(at);
    else if (type === 'claim-refused') this.claimsRefused += 1;
  }
}
