/**
 * The history of a run: what was done, decided, bound, delivered and lost, each with its instant. All instants are of
 * the machine's one wall clock, milliseconds since 1970. Written as JSONL; the checker needs nothing else.
 */
import * as z from 'zod/mini';
import { fabricKindSchema } from '../../core/wire/names.ts';
import { MODES, STRIKE_KINDS } from './catalogue.ts';
import { FABRIC_NAMES } from './fabrics.ts';

const at = z.number();
const round = z.int();
const hostName = z.string();
const maybeHost = z.nullable(hostName);
/** The order in which the kernel told: exact, while instants are only as good as the observer was quick. */
const order = z.int();

export const vipFactsSchema = z.object({
  address: z.string(),
  fabric: fabricKindSchema,
  /** The holder's kernel has it. */
  isBound: z.boolean(),
  /** The VIP of the same group that it stands on, and goes with. */
  on: z.optional(z.string()),
  /** The kernel's number of the route table by which the client sends; without one, by the fabric's own routes. */
  table: z.optional(z.int()),
});
export type VipFacts = z.infer<typeof vipFactsSchema>;

export const groupFactsSchema = z.object({
  name: z.string(),
  vips: z.array(vipFactsSchema),
  exclusive: z.boolean(),
  heartbeatMs: z.number(),
  leaseMs: z.number(),
  /** Holder at the beginning. */
  holder: maybeHost,
  epoch: z.int(),
});
export type GroupFacts = z.infer<typeof groupFactsSchema>;

export const eventSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('start'),
    at,
    fabric: z.enum(FABRIC_NAMES),
    mode: z.enum(MODES),
    seed: z.string(),
    hosts: z.array(hostName),
    groups: z.array(groupFactsSchema),
    intervalMs: z.number(),
  }),
  z.object({ kind: z.literal('round'), at, round, plan: z.string() }),
  z.object({
    kind: z.literal('strike'),
    at,
    round,
    id: z.string(),
    strike: z.enum(STRIKE_KINDS),
    /** Whom it hits; every host when it strikes the arbiter or its cloud. */
    hosts: z.array(hostName),
    /** The group whose address it concerns, for strikes on an address. */
    group: z.optional(z.string()),
    /** The addresses that it strikes, those that stand on one that it strikes included. */
    vips: z.optional(z.array(z.string())),
    detail: z.string(),
  }),
  /** What was planned could not be done, and why; it explains nothing. */
  z.object({ kind: z.literal('skipped'), at, round, strike: z.enum(STRIKE_KINDS), why: z.string() }),
  z.object({
    kind: z.literal('heal'),
    at,
    round,
    id: z.string(),
    strike: z.enum(STRIKE_KINDS),
    hosts: z.array(hostName),
  }),
  /** Everything is healed: from here the groups must come to rest. */
  z.object({ kind: z.literal('quiet'), at, round }),
  /** All is well: one MASTER each, bound, served. From here nothing may change. */
  z.object({ kind: z.literal('converged'), at, round, tookMs: z.number() }),
  z.object({ kind: z.literal('not-converged'), at, round, tookMs: z.number(), missing: z.string() }),
  z.object({ kind: z.literal('calm'), at, round }),
  z.object({
    kind: z.literal('decision'),
    at,
    what: z.enum(['transfer', 'committed', 'move-failed', 'move-stale', 'drift', 'releasing', 'other']),
    type: z.string(),
    group: z.string(),
    epoch: z.int(),
    from: maybeHost,
    to: maybeHost,
    reason: z.string(),
    detail: z.string(),
  }),
  /** A VIP appeared in or vanished from a host's kernel. `lifetimeS`: when the kernel drops it by itself; null: never. */
  z.object({
    kind: z.literal('bound'),
    at,
    order,
    host: hostName,
    vip: z.string(),
    bound: z.boolean(),
    lifetimeS: z.nullable(z.number()),
  }),
  /** The fabric delivers a VIP to another host from now on; in one route table, where it has several. */
  z.object({
    kind: z.literal('fabric'),
    at,
    order,
    vip: z.string(),
    host: maybeHost,
    table: z.optional(z.int()),
  }),
  /**
   * The gateway translates an Elastic IP to another private address. The kernel tells of its maps in no common order with its
   * routes, and without a time: so this is the lab's own note, which has the change between `since` and `at`.
   */
  z.object({
    kind: z.literal('associated'),
    at,
    since: z.number(),
    vip: z.string(),
    private: z.nullable(z.string()),
    /** Whose the private address was then. */
    host: maybeHost,
  }),
  z.object({
    kind: z.literal('ec2'),
    at,
    action: z.string(),
    by: z.string(),
    outcome: z.string(),
    addresses: z.string(),
  }),
  z.object({
    kind: z.literal('agent'),
    at,
    host: hostName,
    group: z.nullable(z.string()),
    epoch: z.nullable(z.int()),
    message: z.string(),
  }),
  /** A warning of the arbiter's. */
  z.object({ kind: z.literal('lambda'), at, message: z.string() }),
  z.object({ kind: z.literal('process'), at, host: hostName, what: z.string(), event: z.string() }),
  /** A client lost probes: from the sending of the last answered one to that of the first answered one after. */
  z.object({
    kind: z.literal('dark'),
    at,
    to: z.number(),
    vip: z.string(),
    lost: z.int(),
    before: maybeHost,
    after: maybeHost,
    /** The prober itself stood still for all of it: the machine's doing. */
    stalled: z.boolean(),
  }),
  /** One host answered the client from `at` to `to`. */
  z.object({
    kind: z.literal('answered'),
    at,
    to: z.number(),
    vip: z.string(),
    host: hostName,
    answers: z.int(),
  }),
  /** The observation has a hole: what is not here may have happened all the same. */
  z.object({ kind: z.literal('blind'), at, what: z.string() }),
  z.object({
    kind: z.literal('end'),
    at,
    sent: z.int(),
    stallMs: z.number(),
    /** How busy the machine was at the end: processes that wanted to run, averaged over a minute, and its cores. */
    load: z.number(),
    cores: z.int(),
    interrupted: z.boolean(),
  }),
]);
export type HistoryEvent = z.infer<typeof eventSchema>;
export type EventOf<K extends HistoryEvent['kind']> = Extract<HistoryEvent, { kind: K }>;

/** By instant; what the kernel told stays in the kernel's order. */
export const inOrder = (events: readonly HistoryEvent[]): HistoryEvent[] => {
  const orderOf = (event: HistoryEvent): number =>
    event.kind === 'bound' || event.kind === 'fabric' ? event.order : 0;
  return events.toSorted((a, b) => a.at - b.at || orderOf(a) - orderOf(b));
};

export const toJsonLines = (events: readonly HistoryEvent[]): string =>
  events.map((event) => `${JSON.stringify(event)}\n`).join('');

/** @throws SyntaxError or a schema's error when a line is no event */
export const fromJsonLines = (text: string): HistoryEvent[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => eventSchema.parse(JSON.parse(line)));
