/** The checks of a configuration file: what a host looks at about itself, and what CloudWatch does. */
import * as z from 'zod/mini';
import { durationMs } from '../time.ts';
import { ipv4Schema } from './names.ts';
import { argvSchema, duration, hostPortSchema, interfaceNameSchema } from './values.ts';

/** How any check counts, after keepalived's vrrp_script. */
const checkTiming = {
  interval: z._default(duration(50, 3_600_000), durationMs(1000)),
  timeout: z._default(duration(10, 600_000), durationMs(1000)),
  /** Consecutive failures until the check is down. */
  fall: z._default(z.int().check(z.minimum(1), z.maximum(100)), 2),
  /** Consecutive successes until it is up again. */
  rise: z._default(z.int().check(z.minimum(1), z.maximum(100)), 2),
  /** 0: down means FAULT. Otherwise added to the priority while down (negative) or while up (positive). */
  weight: z._default(z.int().check(z.minimum(-253), z.maximum(253)), 0),
  /** What the weight does to the priority is turned round: it takes away what it would add, and adds what it would take. */
  reverse: z.optional(z.boolean()),
  /** Start as failed until `rise` successes, rather than as passed until `fall` failures. */
  initFail: z._default(z.boolean(), false),
};

const REVERSE_NEEDS_WEIGHT =
  'reverse turns round what the weight does, and there is none: give a weight, or let the check itself find the opposite';
const reverseHasWeight = z.refine<{ weight: number; reverse?: boolean | undefined }>(
  ({ weight, reverse }) => weight !== 0 || reverse !== true,
  { error: REVERSE_NEEDS_WEIGHT, path: ['reverse'] },
);
const tcpCheckSchema = z.strictObject({ tcp: hostPortSchema, ...checkTiming }).check(reverseHasWeight);
const httpCheckSchema = z
  .strictObject({
    http: z.url({ protocol: /^https?$/, error: 'an http or https URL' }),
    /** The answer's status that counts as passed. @default any 2xx */
    status: z.optional(z.int().check(z.minimum(100), z.maximum(599))),
    ...checkTiming,
  })
  .check(reverseHasWeight);
const processCheckSchema = z
  .strictObject({
    /** The name in /proc/PID/comm (at most 15 characters). */
    process: z.string().check(z.minLength(1), z.maxLength(15)),
    ...checkTiming,
  })
  .check(reverseHasWeight);
const scriptCheckSchema = z.strictObject({ script: argvSchema, ...checkTiming }).check(reverseHasWeight);
const interfaceCheckSchema = z
  .strictObject({
    /** Up and with a carrier, as keepalived's track_interface wants it. */
    interface: interfaceNameSchema,
    ...checkTiming,
  })
  .check(reverseHasWeight);
const pingCheckSchema = z
  .strictObject({
    /** An address, or the gateway of the default route as it is at that moment. */
    ping: z
      .string()
      .check(
        z.refine(
          (target) => target === 'gateway' || ipv4Schema.safeParse(target).success,
          'gateway, or an IPv4 address such as 172.31.0.1',
        ),
      ),
    /** Requests in a run, spread over half of the time limit. */
    count: z._default(z.int().check(z.minimum(1), z.maximum(100)), 10),
    /** From so many per cent without an answer on it has failed. */
    loss: z._default(z.int().check(z.minimum(1), z.maximum(100)), 80),
    ...checkTiming,
  })
  .check(reverseHasWeight);
const fileCheckSchema = z
  .strictObject({
    /** It holds a whole number, as keepalived's track_file. */
    file: z.string().check(z.startsWith('/', 'the file must be an absolute path'), z.maxLength(4096)),
    ...checkTiming,
    /** The number times this is added to the priority. 0: any number but 0 means FAULT. */
    weight: z._default(z.int().check(z.minimum(-254), z.maximum(254)), 1),
  })
  .check(reverseHasWeight);

const HOST_CHECKS = [
  tcpCheckSchema,
  httpCheckSchema,
  processCheckSchema,
  scriptCheckSchema,
  interfaceCheckSchema,
  pingCheckSchema,
  fileCheckSchema,
] as const;
const HOST_CHECK =
  'a check is one of tcp, http, process, script, interface, ping or file, with interval, timeout, fall, rise, weight, reverse, initFail';
/** What a host checks about itself. */
export const hostCheckSchema = z.union(HOST_CHECKS, HOST_CHECK);
export type HostCheck = z.infer<typeof hostCheckSchema>;

/** What CloudWatch checks about a host. How often, and how it counts, is the alarm's own business. */
const alarmCheckSchema = z.strictObject({
  /** The name of an alarm about one member: the same for all, but for the member's id. */
  alarm: z.string().check(
    z.minLength(1),
    z.maxLength(255),
    z.refine(
      (name) => name.includes('{instance}'),
      "an alarm is about one member: its name must contain {instance}, which stands for the member's id",
    ),
  ),
  /** 0: on means FAULT. Otherwise added to the priority while on. */
  weight: z._default(
    z
      .int()
      .check(
        z.minimum(-253),
        z.maximum(0, 'the weight of an alarm is 0 or negative: it is added while it is on'),
      ),
    0,
  ),
});
export type AlarmCheckFile = z.infer<typeof alarmCheckSchema>;

export const checkSchema = z.union(
  [...HOST_CHECKS, alarmCheckSchema],
  `${HOST_CHECK}; or alarm, with weight`,
);
export type CheckConfig = z.infer<typeof checkSchema>;
/** Whether CloudWatch makes it, and no agent. */
export const isAlarmCheck = (check: CheckConfig): check is AlarmCheckFile => 'alarm' in check;
