// Proves, against a real DynamoDB server, that the brake's item takes one writer at a time and counts each group once.
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { admit, initialBrake, withGroup } from '../../../core/brake.ts';
import { epochMs } from '../../../core/time.ts';
import { CorruptItem, StoreUnavailable, UnknownGroup } from '../../../lambdas/errors.ts';
import { BRAKE_PK, createBrakeStore } from '../../../lambdas/store/brake.ts';
import { deploy } from '../../../lambdas/store/deploy.ts';
import { createStore, type Store, type StoreCall } from '../../../lambdas/store/store.ts';
import { type Table as Calls, openTable, type Written } from '../../../lambdas/store/table.ts';
import { freshNonce } from '../deps.ts';
import { config } from '../fixtures.ts';
import { clientOf, startTable, TABLE, type Table } from '../table.ts';

let table: Table;
let store: Store;
const calls: StoreCall[] = [];

beforeEach(async () => {
  table = await startTable();
  store = createStore({ client: table.client, tableName: TABLE, onCall: (call) => calls.push(call) });
  calls.length = 0;
});
afterEach(() => table.close());

const NOW = epochMs(1_763_000_000_000);
const openCalls = (): Calls => openTable({ client: table.client, tableName: TABLE });
const deployed = (group: string, hash = config.hash) => store.putConfig({ ...config, group, hash });
const counted = async (): Promise<number> => (await store.brake.load()).groups;

describe('the item', () => {
  it('that was never written is an untouched brake', async () => {
    expect(await store.brake.load()).toEqual(initialBrake());
    expect(await table.raw(BRAKE_PK, 'state')).toBeUndefined();
  });

  it('comes back as it was written', async () => {
    const { state } = admit({ ...initialBrake(), groups: 7 }, 'mysql', NOW);
    const written = await store.brake.swap(0, state, 'nonce');
    expect(written).toEqual({ swapped: true, state: { ...state, nonce: 'nonce' } });
    expect(await store.brake.load()).toEqual({ ...state, nonce: 'nonce' });
  });

  it.each([0, 1])('of two writers on rev %i one wins, and the other is told what won', async (rev) => {
    if (rev === 1) await store.brake.swap(0, withGroup(initialBrake()), freshNonce());
    const read = await store.brake.load();
    const write = (group: string) => store.brake.swap(read.rev, admit(read, group, NOW).state, freshNonce());
    const outcomes = await Promise.all([write('left'), write('right')]);
    const won = outcomes.filter((outcome) => outcome.swapped);
    const lost = outcomes.flatMap((outcome) => (outcome.swapped ? [] : [outcome.current]));
    expect(won).toHaveLength(1);
    expect(lost).toEqual([await store.brake.load()]);
  });

  it('a write that was repeated against its own first success counts as won', async () => {
    const state = withGroup(initialBrake());
    await store.brake.swap(0, state, 'same');
    expect((await store.brake.swap(0, state, 'same')).swapped).toBe(true);
    expect((await store.brake.swap(0, state, 'other')).swapped).toBe(false);
  });

  it('that does not parse is never taken for "nothing has moved"', async () => {
    const Item = { pk: { S: BRAKE_PK }, sk: { S: 'state' }, rev: { N: '7' } };
    await table.client.send(new PutItemCommand({ TableName: TABLE, Item }));
    await expect(store.brake.load()).rejects.toThrow(CorruptItem);
    await expect(store.brake.swap(3, initialBrake(), 'n')).rejects.toThrow(CorruptItem);
  });

  it('that cannot be reached is: not now', async () => {
    const away = createStore({ client: clientOf('http://127.0.0.1:1'), tableName: TABLE });
    await expect(away.brake.load()).rejects.toThrow(StoreUnavailable);
  });

  // A plain write that meets a transaction is refused without the item; no server here can be timed to do that.
  it('that a deployment is just changing is read anew', async () => {
    await store.brake.swap(0, withGroup(initialBrake()), 'winner');
    const busy: Calls = { ...openCalls(), put: (): Promise<Written> => Promise.resolve({ kind: 'busy' }) };
    const swap = await createBrakeStore(busy).swap(0, withGroup(initialBrake()), 'loser');
    expect(swap).toMatchObject({ swapped: false, current: { rev: 1, nonce: 'winner' } });
  });
});

describe('how many groups there are', () => {
  it('each is counted once, however often it is deployed', async () => {
    for (const group of ['a', 'b', 'a']) await deployed(group);
    await deployed('a', 'newer');
    expect(await counted()).toBe(2);
  });

  it('deployments at the same time count each group once', async () => {
    const groups = ['a', 'b', 'c', 'd', 'a', 'b', 'a', 'a'];
    const states = await Promise.all(groups.map((group) => deployed(group)));
    expect(states.map(({ group }) => group)).toEqual(groups);
    expect(await counted()).toBe(4);
  });

  it('a deployment that dies before its last write has counted nothing, and the next one counts', async () => {
    const calls = openCalls();
    const dying: Calls = { ...calls, putAll: () => Promise.reject(new StoreUnavailable('it died')) };
    const on = (on: Calls) => ({ table: on, brake: createBrakeStore(on), swap: store.swap });
    await expect(deploy(config, NOW, freshNonce, on(dying))).rejects.toThrow(StoreUnavailable);
    expect(await counted()).toBe(0);
    await expect(store.load(config.group)).rejects.toThrow(UnknownGroup);
    await deploy(config, NOW, freshNonce, on(calls));
    expect(await counted()).toBe(1);
  });

  it('a deployment that dies after its last write has counted, and the next one does not', async () => {
    const calls = openCalls();
    const dying: Calls = {
      ...calls,
      putAll: async (writes) => {
        await calls.putAll(writes);
        throw new StoreUnavailable('the answer was lost');
      },
    };
    const on = { table: dying, brake: store.brake, swap: store.swap };
    await expect(deploy(config, NOW, freshNonce, on)).rejects.toThrow(StoreUnavailable);
    expect(await counted()).toBe(1);
    await deployed(config.group);
    expect(await counted()).toBe(1);
  });

  it('moves that are remembered outlive a deployment', async () => {
    const { state } = admit(initialBrake(), 'mysql', NOW);
    await store.brake.swap(0, state, freshNonce());
    await deployed('redis');
    expect(await store.brake.load()).toMatchObject({ groups: 1, rev: 2, recent: state.recent });
  });
});
