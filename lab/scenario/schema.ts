/** The form of a scenario file: a lab, and what to do to it step by step. Unknown keys are refused. */

import * as z from 'zod/mini';
import { DURATION_HINT, parseDurationMs } from '../../core/duration.ts';
import { keepaloftFileSchema } from '../../core/wire/config.ts';
import { addressSchema, groupNameSchema, routeTableIdSchema } from '../../core/wire/names.ts';
import { FAULT_KINDS } from '../control/types.ts';
import { daemonNameSchema, daemonSchema, daemonsOf } from '../daemons/schema.ts';
import { questionShape } from '../probe/question.ts';

const stepsMax = 100;
const argvMax = 64;
const textMax = 2000;
const delayMsMax = 60_000;
const hostsMax = 8;
/** As many as the largest instances of EC2 take. */
const addressesMax = 50;
/** No step waits longer: a scenario is a test, and a test ends. */
const waitMsMax = 600_000;
const waitDefaultMs = 20_000;
/** The client counts as served when it lost nothing for this long. */
const servedDefaultMs = 1000;

const duration = z.pipe(
  z
    .string(DURATION_HINT)
    .check(z.refine((text) => (parseDurationMs(text) ?? waitMsMax + 1) <= waitMsMax, DURATION_HINT)),
  z.transform((text: string): number => parseDurationMs(text) ?? 0),
);
const count = z.int('a whole number').check(z.minimum(0), z.maximum(10_000));
/**
 * A host's name, or one of `holder`, `standby` and `original` (who held when the scenario began). They are the first
 * group's; `redis.holder` and `redis.standby` are those of the group redis.
 */
const hostRef = z
  .string()
  .check(
    z.regex(
      /^(?:[a-z][a-z0-9-]{0,31}\.)?[a-z][a-z0-9-]{0,31}$/,
      'a host: host1, holder, standby, original, or GROUP.holder',
    ),
  );

/** A group, several of them, or `all`. */
const groupsRef = z.union([groupNameSchema, z.array(groupNameSchema).check(z.minLength(1))]);
export type GroupsRef = z.infer<typeof groupsRef>;

const waitSchema = z.strictObject({
  /** Each has a holder, the fabric delivers to it, and nothing is moving. */
  held: z.optional(groupsRef),
  /** Each has a healthy member that waits to take over. */
  standby: z.optional(groupsRef),
  /** Each is held by a host that the last fault did not hit. */
  rescued: z.optional(groupsRef),
  /** The client was answered for this long without a loss. */
  served: z.optional(duration),
  /** So many moves have been committed since the first `held`. */
  moved: z.optional(count),
  /** So many drifts have been repaired since the first `held`. */
  repaired: z.optional(count),
  /** For this long every group has been held, each under the same epoch. */
  settled: z.optional(duration),
  timeout: z._default(duration, waitDefaultMs),
});
export type Wait = z.infer<typeof waitSchema>;

const faultSchema = z.strictObject({
  kind: z.enum(FAULT_KINDS, `a kind of fault: ${FAULT_KINDS.join(', ')}`),
  target: z.string().check(z.maxLength(80)),
  for: z.optional(duration),
  percent: z.optional(z.int().check(z.minimum(1), z.maximum(100))),
  ms: z.optional(z.int().check(z.minimum(1), z.maximum(delayMsMax))),
  code: z.optional(z.string()),
  /** With `service`: which of the lab's services. @default all on that host */
  service: z.optional(daemonNameSchema),
});
export type ScenarioFault = z.infer<typeof faultSchema>;

const runSchema = z.strictObject({
  /** Where: `shell` is the machine itself with the operator's credentials, `client` and hosts are namespaces. */
  on: z.union([z.literal('shell'), z.literal('client'), hostRef]),
  /** A program and its arguments; `{vip}`, `{redis.vip}`, `{holder.eni}`, `{redis.standby.address}` and the like are replaced. */
  argv: z
    .array(z.string('a word').check(z.maxLength(textMax)), 'a list: the program and its arguments')
    .check(z.minLength(1), z.maxLength(argvMax)),
  /** The exit code that it must have. */
  exit: z._default(count, 0),
  /** All that it must print, but for space around it; placeholders are replaced. @default anything */
  output: z.optional(z.string().check(z.maxLength(textMax))),
});
export type Run = z.infer<typeof runSchema>;

const assignSchema = z.strictObject({
  /** @default the lab's first VIP */
  vip: z.optional(addressSchema),
  /** Of a route's address: the table in which it is led to that host. */
  table: z.optional(routeTableIdSchema),
  to: hostRef,
});
export type Assign = z.infer<typeof assignSchema>;

const expectSchema = z.strictObject({
  /** Who holds now. */
  holder: z.optional(hostRef),
  /** Changes of holder since the first `held`. */
  moves: z.optional(count),
  /** What the client lost in all since the probe started, milliseconds. */
  outageMsMax: z.optional(z.number().check(z.nonnegative())),
  /** The same without the time that the fabric itself took. */
  beyondFabricMsMax: z.optional(z.number().check(z.nonnegative())),
  /** Hosts that answered the client, in order. */
  owners: z.optional(z.array(hostRef).check(z.maxLength(stepsMax))),
  /** Drifts repaired since the first `held`. */
  repairs: z.optional(count),
  reason: z.optional(z.string().check(z.maxLength(80))),
  /** By group: who holds it, and what the client saw of its VIPs since the probe started. */
  groups: z.optional(
    z.record(
      groupNameSchema,
      z.strictObject({
        holder: z.optional(hostRef),
        /** So many questions or probes went unanswered, apart from those around a pause of the client itself. */
        lost: z.optional(count),
        outageMsMax: z.optional(z.number().check(z.nonnegative())),
        owners: z.optional(z.array(hostRef).check(z.maxLength(stepsMax))),
        /** Since the last fault, heal or foreign move: whether another host holds it; `if-struck`: exactly when its holder was hit. */
        moved: z.optional(z.union([z.boolean(), z.literal('if-struck')])),
      }),
    ),
  ),
});
export type Expect = z.infer<typeof expectSchema>;

/** The kinds of steps and what each takes. */
const stepShapes = {
  /** A line for the one who reads. */
  say: z.string('a line').check(z.maxLength(textMax)),
  wait: waitSchema,
  /** The client: it asks the services that have an `ask`, or where none has, sends to every VIP. */
  probe: z.enum(['start', 'stop'], 'start or stop'),
  fault: faultSchema,
  sleep: duration,
  /** Ends the faults of these kinds, or with `all` every fault. */
  heal: z.union(
    [z.literal('all'), z.enum(FAULT_KINDS)],
    `all, or a kind of fault: ${FAULT_KINDS.join(', ')}`,
  ),
  run: runSchema,
  /** Somebody else with the rights to do so assigns the VIP to another host, or leads its route there, by an EC2 call. */
  assign: assignSchema,
  expect: expectSchema,
} as const;
export const STEP_KINDS = Object.keys(stepShapes) as (keyof typeof stepShapes)[];

const stepSchema = z
  .strictObject({
    say: z.optional(stepShapes.say),
    wait: z.optional(stepShapes.wait),
    probe: z.optional(stepShapes.probe),
    fault: z.optional(stepShapes.fault),
    sleep: z.optional(stepShapes.sleep),
    heal: z.optional(stepShapes.heal),
    run: z.optional(stepShapes.run),
    assign: z.optional(stepShapes.assign),
    expect: z.optional(stepShapes.expect),
  })
  .check(
    z.refine(
      (step) => Object.values(step).filter((value) => value !== undefined).length === 1,
      `a step is exactly one of ${STEP_KINDS.join(', ')}`,
    ),
  );
export type ScenarioStep = z.infer<typeof stepSchema>;

const askSchema = z.strictObject({
  /** The group whose first VIP is asked. @default the one that is called like the service */
  group: z.optional(groupNameSchema),
  /** Which of the group's VIPs are asked. */
  vips: z._default(z.enum(['first', 'all']), 'first'),
  ...questionShape,
});
export type Ask = z.infer<typeof askSchema>;

/** A real service on every host, and what the client asks it through VIPs. */
const serviceSchema = z.extend(daemonSchema, { ask: z.optional(askSchema) });

const labSchema = z.strictObject({
  hosts: z.optional(z.int().check(z.minimum(1), z.maximum(hostsMax))),
  /** A whole keepaloft.yaml. @default one group `demo` on all hosts with a check of the demonstration service */
  config: z.optional(keepaloftFileSchema),
  /** Instead of `config` a keepaloft.yaml by its path, seen from the scenario's own folder. */
  configFile: z.optional(z.string().check(z.minLength(1), z.maxLength(textMax))),
  services: z._default(daemonsOf(serviceSchema), {}),
  ackMs: z.optional(z.int().check(z.minimum(0), z.maximum(delayMsMax))),
  propagationMs: z.optional(z.int().check(z.minimum(0), z.maximum(delayMsMax))),
  /** How many private addresses an interface of the lab has room for, its own among them. @default 10 */
  addressesPerInterface: z.optional(z.int().check(z.minimum(2), z.maximum(addressesMax))),
});

export const scenarioSchema = z.strictObject({
  name: z.string().check(z.regex(/^[a-z][a-z0-9-]{0,63}$/, 'a name of a-z, 0-9 and -')),
  description: z.string().check(z.maxLength(textMax)),
  lab: z._default(labSchema, { services: {} }),
  steps: z
    .array(stepSchema, 'a list of steps')
    .check(z.minLength(1, 'at least one step'), z.maxLength(stepsMax)),
});
export type Scenario = z.infer<typeof scenarioSchema>;

export { servedDefaultMs };
