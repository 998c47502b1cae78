/**
 * `POST /v1/admin` behind an HTTP API with IAM authorization: status and history, and an operator's orders. The caller
 * is the ARN that API Gateway has verified; it is written with the reason into the decision's event and log line.
 */
import { createDeps } from '../arbiter/live.ts';
import { parseEnvironment } from '../environment.ts';
import { type App, createHttpHandler } from '../http/wrap.ts';
import { takeRequest } from './request.ts';

/** @param start builds what the handler needs; if it throws, every request is answered with that error */
export const createHandler = (start: () => App) =>
  createHttpHandler(start, (envelope, { deps }) => takeRequest(envelope, deps));

export const handler = createHandler(() => {
  const environment = parseEnvironment(process.env);
  return { environment, deps: createDeps(environment) };
});
