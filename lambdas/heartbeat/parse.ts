/** From an API Gateway event (payload version 2.0) to a heartbeat that can be believed. */
import * as z from 'zod/mini';
import { BODY_BYTES_MAX, type HeartbeatRequest, heartbeatRequestSchema } from '../../core/wire/heartbeat.ts';
import { BadRequest, BodyTooLarge, Misconfigured } from '../errors.ts';

/** The part of the event that matters here; API Gateway sends much more. */
export const eventSchema = z.object({
  body: z.optional(z.nullable(z.string())),
  isBase64Encoded: z.optional(z.boolean()),
  requestContext: z.object({
    requestId: z.string(),
    authorizer: z.optional(z.object({ iam: z.optional(z.object({ userArn: z.string() })) })),
  }),
});

export interface Envelope {
  readonly requestId: string;
  readonly userArn: string | undefined;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** @throws Misconfigured when something else than an HTTP API with payload version 2.0 invokes the function */
export const parseEvent = (event: unknown): Envelope => {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) {
    const hint =
      'the event is none of an HTTP API with payload version 2.0: check the integration of the route';
    throw new Misconfigured(hint, parsed.error);
  }
  const { body, isBase64Encoded, requestContext } = parsed.data;
  return {
    requestId: requestContext.requestId,
    userArn: requestContext.authorizer?.iam?.userArn,
    body: body ?? '',
    isBase64Encoded: isBase64Encoded ?? false,
  };
};

const parseJson = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (cause) {
    throw new BadRequest('the body is not JSON', cause);
  }
};

const schemaMessage = (error: z.core.$ZodError): string => {
  const issue = error.issues[0];
  const path = issue === undefined || issue.path.length === 0 ? 'the body' : issue.path.map(String).join('.');
  return `not a version 1 heartbeat: ${path}: ${issue?.message ?? 'invalid'}`;
};

/**
 * The heartbeat in the body.
 * @throws BodyTooLarge before anything is parsed; BadRequest naming the path of what is wrong
 */
export const parseHeartbeat = ({
  body,
  isBase64Encoded,
}: Pick<Envelope, 'body' | 'isBase64Encoded'>): HeartbeatRequest => {
  const encoding = isBase64Encoded ? 'base64' : 'utf8';
  const bytes = Buffer.byteLength(body, encoding);
  if (bytes > BODY_BYTES_MAX) throw new BodyTooLarge(bytes, BODY_BYTES_MAX);
  const text = isBase64Encoded ? Buffer.from(body, encoding).toString('utf8') : body;
  const parsed = heartbeatRequestSchema.safeParse(parseJson(text));
  if (!parsed.success) throw new BadRequest(schemaMessage(parsed.error), parsed.error);
  const names = parsed.data.groups.map((group) => group.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new BadRequest(`the group "${twice}" is reported twice`);
  return parsed.data;
};
