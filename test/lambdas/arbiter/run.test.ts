// Proves that an input is carried through to its end: written, performed, its results written, and never twice.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Input } from '../../../core/election/types.ts';
import type { GroupReport } from '../../../core/wire/heartbeat.ts';
import type { GroupState } from '../../../core/wire/item.ts';
import type { Published } from '../../../core/wire/published.ts';
import { type Arbitration, arbitrate } from '../../../lambdas/arbiter/run.ts';
import { Contended, StoreUnavailable, UnknownGroup } from '../../../lambdas/errors.ts';
import type { Fabric } from '../../../lambdas/fabric/fabric.ts';
import { createStore, type Store } from '../../../lambdas/store/store.ts';
import { freshNonce, type TestDeps, testDeps } from '../deps.ts';
import { openEc2 } from '../fabric/secondary-ip/world.ts';
import { config, eniA, eniB, nodeA, nodeB, nodeC, report, stranger, VIP } from '../fixtures.ts';
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
  group = `run-${(groups += 1)}`;
  await deps.store.putConfig({ ...config, group });
});
afterEach(() => world.close());

const inputOf = (node: typeof nodeA, fields: Partial<GroupReport> = {}): Input => ({
  kind: 'report',
  node,
  beat: { boot: 1, seq: (seq += 1) },
  report: report({ name: group, ...fields }),
});

const beat = (node: typeof nodeA, fields: Partial<GroupReport> = {}, alone = true): Promise<Arbitration> =>
  arbitrate(inputOf(node, fields), { group, alone, startedAt: deps.clock() }, deps);

const settledState = (done: Arbitration): GroupState => {
  if (done.kind !== 'settled') throw new Error(`refused: ${done.refusal.message}`);
  return done.state;
};

/** Everybody reports, a lease passes, everybody reports again: the first transfer has happened. */
const electFirst = async (): Promise<GroupState> => {
  for (const node of [nodeA, nodeB, nodeC]) await beat(node);
  deps.advance(config.leaseMs);
  let state = settledState(await beat(nodeC));
  for (const node of [nodeB, nodeA]) state = settledState(await beat(node));
  return state;
};

const events = (): unknown[] =>
  deps.lines.filter((line) => line.message === 'group-event').map((line) => line.fields['type']);

describe('arbitrate', () => {
  it('one request carries a transfer from the order to the commit', async () => {
    const state = await electFirst();
    expect(state).toMatchObject({ phase: 'held', epoch: 1 });
    expect(world.ownerOf(VIP)).toBe(config.members[state.holder ?? stranger]?.eni);
    expect(await deps.store.load(group)).toEqual(state);
    expect(events()).toEqual(['transfer', 'committed']);
    const kept = await deps.store.events.latest(group, 10);
    expect(kept.map(({ epoch, type }) => [epoch, type])).toEqual([
      [1, 'committed'],
      [1, 'transfer'],
    ]);
    expect(deps.counted).toEqual([{ name: 'Transfers', value: 1, group }]);
  });

  it('publishes the change and its commit, after they have been written', async () => {
    const published: Published[] = [];
    const put = async (event: Published): Promise<void> => {
      // At once: how long the look takes says nothing about the order.
      published.push(event);
      expect((await deps.store.load(group)).epoch).toBe(1);
    };
    deps = { ...deps, bus: { put } };
    await electFirst();
    expect(published.map(({ detail: { id } }) => id)).toEqual([`${group}/1/moving`, `${group}/1/held`]);
    expect(published[0]?.detail).toMatchObject({ arbiter: 'Ha', reason: 'first', vips: config.vips });
  });

  it('logs what a timeline needs: the swap, the call with its order, the events', async () => {
    await electFirst();
    const call = deps.lines.find((line) => line.message === 'fabric-call');
    expect(call).toMatchObject({
      level: 'info',
      fields: { group, epoch: 1, action: 'AssignPrivateIpAddresses', ok: true, code: 'ok' },
    });
    expect(call?.fields).toHaveProperty('moveId');
    expect(call?.fields).toHaveProperty('ms');
    const messages = deps.lines.map((line) => line.message);
    expect(messages.indexOf('group-event')).toBeLessThan(messages.indexOf('fabric-call'));
    expect(deps.lines.filter((line) => line.message === 'swap').every((line) => line.level === 'debug')).toBe(
      true,
    );
  });

  it('a request with other groups orders no fabric work and says that some is due', async () => {
    for (const node of [nodeA, nodeB]) await beat(node, {}, false);
    deps.advance(config.leaseMs);
    const done = await beat(nodeA, {}, false);
    expect(done).toMatchObject({ kind: 'settled', work: true, state: { phase: 'vacant' } });
    expect(world.changes()).toEqual([]);
  });

  it('two groups of claimants at once: one transfer, one move', async () => {
    for (const node of [nodeA, nodeB, nodeC]) await beat(node);
    deps.advance(config.leaseMs);
    await Promise.all([nodeA, nodeB, nodeC].map((node) => beat(node)));
    const state = await deps.store.load(group);
    expect(state).toMatchObject({ phase: 'held', epoch: 1 });
    expect(world.changes()).toHaveLength(1);
    expect(Object.keys(state.members)).toHaveLength(3);
  });

  it('a refused beat writes nothing', async () => {
    const first = inputOf(nodeA);
    const on = { group, alone: true, startedAt: deps.clock() };
    await arbitrate(first, on, deps);
    const before = await table.raw(group, 'state');
    expect(await arbitrate(first, on, deps)).toMatchObject({
      kind: 'refused',
      refusal: { code: 'StaleBeat' },
    });
    expect(await table.raw(group, 'state')).toBe(before);
  });

  it('a permanent refusal by the cloud chooses another member in the same request', async () => {
    for (const node of [nodeA, nodeB, nodeC]) await beat(node, node === nodeA ? { priority: 200 } : {});
    world.cloud.setInstanceState(nodeA, 'terminated');
    deps.advance(config.leaseMs);
    for (const node of [nodeB, nodeC]) await beat(node, {}, false);
    const state = settledState(await beat(nodeA, { priority: 200 }));
    expect(state).toMatchObject({ phase: 'held', epoch: 2 });
    expect(state.holder).not.toBe(nodeA);
    expect(events()).toEqual(['transfer', 'move-failed', 'transfer', 'committed']);
  });

  it('a foreign reassignment is looked at and moved back', async () => {
    const held = await electFirst();
    const other = held.holder === nodeB ? nodeA : nodeB;
    await beat(other);
    world.cloud.assign(other === nodeA ? eniA : eniB, [VIP], true);
    const state = settledState(await beat(other, { vips: { [VIP]: { bound: false, inFabric: true } } }));
    expect(state).toMatchObject({ phase: 'held', epoch: held.epoch, repairs: 1 });
    expect(world.ownerOf(VIP)).toBe(config.members[held.holder ?? stranger]?.eni);
    expect(deps.counted).toContainEqual({ name: 'DriftRepaired', value: 1, group });
  });

  it('a look that fails is dropped and breaks nothing', async () => {
    const held = await electFirst();
    const other = held.holder === nodeB ? nodeA : nodeB;
    await beat(other);
    world.throttle();
    const state = settledState(await beat(other, { vips: { [VIP]: { bound: false, inFabric: true } } }));
    expect(state).toMatchObject({ phase: 'held', holder: held.holder });
    expect(deps.lines).toContainEqual(expect.objectContaining({ level: 'warn', message: 'look-failed' }));
  });

  it('a group that is not deployed is unknown', async () => {
    const on = { group: 'nobody-deployed-me', alone: true, startedAt: deps.clock() };
    await expect(arbitrate(inputOf(nodeA), on, deps)).rejects.toThrow(UnknownGroup);
  });

  it('reads a configuration once per environment', async () => {
    let reads = 0;
    const store: Store = {
      ...deps.store,
      loadConfig: (...key) => {
        reads += 1;
        return deps.store.loadConfig(...key);
      },
    };
    const counting = testDeps(store, world.fabric);
    for (const node of [nodeA, nodeB, nodeA]) {
      await arbitrate(inputOf(node), { group, alone: true, startedAt: counting.clock() }, counting);
    }
    expect(reads).toBe(1);
  });
});

// What follows cannot be timed against a real server: a wrapper around the real store loses or fails on purpose.
describe('arbitrate, when the store is against it', () => {
  it('a history that cannot be written moves the address all the same, and is counted', async () => {
    for (const node of [nodeA, nodeB, nodeC]) await beat(node);
    deps.advance(config.leaseMs);
    const put = (): Promise<void> => Promise.reject(new StoreUnavailable('stub'));
    const store = { ...deps.store, events: { ...deps.store.events, put } };
    const broken = testDeps(store, world.fabric, { clock: deps.clock });
    const input = inputOf(nodeA);
    const done = await arbitrate(input, { group, alone: true, startedAt: deps.clock() }, broken);
    expect(settledState(done)).toMatchObject({ phase: 'held', epoch: 1 });
    expect(world.changes()).toHaveLength(1);
    expect(broken.counted.map(({ name }) => name)).toEqual(['Transfers', 'HistoryErrors', 'HistoryErrors']);
  });

  it('a decision is kept while the fabric works: not before the call, and not only after it', async () => {
    for (const node of [nodeA, nodeB, nodeC]) await beat(node);
    deps.advance(config.leaseMs);
    const order: string[] = [];
    const kept = Promise.withResolvers<void>();
    const put: Store['events']['put'] = async ({ event }) => {
      order.push(event.type);
      kept.resolve();
    };
    const fabric: Fabric = {
      ...world.fabric,
      apply: async (move, scope) => {
        order.push('call');
        // An answer that comes only once the decision is being kept: if it came after the call, nothing would end.
        await kept.promise;
        return world.fabric.apply(move, scope);
      },
    };
    const store = { ...deps.store, events: { ...deps.store.events, put } };
    const watched = testDeps(store, fabric, { clock: deps.clock });
    await arbitrate(inputOf(nodeA), { group, alone: true, startedAt: deps.clock() }, watched);
    expect(order).toEqual(['call', 'transfer', 'committed']);
  });

  it('no decision of a swap that was lost is in the history', async () => {
    for (const node of [nodeA, nodeB, nodeC]) await beat(node);
    deps.advance(config.leaseMs);
    await Promise.all([nodeA, nodeB, nodeC].map((node) => beat(node)));
    const kept = await deps.store.events.latest(group, 10);
    expect(kept.map(({ type }) => type)).toEqual(['committed', 'transfer']);
  });

  /** Before each of the first `times` swaps somebody else writes. */
  const contended = (times: number): { store: Store; swaps: () => number } => {
    let swaps = 0;
    const store: Store = {
      ...deps.store,
      swap: async (previous, state, nonce) => {
        swaps += 1;
        if (swaps <= times) {
          const current = await deps.store.load(group);
          await deps.store.swap(current, { ...current, rev: current.rev + 1 }, freshNonce());
        }
        return deps.store.swap(previous, state, nonce);
      },
    };
    return { store, swaps: () => swaps };
  };

  it('a lost swap steps again on what won', async () => {
    const { store, swaps } = contended(4);
    const busy = testDeps(store, world.fabric);
    const done = await arbitrate(inputOf(nodeA), { group, alone: true, startedAt: busy.clock() }, busy);
    expect(settledState(done)).toMatchObject({ rev: 5 });
    expect(swaps()).toBe(5);
  });

  it('the first lost swaps are answered at once: an item that came with the loss grows old in a pause', async () => {
    const { store, swaps } = contended(2);
    const random = (): number => {
      throw new Error('it paused');
    };
    const busy = testDeps(store, world.fabric, { random });
    const on = { group, alone: true, startedAt: busy.clock() };
    expect(settledState(await arbitrate(inputOf(nodeA), on, busy))).toMatchObject({ rev: 3 });
    expect(swaps()).toBe(3);
  });

  it('after five lost swaps the agent is told to try again', async () => {
    const { store, swaps } = contended(99);
    const busy = testDeps(store, world.fabric);
    const on = { group, alone: true, startedAt: busy.clock() };
    await expect(arbitrate(inputOf(nodeA), on, busy)).rejects.toThrow(Contended);
    expect(swaps()).toBe(5);
    expect((await deps.store.load(group)).members).toEqual({});
  });

  it('no fabric call is sent for a swap that failed', async () => {
    for (const node of [nodeA, nodeB]) await beat(node);
    deps.advance(config.leaseMs);
    const failing: Store = { ...deps.store, swap: () => Promise.reject(new StoreUnavailable('stub')) };
    const broken = testDeps(failing, world.fabric, { clock: deps.clock });
    const on = { group, alone: true, startedAt: deps.clock() };
    await expect(arbitrate(inputOf(nodeA), on, broken)).rejects.toThrow(StoreUnavailable);
    expect(world.changes()).toEqual([]);
    expect(broken.lines).toEqual([]);
  });

  it('late in an invocation nothing new is ordered, and the answer says that work is left', async () => {
    for (const node of [nodeA, nodeB]) await beat(node);
    deps.advance(config.leaseMs);
    const startedAt = deps.clock();
    deps.advance(6000);
    for (const node of [nodeA, nodeB]) await beat(node, {}, false);
    const done = await arbitrate(inputOf(nodeA), { group, alone: true, startedAt }, deps);
    expect(done).toMatchObject({ kind: 'settled', work: true, state: { phase: 'vacant' } });
    expect(world.changes()).toEqual([]);
  });
});
