/** From an invocation's event to an operator's order. Unknown keys are refused: a misspelt `ifEpoch` must not be ignored. */
import * as z from 'zod/mini';
import { groupNameSchema, nodeIdSchema } from '../../core/wire/names.ts';
import { BadRequest } from '../errors.ts';

const TEXT_CHARS_MAX = 200;
const text = z.string().check(z.minLength(1), z.maxLength(TEXT_CHARS_MAX));

const commandSchema = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('failover'), to: z.optional(nodeIdSchema) }),
  z.strictObject({ do: z.enum(['drain', 'undrain']), node: nodeIdSchema }),
  z.strictObject({ do: z.enum(['pause', 'resume']) }),
]);

const orderSchema = z.strictObject({
  group: groupNameSchema,
  command: commandSchema,
  /** Refused unless this is the group's epoch. */
  ifEpoch: z.optional(z.int().check(z.nonnegative())),
  /** Who orders it, as whoever invokes this function has identified the caller. */
  by: text,
  reason: text,
});
export type Order = z.infer<typeof orderSchema>;

/** @throws BadRequest naming the path of what is wrong */
export const parseOrder = (event: unknown): Order => {
  const parsed = orderSchema.safeParse(event);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path =
    issue === undefined || issue.path.length === 0 ? 'the event' : issue.path.map(String).join('.');
  throw new BadRequest(`not an order: ${path}: ${issue?.message ?? 'invalid'}`, parsed.error);
};
