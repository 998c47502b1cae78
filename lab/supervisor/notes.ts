/** What the cloud's ends and the functions say, as entries of the journal. */
import * as z from 'zod/mini';
import type { Ec2Call } from '../ends/ec2/server.ts';
import type { FunctionLogLine } from '../lambda/log-lines.ts';
import type { Journal } from './journal.ts';

/** A decision, as the arbiter logs it. */
const eventLineSchema = z.object({
  message: z.literal('group-event'),
  type: z.string(),
  group: z.string(),
  epoch: z.int(),
  from: z.nullable(z.string()),
  to: z.nullable(z.string()),
  reason: z.string(),
  at: z.number(),
  detail: z.optional(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
});
const LINE_CHARS_MAX = 2000;
/** A line arrives within milliseconds of its writing; a time further from now than this is that of a wrong clock. */
const CLOCK_TRUST_MS = 1000;

const trusted = (at: number): number | undefined =>
  Math.abs(at - Date.now()) <= CLOCK_TRUST_MS ? at : undefined;

/** One call of the EC2 API, at the time it began. */
export const noteCall = (journal: Journal, call: Ec2Call): void => {
  const { action, params, principalArn, startedAtMs, endedAtMs, status, errorCode } = call;
  const addresses = Object.entries(params)
    .filter(([name]) => /^(?:PrivateIpAddress|Ipv6Addresses)\./u.test(name))
    .map(([, value]) => value);
  const about = params['DestinationCidrBlock'] ?? params['AllocationId'];
  const fields = {
    action,
    principal: principalArn ?? null,
    startedAt: startedAtMs,
    endedAt: endedAtMs,
    status,
    addresses,
    eni: params['NetworkInterfaceId'] ?? null,
    ...(about === undefined ? {} : { about }),
    ...(errorCode === undefined ? {} : { error: errorCode }),
  };
  journal.add('ec2-call', fields, startedAtMs);
};

/**
 * One log line of a function: a decision under its own name and time (that of its arrival when the function's clock
 * is off), anything else as it stands.
 */
export const noteLog = (journal: Journal, { function: name, json, line }: FunctionLogLine): void => {
  if (json !== undefined && '_aws' in json) return;
  const event = eventLineSchema.safeParse(json);
  if (event.success) {
    const { type, group, epoch, from, to, reason, detail, at } = event.data;
    journal.add(type, { group, epoch, from, to, reason, detail: detail ?? {} }, trusted(at));
    return;
  }
  const { message, level, ...fields } = json ?? { message: line.slice(0, LINE_CHARS_MAX), level: 'INFO' };
  journal.add('lambda', { function: name, level, message, fields });
};
