/**
 * Writes the configuration of a group: validated, immutable under its hash, then made the current one. Invoked by a
 * deployment, never over HTTP.
 */
import * as z from 'zod/mini';
import { groupConfigSchema } from '../../core/wire/item.ts';
import { parseEnvironment } from '../environment.ts';
import { createDynamoClient } from '../store/client.ts';
import { createStore } from '../store/store.ts';

const eventSchema = z.strictObject({ config: groupConfigSchema });

const { tableName } = parseEnvironment(process.env);
const store = createStore({ client: createDynamoClient(), tableName });

/**
 * @param event `{config: GroupConfig}`
 * @returns `{group, hash}` once the arbiter uses it
 * @throws when the event is not a valid configuration, so that a deployment fails with the reason
 */
export const handler = async (event: unknown): Promise<{ group: string; hash: string }> => {
  const { config } = eventSchema.parse(event);
  await store.putConfig(config);
  return { group: config.group, hash: config.hash };
};
