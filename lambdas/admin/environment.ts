/** What the operators' function is told beyond what every function of the arbiter is. */
import * as z from 'zod/mini';
import { Misconfigured } from '../errors.ts';

/** @default nothing is asked of CloudWatch */
const schema = z.optional(
  z.string().check(z.regex(/^[A-Za-z0-9-_]{1,64}$/, 'the name of the function that takes heartbeats')),
);

/** @throws Misconfigured naming the variable */
export const parseHeartbeatFunction = (
  variables: Readonly<Record<string, string | undefined>>,
): string | undefined => {
  const parsed = schema.safeParse(variables['HEARTBEAT_FUNCTION']);
  if (parsed.success) return parsed.data;
  const message = parsed.error.issues[0]?.message ?? '';
  throw new Misconfigured(`the environment variable HEARTBEAT_FUNCTION is wrong: ${message}`, parsed.error);
};
