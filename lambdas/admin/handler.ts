/**
 * `POST /v1/admin` behind an HTTP API with IAM authorization: status and history, and an operator's orders. The caller
 * is the ARN that API Gateway has verified; it is written with the reason into the decision's event and log line.
 */
import { createDeps } from '../arbiter/live.ts';
import { createPulse } from '../cloudwatch/pulse.ts';
import { parseEnvironment } from '../environment.ts';
import { type App, createHttpHandler } from '../http/wrap.ts';
import { parseHeartbeatFunction } from './environment.ts';
import { takeRequest } from './request.ts';

/** @param start builds what the handler needs; if it throws, every request is answered with that error */
export const createHandler = (start: () => App) =>
  createHttpHandler(start, (envelope, { deps }) => takeRequest(envelope, deps));

export const handler = createHandler(() => {
  const environment = parseEnvironment(process.env);
  const functionName = parseHeartbeatFunction(process.env);
  const deps = createDeps(environment);
  const pulse = functionName === undefined ? undefined : createPulse({ arbiter: deps.arbiter, functionName });
  return { environment, deps: { ...deps, pulse } };
});
