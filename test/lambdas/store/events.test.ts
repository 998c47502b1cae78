// Proves that decisions are kept once each, in the order in which they were made, with an end, and read newest first.
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GroupEvent } from '../../../core/election/types.ts';
import { epochMs } from '../../../core/time.ts';
import { CorruptItem } from '../../../lambdas/errors.ts';
import { type Decided, eventKey } from '../../../lambdas/store/events.ts';
import { createStore, type Store } from '../../../lambdas/store/store.ts';
import { config, nodeA, nodeB } from '../fixtures.ts';
import { startTable, TABLE, type Table } from '../table.ts';

let table: Table;
let store: Store;
beforeAll(async () => {
  table = await startTable();
  store = createStore({ client: table.client, tableName: TABLE });
});
afterAll(() => table.close());

const AT = 1_800_000_000_000;
const decided = (rev: number, fields: Partial<GroupEvent> = {}, place = 0): Decided => ({
  rev,
  place,
  event: {
    type: 'transfer',
    group: 'mysql',
    epoch: 47,
    from: nodeA,
    to: nodeB,
    reason: 'silence',
    at: epochMs(AT),
    ...fields,
  },
});

describe('decisions', () => {
  it('are read newest first, by the order of their writes and not by anybody’s clock', async () => {
    const later = decided(10_000, { type: 'committed', at: epochMs(AT - 5000), detail: { moveMs: 812 } });
    const second = decided(9999, { type: 'drift' }, 1);
    for (const one of [later, decided(9999), second, decided(12_000, { epoch: 48, from: null })])
      await store.events.put(one);
    // Beside them lie the group's state and configuration, and another group's decisions.
    await store.putConfig(config);
    await store.events.put(decided(1, { group: 'mysql-2' }));
    const events = await store.events.latest('mysql', 10);
    expect(events.map(({ epoch, type }) => [epoch, type])).toEqual([
      [48, 'transfer'],
      [47, 'committed'],
      [47, 'drift'],
      [47, 'transfer'],
    ]);
    const { group: _, ...told } = later.event;
    expect(events[1]).toEqual(told);
    expect(await store.events.latest('mysql', 1)).toEqual([events[0]]);
  });

  it('are there once when they are written twice, as they were first', async () => {
    await store.events.put(decided(5, { group: 'twice' }));
    await store.events.put(decided(5, { group: 'twice', reason: 'another' }));
    expect(await store.events.latest('twice', 10)).toMatchObject([{ reason: 'silence' }]);
  });

  it('end after 90 days, in the seconds that a TTL wants', async () => {
    const one = decided(7, { group: 'ttl' });
    await store.events.put(one);
    const Key = { pk: { S: 'ttl' }, sk: { S: eventKey(one) } };
    const { Item } = await table.client.send(new GetItemCommand({ TableName: TABLE, Key }));
    expect(Item?.['expiresAt']).toEqual({ N: String(AT / 1000 + 90 * 86_400) });
  });

  it('one that does not parse is named, not skipped', async () => {
    const Item = { pk: { S: 'bad' }, sk: { S: 'event#1' }, type: { S: 'transfer' } };
    await table.client.send(new PutItemCommand({ TableName: TABLE, Item }));
    await expect(store.events.latest('bad', 10)).rejects.toThrow(CorruptItem);
  });
});

describe('the list of groups', () => {
  it('has each deployed group once, in order, from any of them on', async () => {
    for (const group of ['b', 'a', 'a-1', 'ab', 'b']) await store.putConfig({ ...config, group });
    const names = await store.groups(undefined, 100);
    expect(names).toEqual(['a', 'a-1', 'ab', 'b', 'mysql']);
    expect(await store.groups('a', 2)).toEqual(['a-1', 'ab']);
    expect(await store.groups('mysql', 2)).toEqual([]);
  });
});
