/** A function behind an HTTP API or a REST API with IAM authorization: event in, answer or documented error out. */
import wrap, { type MiddlewareObj } from '@middy/core';
import type { Deps } from '../arbiter/deps.ts';
import type { Environment } from '../environment.ts';
import { asArbiterError } from '../errors.ts';
import { type Envelope, eventSchema, parseEvent, signerOf } from './event.ts';
import { logFailure } from './log-failure.ts';
import { type HttpAnswer, respondError } from './respond.ts';

export interface App {
  readonly environment: Environment;
  readonly deps: Deps;
}

/** What goes out when not even the log is configured. */
const consoleLogger: Pick<Deps, 'logger'> = {
  logger: {
    debug: () => undefined,
    info: () => undefined,
    warn: (message, fields) => console.warn(JSON.stringify({ level: 'WARN', message, ...fields })),
    error: (message, fields) => console.error(JSON.stringify({ level: 'ERROR', message, ...fields })),
  },
};

interface Sender {
  readonly requestId: string;
  readonly caller: string | undefined;
}

/** Who asked, as far as the event tells: what was wrong may be the event itself. */
const senderOf = (event: unknown, invocationId: string): Sender => {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) return { requestId: invocationId, caller: undefined };
  const { requestContext } = parsed.data;
  return { requestId: requestContext.requestId, caller: signerOf(requestContext) };
};

/** Every error becomes the documented body, and a line in the log without the request's own body. */
const errorsAsAnswers = (deps: Pick<Deps, 'logger'>): MiddlewareObj<unknown, HttpAnswer> => ({
  name: 'errorsAsAnswers',
  onError: (request) => {
    const error = asArbiterError(request.error);
    const { requestId, caller } = senderOf(request.event, request.context.awsRequestId);
    logFailure(error, { caller, requestId }, deps);
    request.response = respondError(error, requestId);
  },
});

/**
 * @param start builds what the handler needs; if it throws, every request is answered with that error
 * @param take answers one request; what it throws becomes the answer
 */
export const createHttpHandler = <T extends App>(
  start: () => T,
  take: (envelope: Envelope, app: T) => Promise<HttpAnswer>,
) => {
  let started: { app: T } | { error: unknown };
  try {
    started = { app: start() };
  } catch (error) {
    started = { error };
  }
  const deps = 'app' in started ? started.app.deps : consoleLogger;
  // The function's own time-out is never near: each budget below it ends the work before.
  return wrap<unknown, HttpAnswer>({ timeoutEarlyInMillis: 0 })
    .use(errorsAsAnswers(deps))
    .handler(async (event) => {
      if ('error' in started) throw started.error;
      return take(parseEvent(event), started.app);
    });
};
