// Proves that what members say is kept once a member, that the newest heartbeat wins whatever order the writes come in, and that a sweep is too.
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { epochMs } from '../../../core/time.ts';
import type { MemberDetail } from '../../../core/wire/detail.ts';
import { CorruptItem } from '../../../lambdas/errors.ts';
import { createStore, type Store } from '../../../lambdas/store/store.ts';
import { config, eniA, nodeA, nodeB, VIP } from '../fixtures.ts';
import { startTable, TABLE, type Table } from '../table.ts';

let table: Table;
let store: Store;
beforeAll(async () => {
  table = await startTable();
  store = createStore({ client: table.client, tableName: TABLE });
});
afterAll(() => table.close());

const detail = (fields: Partial<MemberDetail> = {}): MemberDetail => ({
  boot: 7,
  seq: 42,
  at: epochMs(1_800_000_000_000),
  configHash: 'abc',
  down: ['mysqld'],
  fault: 'check mysqld: refused',
  vips: { [VIP]: { bound: true, inFabric: false } },
  ...fields,
});

describe('details', () => {
  it('are read for a whole group, without anything that lies beside them', async () => {
    await store.putConfig(config);
    await store.details.put('mysql', nodeA, detail());
    await store.details.put('mysql', nodeB, detail({ down: [] }));
    await store.details.put('mysql-2', nodeA, detail());
    const told = await store.details.of('mysql');
    expect([...told]).toEqual([
      [nodeA, detail()],
      [nodeB, detail({ down: [] })],
    ]);
    expect([...(await store.details.of('nobody'))]).toEqual([]);
  });

  it.each<[string, Partial<MemberDetail>, boolean]>([
    ['a later heartbeat', { seq: 43 }, true],
    ['a later start, whatever its count', { boot: 8, seq: 1 }, true],
    ['the same heartbeat', {}, false],
    ['an earlier heartbeat', { seq: 41 }, false],
    ['an earlier start, whatever its count', { boot: 6, seq: 900 }, false],
  ])('%s', async (name, fields, wins) => {
    const group = name.replaceAll(/\W+/gu, '-');
    await store.details.put(group, nodeA, detail());
    await store.details.put(group, nodeA, detail({ configHash: 'new', ...fields }));
    expect((await store.details.of(group)).get(nodeA)?.configHash).toBe(wins ? 'new' : 'abc');
  });

  it('one that does not parse is named', async () => {
    const Item = { pk: { S: 'bad' }, sk: { S: `detail#${nodeA}` } };
    await table.client.send(new PutItemCommand({ TableName: TABLE, Item }));
    await expect(store.details.of('bad')).rejects.toThrow(CorruptItem);
  });
});

describe('the last sweep', () => {
  const record = (at: number) => ({
    at: epochMs(at),
    tookMs: 80,
    looks: { mysql: { at: epochMs(at), epoch: 3, owners: { [VIP]: eniA, '172.31.0.202': null } } },
  });

  it('is the latest by its beginning, also when an earlier one ends later', async () => {
    expect(await store.sweeps.last()).toBeUndefined();
    await store.sweeps.put(record(2000));
    await store.sweeps.put(record(1000));
    expect(await store.sweeps.last()).toEqual(record(2000));
    await store.sweeps.put(record(3000));
    expect(await store.sweeps.last()).toEqual(record(3000));
  });
});
