/** The arbiter's dependencies in a Lambda. Built while the environment starts, so that no request pays for it. */
import { epochMs } from '../../core/time.ts';
import type { Environment } from '../environment.ts';
import { createEc2Client } from '../fabric/ec2/client.ts';
import { createMovers } from '../fabric/movers.ts';
import { type Bus, createBus, createEventBridgeClient } from '../publish/bus.ts';
import { createDynamoClient } from '../store/client.ts';
import { newNonce } from '../store/nonce.ts';
import { createStore } from '../store/store.ts';
import { createConfigCache } from './configs.ts';
import { createCopies } from './copies.ts';
import type { Deps } from './deps.ts';
import { createLogger } from './log.ts';
import { createMetrics } from './metrics.ts';

const SERVICE = 'keepaloft';
/** Of a deployment that has no name. */
const ARBITER_DEFAULT = 'keepaloft';

const createBusOf = ({ eventBus }: Environment): Bus | undefined =>
  eventBus === undefined ? undefined : createBus(createEventBridgeClient(), eventBus);

/**
 * For a function that brings its own fabrics, or has none: what it does not use is not in its bundle.
 * @param overrides what a test or a benchmark replaces
 */
export const createDepsWith = (
  fabricOf: Deps['fabricOf'],
  environment: Environment,
  overrides: Partial<Deps> = {},
): Deps => {
  const arbiter = environment.arbiter ?? ARBITER_DEFAULT;
  const store =
    overrides.store ?? createStore({ client: createDynamoClient(), tableName: environment.tableName });
  return {
    arbiter,
    store,
    configs: createConfigCache(store),
    copies: createCopies(),
    fabricOf,
    clock: () => epochMs(Date.now()),
    random: Math.random,
    nonce: newNonce,
    logger: createLogger(SERVICE, environment),
    metrics: createMetrics(arbiter),
    bus: createBusOf(environment),
    ...overrides,
  };
};

/** @param overrides what a test or a benchmark replaces */
export const createDeps = (environment: Environment, overrides: Partial<Deps> = {}): Deps =>
  createDepsWith(createMovers(createEc2Client()), environment, overrides);
