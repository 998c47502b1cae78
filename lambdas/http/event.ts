/** From an API Gateway event to who asks and what stands in the body. */
import * as z from 'zod/mini';
import { BODY_BYTES_MAX } from '../../core/wire/heartbeat.ts';
import { BadRequest, BodyTooLarge, Misconfigured } from '../errors.ts';

/**
 * The part of the event that matters here; API Gateway sends much more. An HTTP API (payload version 2.0) tells who signed
 * in `authorizer.iam`, a REST API (version 1.0) in `identity`; neither lets a request write into the other's place.
 */
export const eventSchema = z.object({
  body: z.optional(z.nullable(z.string())),
  isBase64Encoded: z.optional(z.boolean()),
  requestContext: z.object({
    requestId: z.string(),
    authorizer: z.optional(z.nullable(z.object({ iam: z.optional(z.object({ userArn: z.string() })) }))),
    identity: z.optional(z.object({ userArn: z.optional(z.nullable(z.string())) })),
  }),
});

export interface Envelope {
  readonly requestId: string;
  readonly userArn: string | undefined;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

type RequestContext = z.infer<typeof eventSchema>['requestContext'];

/** Undefined: the route does not authenticate. */
export const signerOf = ({ authorizer, identity }: RequestContext): string | undefined =>
  authorizer?.iam?.userArn ?? identity?.userArn ?? undefined;

/** @throws Misconfigured when something else than an HTTP API or a REST API invokes the function */
export const parseEvent = (event: unknown): Envelope => {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) {
    const hint =
      'the event is none of an HTTP API or of a REST API with proxy integration: check the integration of the route';
    throw new Misconfigured(hint, parsed.error);
  }
  const { body, isBase64Encoded, requestContext } = parsed.data;
  return {
    requestId: requestContext.requestId,
    userArn: signerOf(requestContext),
    body: body ?? '',
    isBase64Encoded: isBase64Encoded ?? false,
  };
};

/** Who signed the request. @throws Misconfigured when the route does not authenticate */
export const callerArn = ({ userArn }: Pick<Envelope, 'userArn'>): string => {
  if (userArn !== undefined) return userArn;
  throw new Misconfigured('the request has no IAM identity: set the authorization of the route to AWS_IAM');
};

const parseJson = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (cause) {
    throw new BadRequest('the body is not JSON', cause);
  }
};

/**
 * What the body says.
 * @param what the schema's name in an error, for example `a version 1 heartbeat`
 * @throws BodyTooLarge before anything is parsed; BadRequest naming the path of what is wrong
 */
export const parseBody = <T extends z.ZodMiniType>(
  { body, isBase64Encoded }: Pick<Envelope, 'body' | 'isBase64Encoded'>,
  schema: T,
  what: string,
): z.output<T> => {
  const encoding = isBase64Encoded ? 'base64' : 'utf8';
  const bytes = Buffer.byteLength(body, encoding);
  if (bytes > BODY_BYTES_MAX) throw new BodyTooLarge(bytes, BODY_BYTES_MAX);
  const text = isBase64Encoded ? Buffer.from(body, encoding).toString('utf8') : body;
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue === undefined || issue.path.length === 0 ? 'the body' : issue.path.map(String).join('.');
  throw new BadRequest(`not ${what}: ${path}: ${issue?.message ?? 'invalid'}`, parsed.error);
};
