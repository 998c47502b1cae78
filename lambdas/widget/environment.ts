/** What the widget's function is told beyond what every function of the arbiter is. */
import * as z from 'zod/mini';
import { Misconfigured } from '../errors.ts';

const schema = z.object({
  /** The arbiter's name: dimension of its metrics and beginning of its alarms' names. @default nothing is asked of CloudWatch */
  ARBITER: z.optional(z.string().check(z.regex(/^[A-Za-z0-9._-]{1,200}$/, 'letters, digits, ., _ and -'))),
  /** Whether there are buttons, and whether what they order is taken. @default neither */
  OPERATE: z._default(z.enum(['true', 'false']), 'false'),
});

export interface WidgetEnvironment {
  readonly arbiter: string | undefined;
  readonly mayOperate: boolean;
}

/** @throws Misconfigured naming the variable */
export const parseWidgetEnvironment = (
  variables: Readonly<Record<string, string | undefined>>,
): WidgetEnvironment => {
  const parsed = schema.safeParse(variables);
  if (parsed.success) return { arbiter: parsed.data.ARBITER, mayOperate: parsed.data.OPERATE === 'true' };
  const issue = parsed.error.issues[0];
  const name = issue?.path.map(String).join('.') ?? '';
  throw new Misconfigured(`the environment variable ${name} is wrong: ${issue?.message ?? ''}`, parsed.error);
};
