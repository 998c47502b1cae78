/**
 * The calls to DynamoDB that the arbiter makes. Everything is read strongly consistent, and nothing is written or
 * removed without a condition.
 */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type Delete,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  type Put,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactionConflictException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { Attributes } from '../../core/wire/attributes.ts';
import { toStoreFailure } from './failures.ts';

/** One call to DynamoDB as it ended, for benchmarks and cost estimates. `ms` includes the SDK's own retry. */
export interface StoreCall {
  readonly operation: 'GetItem' | 'PutItem' | 'DeleteItem' | 'Query' | 'TransactWriteItems';
  readonly ms: number;
  readonly ok: boolean;
}

export interface TableOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** Called after each call, also a failed one. */
  readonly onCall?: (call: StoreCall) => void;
}

interface Condition {
  readonly condition: string;
  /** For attributes whose names are words of the expression language. */
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Attributes;
}

/** An item, and the condition under which it may take its place. */
export interface Write extends Condition {
  readonly item: Attributes;
}

/** The key of an item, and the condition under which it may go. */
export interface Removal extends Condition {
  readonly key: Attributes;
}

/**
 * `lost`: the condition did not hold, and `found` is what is there instead. `busy`: a transaction was just changing the
 * item, and what is there has to be read.
 */
export type Written =
  | { readonly kind: 'done' }
  | { readonly kind: 'lost'; readonly found: Attributes | undefined }
  | { readonly kind: 'busy' };

/** Items of one partition: those whose sort keys lie between two, both included, in order and at most `limit`. */
export interface Range {
  readonly pk: string;
  readonly from: string;
  readonly to: string;
  readonly limit: number;
  /** @default the lowest sort key first */
  readonly backwards?: boolean;
}

/** What became of a state that was to replace another: it is the item now, or this is. */
export type Swap<T> =
  | { readonly swapped: true; readonly state: T }
  | { readonly swapped: false; readonly current: T };

/** A table whose keys are `pk` and `sk`, both strings. Every failure is an ArbiterError, see `toStoreFailure`. */
export interface Table {
  get(key: Attributes): Promise<Attributes | undefined>;
  put(write: Write): Promise<Written>;
  /** One page: of small items as many as were asked for. */
  query(range: Range): Promise<Attributes[]>;
  /** @returns whether it is gone by this; if not, it was not there or the condition did not hold */
  remove(removal: Removal): Promise<boolean>;
  /** Writes and removes all or none. @returns whether it wrote; if not, some condition did not hold, or somebody was writing */
  putAll(writes: readonly (Write | Removal)[]): Promise<boolean>;
}

/** The SDK's type forbids by name what `Attributes` cannot hold anyway: sets and binaries. */
const forSdk = (attributes: Attributes): Record<string, AttributeValue> =>
  attributes as Record<string, AttributeValue>;

/** Why a transaction was cancelled although nothing is wrong with the table: others were faster. */
const OVERTAKEN: ReadonlySet<string> = new Set(['ConditionalCheckFailed', 'TransactionConflict']);

const isOvertaken = (thrown: unknown): boolean =>
  thrown instanceof TransactionCanceledException &&
  thrown.CancellationReasons?.some(({ Code }) => OVERTAKEN.has(Code ?? '')) === true;

type Timed = <T>(operation: StoreCall['operation'], call: () => Promise<T>) => Promise<T>;

const timedBy =
  (onCall: TableOptions['onCall']): Timed =>
  async (operation, call) => {
    const startMs = performance.now();
    const report = (ok: boolean): void => onCall?.({ operation, ms: performance.now() - startMs, ok });
    try {
      const result = await call();
      report(true);
      return result;
    } catch (thrown) {
      report(false);
      throw thrown;
    }
  };

/** A table as the arbiter's items lie in it. */
export const openTable = ({ client, tableName, onCall }: TableOptions): Table => {
  const timed = timedBy(onCall);
  const under = ({ condition, names, values }: Condition) => ({
    TableName: tableName,
    ConditionExpression: condition,
    ...(names === undefined ? {} : { ExpressionAttributeNames: { ...names } }),
    ...(values === undefined ? {} : { ExpressionAttributeValues: forSdk(values) }),
  });
  const putOf = (write: Write) => ({ ...under(write), Item: forSdk(write.item) }) satisfies Put;
  const deleteOf = (removal: Removal) => ({ ...under(removal), Key: forSdk(removal.key) }) satisfies Delete;

  return {
    async get(key) {
      const command = new GetItemCommand({ TableName: tableName, Key: forSdk(key), ConsistentRead: true });
      try {
        return (await timed('GetItem', () => client.send(command))).Item;
      } catch (thrown) {
        throw toStoreFailure('GetItem', thrown);
      }
    },
    async put(write) {
      const command = new PutItemCommand({
        ...putOf(write),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      try {
        await timed('PutItem', () => client.send(command));
        return { kind: 'done' };
      } catch (thrown) {
        if (thrown instanceof ConditionalCheckFailedException) return { kind: 'lost', found: thrown.Item };
        if (thrown instanceof TransactionConflictException) return { kind: 'busy' };
        throw toStoreFailure('PutItem', thrown);
      }
    },
    async remove(removal) {
      const command = new DeleteItemCommand(deleteOf(removal));
      try {
        await timed('DeleteItem', () => client.send(command));
        return true;
      } catch (thrown) {
        if (thrown instanceof ConditionalCheckFailedException) return false;
        throw toStoreFailure('DeleteItem', thrown);
      }
    },
    async query({ pk, from, to, limit, backwards }) {
      const command = new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: forSdk({ ':pk': { S: pk }, ':from': { S: from }, ':to': { S: to } }),
        ConsistentRead: true,
        Limit: limit,
        ScanIndexForward: backwards !== true,
      });
      try {
        return (await timed('Query', () => client.send(command))).Items ?? [];
      } catch (thrown) {
        throw toStoreFailure('Query', thrown);
      }
    },
    async putAll(writes) {
      const command = new TransactWriteItemsCommand({
        TransactItems: writes.map((write) =>
          'key' in write ? { Delete: deleteOf(write) } : { Put: putOf(write) },
        ),
      });
      try {
        await timed('TransactWriteItems', () => client.send(command));
        return true;
      } catch (thrown) {
        if (isOvertaken(thrown)) return false;
        throw toStoreFailure('TransactWriteItems', thrown);
      }
    },
  };
};
