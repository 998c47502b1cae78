/** What a probing client says over its channel, as schemas: it is another process. */

import * as z from 'zod/mini';
import { detailsMax } from './analysis.ts';

const hostName = z.string().check(z.maxLength(255));
const vip = z.string().check(z.maxLength(45));

const outageSchema = z.object({
  fromEpochMs: z.number(),
  toEpochMs: z.number(),
  ms: z.number(),
  lost: z.int(),
  before: z.nullable(hostName),
  after: z.nullable(hostName),
});

const ownerSchema = z.object({
  host: hostName,
  firstEpochMs: z.number(),
  lastEpochMs: z.number(),
  answers: z.int(),
});

/** A `ProbeReport`. */
export const probeReportSchema = z.object({
  vip,
  intervalMs: z.number(),
  sent: z.int(),
  answered: z.int(),
  lost: z.int(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  outageMs: z.number(),
  outages: z.array(outageSchema).check(z.maxLength(detailsMax)),
  owners: z.array(ownerSchema).check(z.maxLength(detailsMax)),
  maxLateMs: z.number(),
  rttMs: z.object({ p50: z.number(), p99: z.number(), max: z.number() }),
  stalls: z.array(z.object({ fromEpochMs: z.number(), ms: z.number() })).check(z.maxLength(detailsMax)),
  stallMs: z.number(),
  strayAnswers: z.int(),
  lateAnswers: z.int(),
});

/** Everything a client sends. */
export const clientMessageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('owner'), vip, host: hostName, epochMs: z.number() }),
  z.object({ kind: z.literal('silent'), vip, sinceEpochMs: z.number() }),
  z.object({ kind: z.literal('recovered'), vip, host: hostName, epochMs: z.number(), silentMs: z.number() }),
  z.object({
    kind: z.literal('progress'),
    vip,
    epochMs: z.number(),
    sent: z.int(),
    answered: z.int(),
    lost: z.int(),
    owner: z.nullable(hostName),
  }),
  z.object({ kind: z.literal('report'), reports: z.array(probeReportSchema) }),
]);
