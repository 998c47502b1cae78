/**
 * One line of an agent's event socket, version 1: what happens on a host, for programs on it. A reader passes over events and
 * keys that it does not know: they may come without a new version.
 */
import * as z from 'zod/mini';
import { groupNameSchema } from './names.ts';

const count = z.int().check(z.nonnegative());
const head = {
  version: z.literal(1),
  /** The host's wall clock, ISO 8601 with milliseconds. The order of the lines does not depend on it. */
  at: z.iso.datetime(),
  /** The line tells what is the case, to a reader that has just connected. Absent: it has just become so. */
  present: z.optional(z.literal(true)),
};
const ofGroup = { ...head, group: groupNameSchema };
const addresses = z.array(z.string());

export const hostEventSchema = z.discriminatedUnion('event', [
  /** keepalived's words; INIT: no answer of the arbiter yet. The addresses are changed already, hooks run after it. */
  z.object({
    ...ofGroup,
    event: z.literal('state'),
    state: z.enum(['INIT', 'MASTER', 'BACKUP', 'FAULT', 'STOP']),
    epoch: count,
    /** Effective, as of the last check. */
    priority: count,
    /** All of the group. */
    vips: addresses,
    /** Those that serve here. */
    bound: addresses,
  }),
  /** VIPs serve here now, or do no more: by the agent, or because the kernel or another hand has ended them. */
  z.object({ ...ofGroup, event: z.enum(['bound', 'unbound']), vips: addresses }),
  z.object({
    ...ofGroup,
    event: z.literal('check'),
    check: z.string(),
    up: z.boolean(),
    detail: z.string(),
    priority: count,
  }),
  /** A hook has ended. `ok`: it exited with 0; `code` is null when it did not exit by itself, or was not run. */
  z.object({
    ...ofGroup,
    event: z.literal('hook'),
    hook: z.string(),
    state: z.string(),
    epoch: count,
    ok: z.boolean(),
    code: z.nullable(z.int()),
    durationMs: count,
  }),
  /** The arbiter was told that this host has let go at this epoch (exclusive groups). */
  z.object({ ...ofGroup, event: z.literal('released'), epoch: count }),
  /** Whether heartbeats are answered; false after three in a row that were not. */
  z.object({ ...head, event: z.literal('arbiter'), answers: z.boolean() }),
]);
export type HostEvent = z.infer<typeof hostEventSchema>;
