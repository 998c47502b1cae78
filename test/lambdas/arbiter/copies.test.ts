// Proves that an environment's own copy of an item saves reads and never decides anything by itself.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { initialState } from '../../../core/election/initial.ts';
import type { Input } from '../../../core/election/types.ts';
import { epochMs } from '../../../core/time.ts';
import { createCopies } from '../../../lambdas/arbiter/copies.ts';
import { type Arbitration, arbitrate } from '../../../lambdas/arbiter/run.ts';
import { createStore } from '../../../lambdas/store/store.ts';
import { type TestDeps, testDeps } from '../deps.ts';
import { openEc2 } from '../fabric/secondary-ip/world.ts';
import { config, nodeA, nodeB, report } from '../fixtures.ts';
import { startTable, TABLE, type Table } from '../table.ts';

let table: Table;
let world: Awaited<ReturnType<typeof openEc2>>;
let one: TestDeps;
let other: TestDeps;
let group: string;
let reads: string[];
let groups = 0;
let seq = 0;

const environment = (name: string): TestDeps => {
  const onCall = ({ operation }: { operation: string }): void =>
    void (operation === 'GetItem' && reads.push(name));
  return testDeps(createStore({ client: table.client, tableName: TABLE, onCall }), world.fabric);
};

beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table.close());
beforeEach(async () => {
  reads = [];
  world = await openEc2();
  group = `copies-${(groups += 1)}`;
  one = environment('one');
  other = environment('other');
  await one.store.putConfig({ ...config, group });
  for (const deps of [one, other]) await deps.configs.of(group, config.hash);
  reads = [];
});
afterEach(() => world.close());

const inputOf = (node: string): Input => ({
  kind: 'report',
  node,
  beat: { boot: 1, seq: (seq += 1) },
  report: report({ name: group }),
});
const send = (deps: TestDeps, input: Input): Promise<Arbitration> =>
  arbitrate(input, { group, alone: false, startedAt: deps.clock() }, deps);

describe('copies: an environment that serves a group alone', () => {
  it('reads once, and writes each heartbeat', async () => {
    for (let beats = 0; beats < 5; beats += 1) await send(one, inputOf(nodeA));
    expect(reads).toEqual(['one']);
    expect((await table.raw(group, 'state')).includes(`"seq":{"N":"${seq}"}`)).toBe(true);
  });

  it('reads again when its copy has grown old, or its clock has stepped back', async () => {
    await send(one, inputOf(nodeA));
    one.advance(5001);
    await send(one, inputOf(nodeA));
    one.advance(-60_000);
    await send(one, inputOf(nodeA));
    expect(reads).toHaveLength(3);
  });
});

describe('copies: two environments that serve a group', () => {
  it('lose nothing that the other has written', async () => {
    await send(one, inputOf(nodeA));
    await send(other, inputOf(nodeB));
    await send(one, inputOf(nodeA));
    const state = await one.store.load(group);
    expect(Object.keys(state.members).toSorted()).toEqual([nodeA, nodeB].toSorted());
    expect(state.rev).toBe(3);
  });

  it('read first for a while after a lost swap: a swap that loses costs more than a read', async () => {
    await send(one, inputOf(nodeA));
    await send(other, inputOf(nodeB));
    await send(one, inputOf(nodeA));
    reads = [];
    await send(one, inputOf(nodeA));
    expect(reads).toEqual(['one']);
  });

  it('refuse a replay although the copy would have taken it', async () => {
    await send(one, inputOf(nodeA));
    const replayed = inputOf(nodeA);
    await send(other, replayed);
    expect(await send(one, replayed)).toMatchObject({ kind: 'refused', refusal: { code: 'StaleBeat' } });
  });

  it('refuse nobody by an old copy: a member that was added since is taken', async () => {
    const { [nodeB]: added, ...members } = config.members;
    await one.store.putConfig({ ...config, group, hash: 'before', members });
    await send(one, inputOf(nodeA));
    if (added === undefined) throw new Error('no such member in the fixture');
    await other.store.putConfig({ ...config, group, hash: 'after', members: { ...members, [nodeB]: added } });
    expect(await send(one, inputOf(nodeB))).toMatchObject({ kind: 'settled' });
  });
});

describe('copies: bounds', () => {
  it('keeps the newest groups only', () => {
    const copies = createCopies();
    const now = epochMs(1000);
    for (let index = 0; index <= 1024; index += 1)
      copies.keep(initialState({ ...config, group: `g${index}` }, now), now);
    expect(copies.take('g0', now)).toBeUndefined();
    expect(copies.take('g1024', now)).toBeDefined();
  });
});
