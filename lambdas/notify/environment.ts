/** Where a notifier sends. Each is a function of its own, with the right to its own topic or secret and to nothing else. */
import * as z from 'zod/mini';
import { Misconfigured } from '../errors.ts';

const arn = z.string().check(z.regex(/^arn:[\w-]+:[\w-]+:/u, 'an ARN'));
const zone = z.string().check(
  z.refine((name) => {
    try {
      return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== '';
    } catch {
      return false;
    }
  }, 'a time zone such as Asia/Shanghai'),
);

const schema = z.discriminatedUnion('CHANNEL', [
  z.object({ CHANNEL: z.literal('sns'), TOPIC_ARN: arn }),
  z.object({ CHANNEL: z.literal('slack'), SECRET_ARN: arn, LINK: z.optional(z.url()) }),
  z.object({ CHANNEL: z.literal('dingtalk'), SECRET_ARN: arn, TIME_ZONE: z._default(zone, 'UTC') }),
]);
export type NotifyEnvironment = z.infer<typeof schema>;

/** @throws Misconfigured naming the variable */
export const parseNotifyEnvironment = (
  variables: Readonly<Record<string, string | undefined>>,
): NotifyEnvironment => {
  const parsed = schema.safeParse(variables);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const name = issue?.path.map(String).join('.') ?? '';
  throw new Misconfigured(`the environment variable ${name} is wrong: ${issue?.message ?? ''}`, parsed.error);
};
