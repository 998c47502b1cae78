/** What passes between the lab's Lambda service, its callers and its execution environments. */
import * as z from 'zod/mini';

/** Lambda's own limit for a synchronous request or response. */
export const PAYLOAD_BYTES_MAX = 6 * 1024 * 1024;

/** The error document of a failed invocation, in Lambda's shape. */
export const functionErrorSchema = z.object({
  errorType: z.string(),
  errorMessage: z.string(),
  trace: z.optional(z.array(z.string())),
});
export type FunctionError = z.infer<typeof functionErrorSchema>;

/** Why an invocation gave no answer. `throttled`: no free concurrency, the function never ran. */
export type FailureKind = 'throttled' | 'unhandled' | 'timeout' | 'exit' | 'init' | 'too-large';

export type InvokeOutcome =
  | { ok: true; requestId: string; payload: unknown }
  | { ok: false; requestId: string; kind: FailureKind; error: FunctionError };

/** Asks the environment to run its handler once. `event` is JSON text; `deadlineMs` is of the machine's wall clock. */
export const invokeMessageSchema = z.object({
  type: z.literal('invoke'),
  requestId: z.string(),
  event: z.string(),
  deadlineMs: z.number(),
});
export type InvokeMessage = z.infer<typeof invokeMessageSchema>;

/** Tells the environment that its machine's wall clock is off by so much from now on. */
export const clockMessageSchema = z.object({ type: z.literal('clock'), offsetMs: z.int() });

/** What an environment is told. */
export const orderMessageSchema = z.discriminatedUnion('type', [invokeMessageSchema, clockMessageSchema]);

/** What an environment says: its module is loaded or could not be, or an invocation ended. */
export const environmentMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('init-failed'), error: functionErrorSchema }),
  z.object({ type: z.literal('result'), requestId: z.string(), payload: z.string() }),
  z.object({ type: z.literal('failed'), requestId: z.string(), error: functionErrorSchema }),
]);
export type EnvironmentMessage = z.infer<typeof environmentMessageSchema>;

export const describeError = (error: unknown): FunctionError =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
    : { errorType: typeof error, errorMessage: String(error) };
