// Proves that a sweep finds what no member reports, does what nobody has finished, and tells every gauge, with the real table and the lab's EC2 end.
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { BadRequest, StoreUnavailable } from '../../../lambdas/errors.ts';
import type { SweepDeps } from '../../../lambdas/sweep/group.ts';
import { createHandler } from '../../../lambdas/sweep/handler.ts';
import { noAlarms } from '../deps.ts';
import { config, eniA, eniB, nodeA, nodeB, nodeC, VIP } from '../fixtures.ts';
import { startTable, TABLE, type Table } from '../table.ts';
import { heldVillage, openVillage, type Village } from '../village.ts';

const SWEEP = { v: 1, do: 'sweep' };
let table: Table;
let village: Village;
/** A sweep takes every group of its table: each test has one of its own. */
beforeEach(async () => {
  table = await startTable();
  village = await heldVillage(table);
  return async () => {
    await village.world.close();
    await table.close();
  };
});

const sweeping = (over: Partial<SweepDeps> = {}) =>
  createHandler({ ...village.deps, ec2: village.world.client, askRinging: noAlarms, ...over });
const gauges = () => village.deps.told.findLast(({ group }) => group === village.group)?.values;

describe('a sweep of a group at rest', () => {
  it('changes nothing, neither in the item nor in EC2', async () => {
    const [before, moves] = [await table.raw(village.group, 'state'), village.world.changes().length];
    expect(await sweeping()(SWEEP)).toEqual({ groups: 1, failed: 0 });
    expect(await table.raw(village.group, 'state')).toBe(before);
    expect(village.world.changes()).toHaveLength(moves);
  });

  it('tells every gauge, and that it has run', async () => {
    await sweeping()(SWEEP);
    expect(gauges()).toEqual({
      Held: 1,
      EligibleStandbys: 2,
      Silent: 0,
      MovingAgeMs: 0,
      ConfigSkew: 0,
      LeaseMargin: expect.any(Number) as number,
    });
    expect(village.deps.told.at(-1)).toEqual({ values: { Sweeps: 1, Brake: 0 } });
  });

  it('leaves what it saw for those who look', async () => {
    await sweeping()(SWEEP);
    const { epoch } = await village.state();
    const last = await village.deps.store.sweeps.last();
    expect(last?.looks).toMatchObject({ [village.group]: { epoch, owners: { [VIP]: eniA } } });
  });
});

describe('a sweep finds', () => {
  it('a VIP that was moved behind the agents’ backs, and moves it back', async () => {
    village.world.cloud.assign(eniB, [VIP], true);
    expect(village.world.ownerOf(VIP)).toBe(eniB);
    await sweeping()(SWEEP);
    expect(village.world.ownerOf(VIP)).toBe(eniA);
    expect(await village.state()).toMatchObject({
      phase: 'held',
      holder: nodeA,
      reason: 'drift',
      repairs: 1,
    });
    expect(village.deps.counted).toContainEqual({ name: 'DriftRepaired', value: 1, group: village.group });
  });

  it('a move that was lost with its Lambda, and orders it again', async () => {
    const state = await village.state();
    const { store, clock, nonce } = village.deps;
    const move = { id: state.rev + 1, attempt: 1, at: clock(), inFlight: true };
    const moving = {
      ...state,
      rev: state.rev + 1,
      phase: 'moving',
      phaseAt: clock(),
      holder: nodeB,
      move,
    } as const;
    await store.swap(state, { ...moving, epoch: state.epoch + 1 }, nonce());
    village.deps.advance(20_000);
    for (const node of [nodeA, nodeC]) await village.beat(node).catch(() => undefined);
    await sweeping()(SWEEP);
    expect(await village.state()).toMatchObject({ phase: 'held' });
  });

  it('a holder whose machine has ended, and gives the group to a standby at once', async () => {
    village.world.cloud.setInstanceState(nodeA, 'terminated');
    village.deps.advance(2600);
    for (const node of [nodeB, nodeC]) await village.beat(node);
    await sweeping()(SWEEP);
    const state = await village.state();
    expect(state).toMatchObject({ phase: 'held', reason: 'terminated' });
    expect([nodeB, nodeC]).toContain(state.holder);
    expect(village.world.ownerOf(VIP)).toBe(config.members[state.holder ?? '']?.eni);
  });

  it('silence that nobody claims, but not at once', async () => {
    village.deps.advance(15_000);
    for (const node of [nodeB, nodeC]) await village.beat(node);
    await sweeping()(SWEEP);
    expect((await village.state()).holder).toBe(nodeA);
    for (let seconds = 0; seconds < 45; seconds += 2) {
      village.deps.advance(2000);
      for (const node of [nodeB, nodeC]) await village.beat(node);
    }
    await sweeping()(SWEEP);
    expect(await village.state()).toMatchObject({ phase: 'held', reason: 'silence' });
    expect((await village.state()).holder).not.toBe(nodeA);
    // The brake was asked as by a claim.
    expect((await village.deps.store.brake.load()).recent).toMatchObject([{ group: village.group }]);
  });
});

describe('a sweep tells', () => {
  it('who is silent, and that nobody serves', async () => {
    village.deps.advance(10_000);
    await village.beat(nodeC);
    await sweeping()(SWEEP);
    expect(gauges()).toMatchObject({ Held: 0, Silent: 2, EligibleStandbys: 1 });
  });

  it('who runs another configuration', async () => {
    await village.beat(nodeB, { configHash: 'another' });
    await sweeping()(SWEEP);
    expect(gauges()).toMatchObject({ ConfigSkew: 1 });
  });

  it('how little was left of the lease', async () => {
    village.deps.advance(2400);
    await village.beat(nodeA);
    await sweeping()(SWEEP);
    const margin = gauges()?.LeaseMargin ?? Number.NaN;
    expect(margin).toBeGreaterThanOrEqual(0);
    expect(margin).toBeLessThanOrEqual(20);
  });
});

describe('a sweep that meets trouble', () => {
  it('takes the other groups when one cannot be read, and says which', async () => {
    const Item = { pk: { S: 'broken' }, sk: { S: 'state' }, epoch: { S: 'none' } };
    await village.deps.store.putConfig({ ...config, group: 'broken' });
    await table.client.send(new PutItemCommand({ TableName: TABLE, Item }));
    expect(await sweeping()(SWEEP)).toEqual({ groups: 2, failed: 1 });
    expect(gauges()).toMatchObject({ Held: 1 });
    expect(village.deps.lines).toContainEqual(
      expect.objectContaining({
        level: 'error',
        message: 'failed',
        fields: expect.objectContaining({ group: 'broken', code: 'CorruptItem' }) as object,
      }),
    );
    expect(village.deps.told.at(-1)?.values).toMatchObject({ Sweeps: 1 });
  });

  it('does without EC2: the gauges are told, and the last look stays', async () => {
    await sweeping()(SWEEP);
    const before = await village.deps.store.sweeps.last();
    village.deps.advance(60_000);
    village.world.throttle();
    village.deps.told.length = 0;
    expect(await sweeping()(SWEEP)).toEqual({ groups: 1, failed: 0 });
    village.world.heal();
    expect(gauges()).toMatchObject({ Held: 0 });
    expect((await village.deps.store.sweeps.last())?.looks).toEqual(before?.looks);
    expect(village.deps.counted).toContainEqual({ name: 'Throttled', value: 1, group: village.group });
  });

  it('that cannot read the table fails, and does not say that it has run', async () => {
    const groups = () => Promise.reject(new StoreUnavailable('DynamoDB Query failed'));
    const store = { ...village.deps.store, groups };
    await expect(sweeping({ store })(SWEEP)).rejects.toThrow(StoreUnavailable);
    expect(village.deps.told.flatMap(({ values }) => Object.keys(values))).not.toContain('Sweeps');
  });

  it('is asked for by its own word only', async () => {
    for (const event of [undefined, {}, { v: 2, do: 'sweep' }, { ...SWEEP, more: 1 }])
      await expect(sweeping()(event)).rejects.toThrow(BadRequest);
  });
});

describe('a sweep of a group that nobody has joined', () => {
  it('finds nobody, and tells so', async () => {
    const empty = await openVillage(table);
    const handler = createHandler({ ...empty.deps, ec2: empty.world.client, askRinging: noAlarms });
    await handler(SWEEP);
    await empty.world.close();
    const told = empty.deps.told.find(({ group }) => group === empty.group);
    expect(told?.values).toMatchObject({ Held: 0, EligibleStandbys: 0, Silent: 0 });
    expect(told?.values).not.toHaveProperty('LeaseMargin');
  });
});
