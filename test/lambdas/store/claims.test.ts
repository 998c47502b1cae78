// Proves that a VIP belongs to one group that exists, and to the resource that spoke for it last.
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BadRequest, CorruptItem } from '../../../lambdas/errors.ts';
import { type Claims, createClaims } from '../../../lambdas/store/claims.ts';
import { createStore, type Store } from '../../../lambdas/store/store.ts';
import { openTable } from '../../../lambdas/store/table.ts';
import { config } from '../fixtures.ts';
import { startTable, TABLE, type Table } from '../table.ts';

let table: Table;
let claims: Claims;
let store: Store;
let round = 0;
let vip: string;
let other: string;

beforeAll(async () => {
  table = await startTable();
  claims = createClaims(openTable({ client: table.client, tableName: TABLE }));
  store = createStore({ client: table.client, tableName: TABLE });
});
afterAll(() => table.close());
beforeEach(() => {
  round += 1;
  vip = `10.0.${round}.1`;
  other = `10.0.${round}.2`;
});

const claimant = (group: string, owner = 'stack First') => ({ group: `${group}-${round}`, owner });
const exists = (group: string) => store.putConfig({ ...config, group: `${group}-${round}` });

describe('a claim', () => {
  it('of a group that exists keeps others off all its addresses, and is told by its name', async () => {
    await exists('mysql');
    await claims.take([vip, other], claimant('mysql'));
    for (const address of [vip, other]) {
      const taking = claims.take([address], claimant('redis'));
      await expect(taking).rejects.toThrow(BadRequest);
      await expect(taking).rejects.toThrow(`${address} belongs to group mysql-${round}`);
    }
  });

  it('of a group that never came to be is void', async () => {
    await claims.take([vip], claimant('mysql'));
    await claims.take([vip], claimant('redis'));
    expect(await claims.isAnothers([vip], claimant('redis'))).toBe(false);
  });

  it('again changes nothing; by another resource of the same group it is taken over', async () => {
    await exists('mysql');
    await claims.take([vip], claimant('mysql'));
    const before = await table.raw('#vip', vip);
    await claims.take([vip], claimant('mysql'));
    expect(await table.raw('#vip', vip)).toBe(before);
    await claims.take([vip], claimant('mysql', 'stack Second'));
    expect(await claims.isAnothers([vip], claimant('mysql'))).toBe(true);
    expect(await claims.isAnothers([vip], claimant('mysql', 'stack Second'))).toBe(false);
  });

  it('of two at once, one wins', async () => {
    await Promise.all([exists('mysql'), exists('redis')]);
    const both = [claims.take([vip], claimant('mysql')), claims.take([vip], claimant('redis'))];
    const outcomes = (await Promise.allSettled(both)).map(({ status }) => status);
    expect(outcomes.sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('is given up by its own claimant only', async () => {
    await exists('mysql');
    await claims.take([vip], claimant('mysql'));
    await claims.release([vip], claimant('mysql', 'stack Second'));
    await expect(claims.take([vip], claimant('redis'))).rejects.toThrow(BadRequest);
    await claims.release([vip, other], claimant('mysql'));
    await expect(claims.take([vip], claimant('redis'))).resolves.toBeUndefined();
  });

  it('that does not parse is not read as nobody’s', async () => {
    const Item = { pk: { S: '#vip' }, sk: { S: vip }, group: { S: 'mysql' } };
    await table.client.send(new PutItemCommand({ TableName: TABLE, Item }));
    await expect(claims.take([vip], claimant('redis'))).rejects.toThrow(CorruptItem);
  });
});
