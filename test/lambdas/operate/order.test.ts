// Proves that an operator's order is taken as meant or refused with its reason, and that a wrong one changes nothing.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Input } from '../../../core/election/types.ts';
import type { GroupReport } from '../../../core/wire/heartbeat.ts';
import { type Arbitration, arbitrate } from '../../../lambdas/arbiter/run.ts';
import { BadRequest, StoreUnavailable, UnknownGroup } from '../../../lambdas/errors.ts';
import { takeOrder } from '../../../lambdas/operate/order.ts';
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

const BY = 'arn:aws:iam::111122223333:user/ops';
const order = (command: object, fields: object = {}) =>
  takeOrder({ group, command, by: BY, reason: 'maintenance', ...fields }, deps);

describe('an order that is taken', () => {
  it('failover is noted, and carried out in the successor’s own heartbeat', async () => {
    await held();
    const taken = await order({ do: 'failover', to: nodeB }, { ifEpoch: 1 });
    const { rev } = await deps.store.load(group);
    expect(taken).toEqual({ group, epoch: 1, phase: 'held', holder: nodeA, rev });
    await beat(nodeC);
    expect(await deps.store.load(group)).toMatchObject({ holder: nodeA });
    await beat(nodeB);
    expect(await deps.store.load(group)).toMatchObject({ holder: nodeB, epoch: 2, reason: 'operator' });
    expect(world.ownerOf(VIP)).toBe(eniB);
  });

  it('is told with who ordered it and why', async () => {
    await held();
    await order({ do: 'drain', node: nodeC });
    expect(
      deps.lines.filter((line) => line.message === 'group-event').map((line) => line.fields),
    ).toMatchObject([
      {
        type: 'operator',
        group,
        epoch: 1,
        reason: 'maintenance',
        detail: { command: `drain ${nodeC}`, by: BY },
      },
    ]);
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
  ])('%s: %j %j is told with its code, logged, and changes nothing', async (code, command, fields) => {
    await held();
    const before = await table.raw(group, 'state');
    expect(await order(command, fields)).toMatchObject({ refused: { code } });
    expect(await table.raw(group, 'state')).toBe(before);
    expect(deps.lines).toMatchObject([
      { level: 'warn', message: 'refused', fields: { code, group, by: BY } },
    ]);
  });

  it('NoStandby, Paused, NotHeld and NotEligible, each with what to do', async () => {
    expect(await order({ do: 'failover' })).toMatchObject({ refused: { code: 'NotHeld' } });
    await held();
    await beat(nodeB, { health: 'fault' });
    expect(await order({ do: 'failover', to: nodeB })).toMatchObject({ refused: { code: 'NotEligible' } });
    await beat(nodeC, { health: 'fault' });
    expect(await order({ do: 'failover' })).toMatchObject({ refused: { code: 'NoStandby' } });
    await order({ do: 'pause' });
    expect(await order({ do: 'failover' })).toEqual({
      refused: { code: 'Paused', message: `group ${group} is paused: resume it first` },
    });
  });
});

describe('what is no order', () => {
  const good = { group: 'mysql', command: { do: 'pause' }, by: BY, reason: 'upgrade' };
  it.each<[string, unknown]>([
    ['the event', null],
    ['the event', { ...good, ifepoch: 3 }],
    ['group', { ...good, group: 'MySQL' }],
    ['group', { ...good, group: '#brake' }],
    ['command', { ...good, command: { do: 'reboot' } }],
    ['command', { ...good, command: { do: 'pause', node: nodeA } }],
    ['command.node', { ...good, command: { do: 'drain' } }],
    ['command.to', { ...good, command: { do: 'failover', to: 'host2' } }],
    ['ifEpoch', { ...good, ifEpoch: -1 }],
    ['by', { ...good, by: '' }],
    ['reason', { ...good, reason: 'x'.repeat(201) }],
  ])('names what is wrong: %s in %j', async (path, event) => {
    const failure = takeOrder(event, deps);
    await expect(failure).rejects.toThrow(BadRequest);
    await expect(failure).rejects.toThrow(`not an order: ${path}`);
  });

  it('a group that is not deployed is unknown', async () => {
    await expect(takeOrder({ ...good, group: 'nobody' }, deps)).rejects.toThrow(UnknownGroup);
  });

  it('a store that fails is no refusal: nobody knows what became of the order', async () => {
    await held();
    const failing = { ...deps.store, swap: () => Promise.reject(new StoreUnavailable('stub')) };
    const broken = testDeps(failing, world.fabric, { clock: deps.clock });
    await expect(takeOrder({ ...good, group }, broken)).rejects.toThrow(StoreUnavailable);
  });
});
