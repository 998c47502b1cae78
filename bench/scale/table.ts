/** The group table of a story, filled before it begins and read after it has ended. */
import {
  type AttributeValue,
  BatchWriteItemCommand,
  DynamoDBClient,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { initialBrake } from '../../core/brake.ts';
import { type Attributes, marshal, unmarshal } from '../../core/wire/attributes.ts';
import { type GroupConfig, type GroupState, groupStateSchema } from '../../core/wire/item.ts';
import { groupNameSchema } from '../../core/wire/names.ts';
import { LAB_REGION } from '../../lab/ends/credentials.ts';
import { BenchError } from '../errors.ts';
import { itemBytes } from '../handler/item-size.ts';

/** DynamoDB's own limit. */
const BATCH_MAX = 25;
const BATCHES_AT_ONCE = 4;

const clientOf = (endpoint: string): DynamoDBClient =>
  new DynamoDBClient({
    region: LAB_REGION,
    endpoint,
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  });

/** Items as the arbiter keeps them: a wrong one would be refused by its schema in the first heartbeat. */
const itemOf = (sk: string, { group, ...fields }: { group: string }): Attributes => ({
  pk: { S: group },
  sk: { S: sk },
  ...marshal(fields),
});
export const stateItem = (state: GroupState): Attributes => itemOf('state', state);
export const configItem = (config: GroupConfig): Attributes => itemOf(`config#${config.hash}`, config);
/** What the brake knows once so many groups have been deployed. */
export const brakeItem = (groups: number): Attributes => {
  const brake = { group: '#brake', ...initialBrake(), rev: groups, nonce: 'rehearsal---', groups };
  return itemOf('state', brake);
};

/** The SDK's type forbids by name what `Attributes` cannot hold anyway: sets and binaries. */
const forSdk = (item: Attributes): Record<string, AttributeValue> => item as Record<string, AttributeValue>;

/** Writes items, whatever was there. @throws BenchError when some are not taken */
export const putItems = async (
  endpoint: string,
  table: string,
  items: readonly Attributes[],
): Promise<void> => {
  const client = clientOf(endpoint);
  const batches = Array.from({ length: Math.ceil(items.length / BATCH_MAX) }, (_, index) =>
    items.slice(index * BATCH_MAX, (index + 1) * BATCH_MAX),
  );
  const writeSome = async (): Promise<void> => {
    for (let batch = batches.pop(); batch !== undefined; batch = batches.pop()) {
      const RequestItems = { [table]: batch.map((item) => ({ PutRequest: { Item: forSdk(item) } })) };
      const { UnprocessedItems } = await client.send(new BatchWriteItemCommand({ RequestItems }));
      if (Object.keys(UnprocessedItems ?? {}).length > 0)
        throw new BenchError(`the table ${table} did not take every item`);
    }
  };
  try {
    await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, writeSome));
  } finally {
    client.destroy();
  }
};

/** What lies in a table: sizes by DynamoDB's rules, and the states of all groups. */
export interface TableContent {
  readonly states: readonly GroupState[];
  /** The largest item of each kind, in bytes. */
  readonly stateBytesMax: number;
  readonly otherBytesMax: number;
}

const keySchema = z.object({ pk: z.object({ S: z.string() }), sk: z.object({ S: z.string() }) });

/** Reads everything. @throws when a state does not parse */
export const readTable = async (endpoint: string, table: string): Promise<TableContent> => {
  const client = clientOf(endpoint);
  const states: GroupState[] = [];
  let [stateBytesMax, otherBytesMax] = [0, 0];
  try {
    for await (const { Items = [] } of paginateScan({ client }, { TableName: table, ConsistentRead: true })) {
      for (const item of Items as Attributes[]) {
        const { pk, sk } = keySchema.parse(item);
        // The brake's item lies beside the groups', under a name that no group can have.
        if (sk.S === 'state' && groupNameSchema.safeParse(pk.S).success) {
          states.push(groupStateSchema.parse({ ...unmarshal(item), group: pk.S }));
          stateBytesMax = Math.max(stateBytesMax, itemBytes(item));
        } else otherBytesMax = Math.max(otherBytesMax, itemBytes(item));
      }
    }
  } finally {
    client.destroy();
  }
  return { states, stateBytesMax, otherBytesMax };
};
