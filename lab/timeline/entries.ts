/** The journal entries that a timeline is made of, each kind with the fields it must have to count. */

import * as z from 'zod/mini';
import type { JournalEntry } from '../control/types.ts';

const at = z.number();
const text = z.string();

/** Nobody: the field is null, or the log left it out. */
const node = z.pipe(
  z.optional(z.nullable(text)),
  z.transform((name: string | null | undefined) => name ?? null),
);

const transferSchema = z.object({
  at,
  group: text,
  epoch: z.int(),
  from: node,
  to: node,
  reason: text,
  detail: z.optional(z.record(z.string(), z.unknown())),
});
export type TransferEntry = z.infer<typeof transferSchema>;

const beatSchema = z.object({
  at,
  host: z.optional(z.nullable(text)),
  node: z.optional(z.nullable(text)),
  status: z.optional(z.int()),
  /** How long the request took, milliseconds; `at` is when it came. */
  ms: z.optional(z.number()),
  /** Marks of what the beat carried besides its report. */
  claim: z.optional(z.unknown()),
  resign: z.optional(z.unknown()),
  health: z.optional(z.unknown()),
});
export type BeatEntry = z.infer<typeof beatSchema>;

const faultSchema = z.object({ at, fault: z.object({ kind: text, targets: z.array(text) }) });
export type FaultEntry = z.infer<typeof faultSchema>;

const ec2CallSchema = z.object({
  at,
  action: text,
  principal: z.optional(z.nullable(text)),
  startedAt: z.number(),
  endedAt: z.number(),
  status: z.int(),
  error: z.optional(z.nullable(text)),
  addresses: z.optional(z.array(text)),
  eni: z.optional(z.nullable(text)),
});
export type Ec2CallEntry = z.infer<typeof ec2CallSchema>;

const appliedSchema = z.object({ at, address: text, host: z.nullable(text) });
export type AppliedEntry = z.infer<typeof appliedSchema>;

/** The entries of one kind, in the order of time. One without the fields of its kind is left out. */
const ofKind = <T extends z.ZodMiniType<{ at: number }>>(
  entries: readonly JournalEntry[],
  kinds: readonly string[],
  schema: T,
): z.output<T>[] =>
  entries
    .filter((entry) => kinds.includes(entry.kind))
    .flatMap((entry) => {
      const parsed = schema.safeParse(entry);
      return parsed.success ? [parsed.data] : [];
    })
    .toSorted((a, b) => a.at - b.at);

export const transfersIn = (entries: readonly JournalEntry[]): TransferEntry[] =>
  ofKind(entries, ['transfer'], transferSchema);
export const committedIn = (entries: readonly JournalEntry[]): TransferEntry[] =>
  ofKind(entries, ['committed'], transferSchema);
export const beatsIn = (entries: readonly JournalEntry[]): BeatEntry[] =>
  ofKind(entries, ['beat'], beatSchema);
export const faultsIn = (entries: readonly JournalEntry[]): FaultEntry[] =>
  ofKind(entries, ['fault'], faultSchema);
export const ec2CallsIn = (entries: readonly JournalEntry[]): Ec2CallEntry[] =>
  ofKind(entries, ['ec2-call'], ec2CallSchema);
export const appliedIn = (entries: readonly JournalEntry[]): AppliedEntry[] =>
  ofKind(entries, ['applied'], appliedSchema);
