/**
 * What a lab is asked to do as the cloud itself, beside its faults:
 *
 * | request     | body              | answer              |
 * | ----------- | ----------------- | ------------------- |
 * | GET /alarms |                   | {@link AlarmView}[] |
 * | POST /cloud | {@link CloudOrder}| {@link CloudOutcome}|
 */
import * as z from 'zod/mini';

const DAY_MS = 86_400_000;
const textSchema = z.string().check(z.minLength(1), z.maxLength(200));

export const cloudOrderSchema = z.discriminatedUnion('do', [
  /** Puts an event on the default bus, as a service of AWS or anybody else would. */
  z.strictObject({
    do: z.literal('put-event'),
    source: textSchema,
    detailType: textSchema,
    detail: z.record(z.string(), z.unknown()),
    resources: z.optional(z.array(z.string()).check(z.maxLength(100))),
  }),
  /** Runs a schedule now, named by its rule or its function, or all of them. Answered when they have run. */
  z.strictObject({ do: z.literal('run-schedule'), name: z.optional(textSchema) }),
  /** Lets time pass for metrics and alarms; with `schedules` they run in each minute that passes. */
  z.strictObject({
    do: z.literal('advance'),
    ms: z.int().check(z.minimum(1), z.maximum(DAY_MS)),
    schedules: z.optional(z.boolean()),
  }),
]);
export type CloudOrder = z.infer<typeof cloudOrderSchema>;

export const alarmViewSchema = z.object({
  name: z.string(),
  state: z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']),
  reason: z.string(),
  /** Since when it is in this state, milliseconds since 1970. */
  since: z.number(),
  description: z.string(),
  metric: z.string(),
  dimensions: z.record(z.string(), z.string()),
});
export type AlarmView = z.infer<typeof alarmViewSchema>;

export const cloudOutcomeSchema = z.union([
  z.object({ eventId: z.string() }),
  z.object({ ran: z.array(z.string()) }),
  z.object({ alarms: z.array(alarmViewSchema) }),
]);
export type CloudOutcome = z.infer<typeof cloudOutcomeSchema>;
