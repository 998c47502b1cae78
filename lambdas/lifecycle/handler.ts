/** Invoked by the deployment's rule when an Auto Scaling group's hook holds up the termination of an instance. */
import { setTimeout as pause } from 'node:timers/promises';
import { epochMs } from '../../core/time.ts';
import { createConfigCache } from '../arbiter/configs.ts';
import { createLogger } from '../arbiter/log.ts';
import { parseEnvironment } from '../environment.ts';
import { createDynamoClient } from '../store/client.ts';
import { createStore } from '../store/store.ts';
import { createAutoScalingClient, createComplete } from './complete.ts';
import { parseWaiting } from './event.ts';
import { type LifecycleAnswer, type LifecycleDeps, letGo } from './let-go.ts';

const SERVICE = 'keepaloft';

/** @param deps made once for each environment */
export const createHandler =
  (deps: LifecycleDeps) =>
  async (event: unknown): Promise<LifecycleAnswer> =>
    letGo(parseWaiting(event), deps);

const start = (): LifecycleDeps => {
  const environment = parseEnvironment(process.env);
  const store = createStore({ client: createDynamoClient(), tableName: environment.tableName });
  return {
    store,
    configs: createConfigCache(store),
    clock: () => epochMs(Date.now()),
    logger: createLogger(SERVICE, environment),
    complete: createComplete(createAutoScalingClient()),
    pause,
  };
};

let take: ReturnType<typeof createHandler> | undefined;

/** @throws so that Lambda delivers the event again, and its errors count it */
export const handler = async (event: unknown): Promise<LifecycleAnswer> => {
  take ??= createHandler(start());
  return take(event);
};
