/** A built Lambda function in this process: loaded as an environment does it, called with one event at a time. */
import { randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import * as z from 'zod/mini';

const INVOCATION_MS = 10_000;

export type Handler = (event: object, context: object) => Promise<unknown>;
const handlerSchema = z.object({
  handler: z.custom<Handler>((value) => typeof value === 'function', 'the artefact exports no handler'),
});
/** What the function returns for an HTTP request. */
export const httpAnswerSchema = z.object({ statusCode: z.int(), body: z.string() });

/**
 * The handler of a built function, which reads `process.env` as it is now.
 * @param copy names one of several environments in this process, each with a memory of its own
 */
export const loadArtefact = async (path: string, copy?: string): Promise<Handler> => {
  const url = pathToFileURL(path);
  if (copy !== undefined) url.searchParams.set('environment', copy);
  const loaded: unknown = await import(url.href);
  return handlerSchema.parse({ ...Object(loaded) }).handler;
};

/** The context of one invocation. */
export const contextOf = (): object => ({
  awsRequestId: randomUUID(),
  functionName: 'keepaloft-heartbeat',
  functionVersion: '$LATEST',
  memoryLimitInMB: '256',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:111122223333:function:keepaloft-heartbeat',
  callbackWaitsForEmptyEventLoop: true,
  getRemainingTimeInMillis: () => INVOCATION_MS,
});
