// Proves that a group is removed together with its place in the brake's count, whole or not at all, and never while it
// is held unless that is asked for.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GroupState } from '../../../core/wire/item.ts';
import { Contended, UnknownGroup } from '../../../lambdas/errors.ts';
import { createBrakeStore } from '../../../lambdas/store/brake.ts';
import { removeGroup } from '../../../lambdas/store/remove.ts';
import { createStore, type Store } from '../../../lambdas/store/store.ts';
import { openTable } from '../../../lambdas/store/table.ts';
import { freshNonce } from '../deps.ts';
import { config, nodeA } from '../fixtures.ts';
import { startTable, TABLE, type Table } from '../table.ts';

let table: Table;
let store: Store;
let group: string;
let round = 0;

beforeAll(async () => {
  table = await startTable();
  store = createStore({ client: table.client, tableName: TABLE });
});
afterAll(() => table.close());
beforeEach(async () => {
  group = `remove-${(round += 1)}`;
  await store.putConfig({ ...config, group });
});

const counted = async (): Promise<number> => (await store.brake.load()).groups;
const become = async (fields: Partial<GroupState>): Promise<void> => {
  const state = await store.load(group);
  await store.swap(state, { ...state, ...fields, rev: state.rev + 1 }, freshNonce());
};

describe('a removal', () => {
  it('takes the state and one place in the count', async () => {
    const before = await counted();
    expect(await store.removeGroup(group, false)).toEqual({ kind: 'removed' });
    await expect(store.load(group)).rejects.toThrow(UnknownGroup);
    expect(await counted()).toBe(before - 1);
    expect(await store.groups(undefined, 32)).not.toContain(group);
  });

  it('again finds nothing, and counts nothing', async () => {
    await store.removeGroup(group, false);
    const before = await counted();
    expect(await store.removeGroup(group, false)).toEqual({ kind: 'absent' });
    expect(await counted()).toBe(before);
  });

  it.each(['held', 'moving', 'releasing'] as const)(
    'is refused in phase %s, and then nothing changes',
    async (phase) => {
      await become({ phase, holder: nodeA });
      const [before, count] = [await table.raw(group, 'state'), await counted()];
      expect(await store.removeGroup(group, false)).toEqual({ kind: 'held', holder: nodeA, phase });
      expect(await table.raw(group, 'state')).toBe(before);
      expect(await counted()).toBe(count);
      expect(await store.removeGroup(group, true)).toEqual({ kind: 'removed' });
    },
  );

  it('two at once count once', async () => {
    const before = await counted();
    const both = await Promise.all([store.removeGroup(group, false), store.removeGroup(group, false)]);
    expect(both.map(({ kind }) => kind).sort()).toEqual(['absent', 'removed']);
    expect(await counted()).toBe(before - 1);
  });

  it('that a heartbeat overtakes looks again: a group that was just taken is not removed', async () => {
    const opened = openTable({ client: table.client, tableName: TABLE });
    let isFirst = true;
    const overtaken: typeof opened = {
      ...opened,
      async putAll(writes) {
        if (isFirst) await become({ phase: 'held', holder: nodeA });
        isFirst = false;
        return opened.putAll(writes);
      },
    };
    const to = { table: overtaken, brake: createBrakeStore(opened) };
    expect(await removeGroup(group, false, freshNonce, to)).toMatchObject({ kind: 'held', holder: nodeA });
    expect(await store.load(group)).toMatchObject({ phase: 'held' });
  });

  it('that never gets through says so', async () => {
    const opened = openTable({ client: table.client, tableName: TABLE });
    const to = { table: { ...opened, putAll: async () => false }, brake: createBrakeStore(opened) };
    await expect(removeGroup(group, false, freshNonce, to)).rejects.toThrow(Contended);
  });
});
