/** One heartbeat through the shipped handler, as API Gateway passes it on and as the agent reads the answer. */
import * as z from 'zod/mini';
import {
  errorBodySchema,
  groupResultSchema,
  type HeartbeatRequest,
  type WireError,
} from '../../core/wire/heartbeat.ts';
import { type CredentialStore, MEMBER_ROLE } from '../../lab/ends/credentials.ts';
import { contextOf, type Handler, httpAnswerSchema } from '../handler/artefact.ts';
import { heartbeatEvent } from '../handler/member.ts';
import type { Reply } from './agent.ts';

const bodySchema = z.object({ groups: z.record(z.string(), groupResultSchema) });

export interface Call {
  readonly status: number;
  readonly reply: Reply;
  /** The handler alone. */
  readonly tookMs: number;
  readonly requestBytes: number;
  readonly answerBytes: number;
}

const refusalOf = (body: string): WireError => errorBodySchema.parse(JSON.parse(body)).error;

/** What an answer means to the agent: its own group's part of it, or the refusal of the whole. */
export const replyOf = (status: number, body: string, group: string): Reply => {
  if (status === 429) return { kind: 'throttled' };
  if (status >= 500) return { kind: 'server' };
  if (status !== 200) return { kind: 'refused', error: refusalOf(body) };
  const result = bodySchema.parse(JSON.parse(body)).groups[group];
  if (result === undefined) return { kind: 'server' };
  if (!('error' in result)) return { kind: 'answer', answer: result };
  // Every member is enrolled here: what is not about the heartbeat's own number is the arbiter's own trouble.
  return result.error.stored === undefined ? { kind: 'server' } : { kind: 'refused', error: result.error };
};

/**
 * @param sourceIp the member's own address
 * @throws what the handler throws, and ZodError for an answer that no agent would understand
 */
export const callHandler = async (
  handler: Handler,
  request: HeartbeatRequest,
  sourceIp: string,
  credentials: CredentialStore,
): Promise<Call> => {
  const principal = credentials.session(MEMBER_ROLE, request.node);
  const { event, bytes } = heartbeatEvent({ request, principal, sourceIp, nowMs: Date.now() });
  const context = contextOf();
  const startMs = performance.now();
  const result = await handler(event, context);
  const tookMs = performance.now() - startMs;
  const { statusCode, body } = httpAnswerSchema.parse(result);
  return {
    status: statusCode,
    reply: replyOf(statusCode, body, request.groups[0]?.name ?? ''),
    tookMs,
    requestBytes: bytes,
    answerBytes: Buffer.byteLength(body),
  };
};
