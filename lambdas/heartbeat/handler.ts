/** `POST /v1/heartbeat` behind an HTTP API with IAM authorization. */
import { createDeps } from '../arbiter/live.ts';
import { parseEnvironment } from '../environment.ts';
import { type App, createHttpHandler } from '../http/wrap.ts';
import { takeHeartbeat } from './beat.ts';

/** @param start builds what the handler needs; if it throws, every request is answered with that error */
export const createHandler = (start: () => App) =>
  createHttpHandler(start, (envelope, { environment, deps }) =>
    takeHeartbeat(envelope, environment.memberRoles, deps),
  );

export const handler = createHandler(() => {
  const environment = parseEnvironment(process.env);
  return { environment, deps: createDeps(environment) };
});
