/**
 * The table behind the arbiter. A group's whole truth is one item, and every change of it is one PutItem under one
 * condition: nobody has written since I read. Which race is lost or won is decided by `step`, never here.
 */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { initialState } from '../../core/election/initial.ts';
import { type EpochMs, epochMs } from '../../core/time.ts';
import type { Attributes } from '../../core/wire/attributes.ts';
import type { GroupConfig, GroupState } from '../../core/wire/item.ts';
import { Contended, Misconfigured, UnknownGroup } from '../errors.ts';
import { toStoreFailure } from './failures.ts';
import { configItem, configKey, keyOf, parseConfig, parseState, STATE_KEY, stateItem } from './items.ts';
import { newNonce } from './nonce.ts';

/** A write either is the item now, or tells what the item is instead. */
export type Swap =
  | { readonly swapped: true; readonly state: GroupState }
  | { readonly swapped: false; readonly current: GroupState };

/** One call to DynamoDB as it ended, for benchmarks and cost estimates. `ms` includes the SDK's own retry. */
export interface StoreCall {
  readonly operation: 'GetItem' | 'PutItem';
  readonly ms: number;
  readonly ok: boolean;
}

export interface Store {
  /** Strongly consistent. @throws UnknownGroup, CorruptItem, StoreUnavailable, Misconfigured */
  load(group: string): Promise<GroupState>;
  /** Immutable per hash, so a caller may keep it. @throws Misconfigured when absent, and as {@link Store.load} */
  loadConfig(group: string, hash: string): Promise<GroupConfig>;
  /**
   * Replaces the item if its rev still is `previousRev`. `nonce` must be new for each write: by it, a write that
   * the SDK repeated recognises itself in the item that refuses it. @throws as {@link Store.load}
   */
  swap(previousRev: number, state: GroupState, nonce: string): Promise<Swap>;
  /**
   * Deploys a configuration: stores it under its hash, then creates the group's state if there is none, else
   * points the state to the new hash. Safe to repeat. @throws Contended, and as {@link Store.load}
   */
  putConfig(config: GroupConfig, now?: EpochMs, nonce?: () => string): Promise<GroupState>;
}

/** The SDK's type forbids by name what `Attributes` cannot hold anyway: sets and binaries. */
const forSdk = (attributes: Attributes): Record<string, AttributeValue> =>
  attributes as Record<string, AttributeValue>;

/** Tries of a deployment to slip its hash in between two heartbeats. */
const DEPLOY_TRIES_MAX = 10;

export interface StoreOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** Called after each call, also a failed one. */
  readonly onCall?: (call: StoreCall) => void;
}

type Put = { readonly done: true } | { readonly done: false; readonly found: Attributes | undefined };

/** A store on a table whose keys are `pk` and `sk`, both strings. */
export const createStore = ({ client, tableName, onCall }: StoreOptions): Store => {
  const timed = async <T>(operation: StoreCall['operation'], call: () => Promise<T>): Promise<T> => {
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

  const get = async (group: string, sk: string): Promise<Attributes | undefined> => {
    const command = new GetItemCommand({
      TableName: tableName,
      Key: forSdk(keyOf(group, sk)),
      ConsistentRead: true,
    });
    try {
      const { Item } = await timed('GetItem', () => client.send(command));
      return Item;
    } catch (thrown) {
      throw toStoreFailure('GetItem', thrown);
    }
  };

  const put = async (item: Attributes, condition: string, values?: Attributes): Promise<Put> => {
    const command = new PutItemCommand({
      TableName: tableName,
      Item: forSdk(item),
      ConditionExpression: condition,
      ...(values === undefined ? {} : { ExpressionAttributeValues: forSdk(values) }),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    try {
      await timed('PutItem', () => client.send(command));
      return { done: true };
    } catch (thrown) {
      if (thrown instanceof ConditionalCheckFailedException) return { done: false, found: thrown.Item };
      throw toStoreFailure('PutItem', thrown);
    }
  };

  const load: Store['load'] = async (group) => {
    const item = await get(group, STATE_KEY);
    if (item === undefined) throw new UnknownGroup(group);
    return parseState(item);
  };

  const swap: Store['swap'] = async (previousRev, state, nonce) => {
    const written = { ...state, nonce };
    const write = await put(stateItem(written), 'rev = :rev', { ':rev': { N: String(previousRev) } });
    if (write.done) return { swapped: true, state: written };
    if (write.found === undefined) throw new UnknownGroup(state.group);
    const current = parseState(write.found);
    return current.nonce === nonce ? { swapped: true, state: current } : { swapped: false, current };
  };

  return {
    load,
    swap,
    async loadConfig(group, hash) {
      const item = await get(group, configKey(hash));
      if (item !== undefined) return parseConfig(item);
      throw new Misconfigured(
        `group "${group}" names configuration ${hash}, which is not there: deploy again`,
      );
    },
    async putConfig(config, now = epochMs(Date.now()), nonce = newNonce) {
      await put(configItem(config), 'attribute_not_exists(pk)');
      const created = { ...initialState(config, now), nonce: nonce() };
      const first = await put(stateItem(created), 'attribute_not_exists(pk)');
      if (first.done) return created;
      let current = await load(config.group);
      for (let tries = 0; tries < DEPLOY_TRIES_MAX; tries += 1) {
        if (current.configHash === config.hash) return current;
        const next = { ...current, rev: current.rev + 1, configHash: config.hash };
        const outcome = await swap(current.rev, next, nonce());
        if (outcome.swapped) return outcome.state;
        current = outcome.current;
      }
      throw new Contended(config.group, DEPLOY_TRIES_MAX);
    },
  };
};
