/** What the benchmark and the processes that play its stories say to each other. */
import * as z from 'zod/mini';
import { spreadSchema } from '../statistics.ts';
import { trafficSchema } from './traffic.ts';

const artefacts = {
  /** Of DynamoDB. */
  endpoint: z.string(),
  /** Paths of the built functions. */
  heartbeat: z.string(),
};

const playSchema = z.object({
  /** So many share the heartbeats. */
  environments: z.int(),
  /** Not counted: the first heartbeats fill caches and warm the compiler up. */
  warmUps: z.int(),
  beats: z.int(),
});
export type Play = z.infer<typeof playSchema>;

const steadyCaseSchema = z.object({
  table: z.string(),
  groups: z.int(),
  heartbeatMs: z.int(),
  plays: z.array(playSchema),
});
export type SteadyCase = z.infer<typeof steadyCaseSchema>;

export const steadyOrderSchema = z.object({
  ...artefacts,
  /** Their first plays take turns, so that a machine that grows busier does so for all; then their second ones. */
  cases: z.array(steadyCaseSchema),
});
export type SteadyOrder = z.infer<typeof steadyOrderSchema>;

export const steadyResultSchema = z.object({
  table: z.string(),
  groups: z.int(),
  heartbeatMs: z.int(),
  environments: z.int(),
  beats: z.int(),
  /** Of these, heartbeats that were not answered with a role: must be none. */
  failures: z.int(),
  latencyMs: spreadSchema,
  /** All heartbeats together. */
  traffic: trafficSchema,
  /** Mean bytes of a heartbeat's body and of its answer's body. */
  requestBytes: z.number(),
  answerBytes: z.number(),
  /** What the function wrote to its log and as metrics. */
  logBytes: z.number(),
});
export type SteadyResult = z.infer<typeof steadyResultSchema>;

export const returnOrderSchema = z.object({
  ...artefacts,
  table: z.string(),
  groups: z.int(),
  /** Holders that die in the middle of the blackout. */
  dead: z.int(),
  blackoutMs: z.int(),
  /** Played at least so long after the return, and so long after the last move. */
  watchMs: z.int(),
  calmMs: z.int(),
});
export type ReturnOrder = z.infer<typeof returnOrderSchema>;

export const returnResultSchema = z.object({
  groups: z.int(),
  dead: z.int(),
  blackoutMs: z.int(),
  /** After the return. */
  playedMs: z.int(),
  requests: z.int(),
  requestsInFirstSecond: z.int(),
  /** How they ended: 200, 409 and so on, 429, 503. */
  statuses: z.record(z.string(), z.int()),
  /** When the last request was answered with 429 or 5xx; null when none was. */
  lastRefusalMs: z.nullable(z.int()),
  /** When the last agent had its first answer. */
  lastFirstAnswerMs: z.int(),
  environments: z.int(),
  traffic: trafficSchema,
  /** AssignPrivateIpAddresses: all calls, and those that EC2 throttled. */
  ec2Calls: z.int(),
  ec2Throttled: z.int(),
  otherEc2Calls: z.int(),
  /** New holders, by reason. */
  transfers: z.record(z.string(), z.int()),
  claimsRefused: z.int(),
  /** What the function wrote to its log and as metrics, the deployment included. */
  logBytes: z.int(),
  /** When each move was committed. */
  committedMs: z.array(z.int()),
  /** Groups whose VIP leads, at the end, to a living host that has it bound. */
  served: z.int(),
  /** When a VIP was last led to nowhere or to a host that does not serve it. */
  allServedMs: z.nullable(z.int()),
});
export type ReturnResult = z.infer<typeof returnResultSchema>;

export const orderSchema = z.discriminatedUnion('kind', [
  z.extend(steadyOrderSchema, { kind: z.literal('steady') }),
  z.extend(returnOrderSchema, { kind: z.literal('return') }),
]);
export type Order = z.infer<typeof orderSchema>;

export const messageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('progress'), line: z.string() }),
  z.object({ kind: z.literal('steady'), results: z.array(steadyResultSchema) }),
  z.object({ kind: z.literal('return'), result: returnResultSchema }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
]);
export type Message = z.infer<typeof messageSchema>;

/** @throws when no benchmark has started this process */
export const say = (message: Message): void => {
  if (process.send === undefined) throw new TypeError('this process is started by the benchmark');
  process.send(message);
};
