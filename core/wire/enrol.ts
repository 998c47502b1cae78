/**
 * `POST /v1/enroll`, wire version 1: a host asks what it is to run. Who asks is what API Gateway has verified, and what
 * it is told is made of the deployed groups: the request only repeats the one and carries nothing of the other.
 */
import * as z from 'zod/mini';
import { wireErrorSchema } from './heartbeat.ts';
import { groupNameSchema, nodeIdSchema } from './names.ts';

export const ENROL_PATH = '/v1/enroll';

export const enrolRequestSchema = z.object({
  v: z.literal(1),
  node: nodeIdSchema,
  /** The agent's version. */
  agent: z.string().check(z.maxLength(32)),
});
export type EnrolRequest = z.infer<typeof enrolRequestSchema>;

export const enrolResponseSchema = z.object({
  v: z.literal(1),
  /** Names all of `config`: equal answers have equal hashes. */
  hash: z.string().check(z.maxLength(64)),
  /**
   * What belongs into agent.yaml, except where the arbiter is and what only the host knows (interface, user of scripts,
   * level of the log). A group's entry is for the agent's own schema of that file to read, which refuses unknown keys.
   */
  config: z.object({ version: z.literal(1), groups: z.record(groupNameSchema, z.unknown()) }),
  /** Groups that name this host as a member and that it cannot serve as it is, and why. */
  refused: z.optional(z.record(groupNameSchema, wireErrorSchema)),
});
export type EnrolResponse = z.infer<typeof enrolResponseSchema>;
