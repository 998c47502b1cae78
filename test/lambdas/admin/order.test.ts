// Proves that an operator's order is taken as meant or refused with its reason, and that a wrong one changes nothing.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Input } from '../../../core/election/types.ts';
import { type OrderRequest, orderRequestSchema } from '../../../core/wire/admin.ts';
import type { GroupReport } from '../../../core/wire/heartbeat.ts';
import { takeOrder } from '../../../lambdas/admin/order.ts';
import { type Arbitration, arbitrate } from '../../../lambdas/arbiter/run.ts';
import { OrderRefused, StoreUnavailable, UnknownGroup } from '../../../lambdas/errors.ts';
import { createStore } from '../../../lambdas/store/store.ts';
import { type TestDeps, testDeps } from '../deps.ts';
import { openEc2 } from '../fabric/secondary-ip/world.ts';
import { config, eniB, nodeA, nodeB, nodeC, report, stranger, VIP } from '../fixtures.ts';
import { startTable, TABLE, type Table } from '../table.ts';

let table: Table;
let world: Awaited<ReturnType<typeof openEc2>>;
let deps: TestDeps;
let group: string;
let groups = 0;
let seq = 0;

beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table.close());
beforeEach(async () => {
  world = await openEc2();
  deps = testDeps(createStore({ client: table.client, tableName: TABLE }), world.fabric);
  group = `order-${(groups += 1)}`;
  await deps.store.putConfig({ ...config, group });
});
afterEach(() => world.close());

const beat = (node: typeof nodeA, fields: Partial<GroupReport> = {}): Promise<Arbitration> => {
  const priority = config.members[node]?.priority ?? 1;
  const said = report({ name: group, priority, ...fields });
  const input: Input = { kind: 'report', node, beat: { boot: 1, seq: (seq += 1) }, report: said };
  return arbitrate(input, { group, alone: true, startedAt: deps.clock() }, deps);
};

/** The best member holds, and everybody has just beaten. */
const held = async (): Promise<void> => {
  for (const node of [nodeA, nodeB, nodeC]) await beat(node);
  deps.advance(config.leaseMs);
  for (const node of [nodeA, nodeB, nodeC]) await beat(node);
  expect(await deps.store.load(group)).toMatchObject({ phase: 'held', holder: nodeA, epoch: 1 });
  deps.lines.length = 0;
};

const BY = 'arn:aws:sts::111122223333:assumed-role/Ops/alice';
const requestOf = (command: object, fields: object = {}): OrderRequest =>
  orderRequestSchema.parse({ v: 1, group, reason: 'maintenance', ...command, ...fields });
const order = (command: object, fields: object = {}) => takeOrder(requestOf(command, fields), BY, deps);
const refusalOf = async (command: object, fields: object = {}): Promise<OrderRefused> => {
  const thrown: unknown = await order(command, fields).catch((error: unknown) => error);
  if (thrown instanceof OrderRefused) return thrown;
  throw new Error('it was not refused');
};

describe('an order that is taken', () => {
  it('failover is noted, and carried out in the successor’s own heartbeat', async () => {
    await held();
    const taken = await order({ do: 'failover', to: nodeB }, { ifEpoch: 1 });
    const { rev } = await deps.store.load(group);
    expect(taken).toEqual({ v: 1, group, epoch: 1, phase: 'held', holder: nodeA, to: nodeB, rev });
    await beat(nodeC);
    expect(await deps.store.load(group)).toMatchObject({ holder: nodeA });
    await beat(nodeB);
    expect(await deps.store.load(group)).toMatchObject({ holder: nodeB, epoch: 2, reason: 'operator' });
    expect(world.ownerOf(VIP)).toBe(eniB);
  });

  it('failover without a target says to whom', async () => {
    await held();
    expect(await order({ do: 'failover' })).toMatchObject({ to: nodeB });
  });

  it('is told and kept with who ordered it and why', async () => {
    await held();
    await order({ do: 'drain', node: nodeC });
    const event = {
      type: 'operator',
      epoch: 1,
      reason: 'maintenance',
      detail: { command: `drain ${nodeC}`, by: BY },
    };
    const lines = deps.lines.filter((line) => line.message === 'group-event');
    expect(lines.map((line) => line.fields)).toMatchObject([{ group, ...event }]);
    expect((await deps.store.events.latest(group, 1))[0]).toMatchObject(event);
  });

  it('what a pause has held up is done in the order that ends it', async () => {
    await held();
    await order({ do: 'pause' });
    await beat(nodeA, { health: 'fault' });
    await beat(nodeB);
    expect(await deps.store.load(group)).toMatchObject({ holder: nodeA, paused: true });
    expect(await order({ do: 'resume' })).toMatchObject({ phase: 'held', holder: nodeB, epoch: 2 });
    expect(world.ownerOf(VIP)).toBe(eniB);
  });

  it('drain keeps the group away until undrain', async () => {
    await held();
    await order({ do: 'drain', node: nodeA });
    await beat(nodeB);
    await order({ do: 'drain', node: nodeC });
    await beat(nodeA);
    await beat(nodeB, { health: 'fault' });
    expect(await deps.store.load(group)).toMatchObject({ holder: nodeB });
    await order({ do: 'undrain', node: nodeA });
    await beat(nodeB, { health: 'fault' });
    expect(await deps.store.load(group)).toMatchObject({ holder: nodeA, epoch: 3, drained: [nodeC] });
  });
});

describe('an order that the rules refuse', () => {
  it.each([
    ['EpochMismatch', { do: 'pause' }, { ifEpoch: 7 }],
    ['NothingToDo', { do: 'failover', to: nodeA }, {}],
    ['NotAMember', { do: 'failover', to: stranger }, {}],
    ['NotAMember', { do: 'drain', node: stranger }, {}],
    ['NothingToDo', { do: 'resume' }, {}],
  ])('%s: %j %j is told with its code and 409, and changes nothing', async (code, command, fields) => {
    await held();
    const before = await table.raw(group, 'state');
    const events = await deps.store.events.latest(group, 10);
    expect(await refusalOf(command, fields)).toMatchObject({ code, status: 409 });
    expect(await table.raw(group, 'state')).toBe(before);
    expect(await deps.store.events.latest(group, 10)).toEqual(events);
  });

  it('NoStandby, Paused, NotHeld and NotEligible, each with what to do', async () => {
    expect(await refusalOf({ do: 'failover' })).toMatchObject({ code: 'NotHeld' });
    await held();
    await beat(nodeB, { health: 'fault' });
    expect(await refusalOf({ do: 'failover', to: nodeB })).toMatchObject({ code: 'NotEligible' });
    await beat(nodeC, { health: 'fault' });
    expect(await refusalOf({ do: 'failover' })).toMatchObject({ code: 'NoStandby' });
    await order({ do: 'pause' });
    expect(await refusalOf({ do: 'failover' })).toMatchObject({
      code: 'Paused',
      message: `group ${group} is paused: resume it first`,
    });
  });
});

describe('an order that fails', () => {
  it('a group that is not deployed is unknown', async () => {
    await expect(order({ do: 'pause' }, { group: 'nobody' })).rejects.toThrow(UnknownGroup);
  });

  it('a store that fails is no refusal: nobody knows what became of the order', async () => {
    await held();
    const failing = { ...deps.store, swap: () => Promise.reject(new StoreUnavailable('stub')) };
    const broken = testDeps(failing, world.fabric, { clock: deps.clock });
    await expect(takeOrder(requestOf({ do: 'pause' }), BY, broken)).rejects.toThrow(StoreUnavailable);
  });
});
