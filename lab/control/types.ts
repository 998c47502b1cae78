/**
 * What the `keepaloft lab` commands and a running lab say to each other: JSON over HTTP on a unix socket in the
 * lab's own folder, readable by its owner only.
 *
 * | request            | body           | answer                 |
 * | ------------------ | -------------- | ---------------------- |
 * | GET /info          |                | {@link LabInfo}         |
 * | GET /status        |                | {@link LabStatus}       |
 * | GET /journal?from=N|                | {@link JournalPage}     |
 * | POST /fault        | {@link FaultOrder} | {@link ActiveFault} |
 * | POST /heal         | `{id?}`        | `{healed: string[]}`   |
 * | POST /down         |                | `{}` when all is gone  |
 *
 * and those of `cloud.ts`.
 *
 * An error answers with status 4xx/5xx and `{error: {code, message, remedy}}`.
 */
import * as z from 'zod/mini';

export const FAULT_KINDS = [
  'kill',
  'freeze',
  'freeze-agent',
  'thaw',
  'stop',
  'start',
  'restart',
  'old-config',
  'agent',
  'service',
  'clock',
  'boot-clock',
  'cut-host',
  'cut-peers',
  'cut-arbiter',
  'cut-to-arbiter',
  'cut-from-arbiter',
  'loss',
  'delay',
  'ec2-throttle',
  'ec2-error',
  'ec2-slow',
  'ec2-stale',
  'dynamodb-error',
  'dynamodb-throttle',
  'dynamodb-slow',
  'lambda-freeze',
  'instance-stop',
  'instance-force-stop',
  'instance-terminate',
  'spot-notice',
  'imds-error',
  'imds-denied',
  'imds-gone',
  'imds-slow',
  'imds-stale',
  'net-utils',
  'address-manager',
  'events-drop',
  'events-slow',
  'events-repeat',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export const faultOrderSchema = z.strictObject({
  kind: z.enum(FAULT_KINDS),
  /** A host's name or instance id, `holder`, `standby`, `all`; two ends as `host1/arbiter`; an EC2 action for ec2-*, a detail-type for events-*. */
  target: z.string().check(z.maxLength(80)),
  /** Heals by itself after this long, milliseconds. */
  forMs: z.optional(z.int().check(z.minimum(1), z.maximum(86_400_000))),
  percent: z.optional(z.int().check(z.minimum(1), z.maximum(100))),
  /** With `clock` and `boot-clock`: how far off the clock is; a wall clock may be behind, milliseconds. */
  offsetMs: z.optional(z.int().check(z.minimum(-86_400_000), z.maximum(86_400_000))),
  /**
   * With `delay`, `ec2-slow`, `ec2-stale`, `dynamodb-slow`, `events-slow` and `imds-slow`: how long each piece of data or each call is
   * held; with `net-utils` and `address-manager`: from one pass to the next. Milliseconds.
   */
  ms: z.optional(z.int().check(z.minimum(1), z.maximum(60_000))),
  /** With `service`: which of the host's services. @default all of them */
  service: z.optional(z.string().check(z.regex(/^[a-z][a-z0-9-]{0,31}$/))),
  /** With `ec2-error`: the error code to answer with. */
  code: z.optional(z.string().check(z.regex(/^[A-Za-z.]{3,60}$/))),
});
export type FaultOrder = z.infer<typeof faultOrderSchema>;

export const activeFaultSchema = z.object({
  id: z.string(),
  kind: z.enum(FAULT_KINDS),
  /** The hosts or ends that it really hits: `holder` is resolved at the moment of the order. */
  targets: z.array(z.string()),
  startedAt: z.int(),
  until: z.optional(z.int()),
});
export type ActiveFault = z.infer<typeof activeFaultSchema>;

export const labInfoSchema = z.object({
  lab: z.string(),
  mode: z.enum(['root', 'rootless']),
  pid: z.int(),
  dir: z.string(),
  startedAt: z.int(),
  table: z.string(),
  vips: z.array(z.string()),
  servicePort: z.int(),
  client: z.object({ netns: z.string(), address: z.string() }),
  fabric: z.object({ netns: z.string() }),
  hosts: z.array(
    z.object({
      name: z.string(),
      instanceId: z.string(),
      eni: z.string(),
      address: z.string(),
      netns: z.string(),
      /** Null while the agent (or the service) does not run. */
      agentPid: z.nullable(z.int()),
      servicePid: z.nullable(z.int()),
    }),
  ),
  /** `console` is a page for a browser. */
  endpoints: z.object({ ec2: z.string(), api: z.string(), dynamodb: z.string(), console: z.string() }),
  /** Credentials and endpoints of the lab's operator, for the AWS SDK and the `aws` command. */
  env: z.record(z.string(), z.string()),
  /** What to put before a command so that it runs in a namespace, by the namespace's name. */
  enter: z.record(z.string(), z.array(z.string())),
});
export type LabInfo = z.infer<typeof labInfoSchema>;

export const labStatusSchema = z.object({
  lab: z.string(),
  groups: z.array(
    z.object({
      name: z.string(),
      epoch: z.int(),
      phase: z.string(),
      /** Instance id, or null. */
      holder: z.nullable(z.string()),
      holderHost: z.nullable(z.string()),
      reason: z.string(),
      repairs: z.int(),
      /** By an operator's order: nothing moves, and these hosts are kept free of the group. */
      paused: z.optional(z.boolean()),
      drained: z.optional(z.array(z.string())),
      vips: z.array(
        z.object({
          address: z.string(),
          fabric: z.string(),
          /** Whom the fabric delivers to now. */ owner: z.nullable(z.string()),
        }),
      ),
      members: z.array(
        z.object({
          node: z.string(),
          host: z.string(),
          state: z.enum(['MASTER', 'BACKUP', 'FAULT', 'SILENT', 'UNKNOWN']),
          priority: z.nullable(z.int()),
          health: z.nullable(z.string()),
          beat: z.nullable(z.string()),
          ageMs: z.nullable(z.int()),
          bound: z.nullable(z.boolean()),
          inFabric: z.nullable(z.boolean()),
        }),
      ),
    }),
  ),
  faults: z.array(activeFaultSchema),
  /** Calls since the lab started: EC2 by action, DynamoDB by operation, metrics by name. */
  counts: z.object({
    ec2: z.record(z.string(), z.int()),
    dynamodb: z.record(z.string(), z.int()),
    metrics: z.record(z.string(), z.number()),
  }),
});
export type LabStatus = z.infer<typeof labStatusSchema>;

/**
 * One thing that happened, by the machine's wall clock. Kinds and their fields:
 * `fault` {fault, targets} · `healed` {fault} · `transfer` `committed` `move-failed` `move-stale` `drift`
 * `claim-refused` `releasing` `release-refused` `operator` {group, epoch, from, to, reason, detail} (written by the Lambda when it had decided; `at` is the
 * arbiter's) · `ec2-call` {action, principal, startedAt, endedAt, status, error?, addresses, eni} · `applied` {address,
 * host, startedAt, table?, private?} (the fabric delivers there from now, or from some instant since `startedAt`) · `beat` {host, node, status, claim?} (an agent's request at the API) ·
 * `agent` {host, level, message, fields} · `process` {host, what, event: started|exited, pid, code?, signal?} · `daemon` {host, what, message} (what a real service prints) · `lambda`
 * {function, level, message, fields} · `event` {id, source, detailType, detail, rules} (put on the bus; the rules it
 * matches) · `delivery` {rule, target, eventId, attempt, outcome} · `alarm` {name, from, to, reason} · `notification`
 * {topic, subject, message}
 */
export const journalEntrySchema = z.looseObject({ n: z.int(), at: z.number(), kind: z.string() });
export type JournalEntry = z.infer<typeof journalEntrySchema>;
export const journalPageSchema = z.object({ next: z.int(), entries: z.array(journalEntrySchema) });
export type JournalPage = z.infer<typeof journalPageSchema>;

export const labErrorSchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), remedy: z.string() }),
});
