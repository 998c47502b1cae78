// Proves that a replacement for silence, and nothing else, asks the brake, once, before anything is written.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BrakeState } from '../../../core/brake.ts';
import type { Input } from '../../../core/election/types.ts';
import { after, type EpochMs, epochMs } from '../../../core/time.ts';
import type { Claim, GroupReport } from '../../../core/wire/heartbeat.ts';
import type { GroupState } from '../../../core/wire/item.ts';
import { type Arbitration, arbitrate } from '../../../lambdas/arbiter/run.ts';
import { StoreUnavailable } from '../../../lambdas/errors.ts';
import { createStore, type Store, type StoreCall } from '../../../lambdas/store/store.ts';
import type { Swap } from '../../../lambdas/store/table.ts';
import { freshNonce, type TestDeps, testDeps } from '../deps.ts';
import { openEc2 } from '../fabric/secondary-ip/world.ts';
import { config, nodeA, nodeB, nodeC, report } from '../fixtures.ts';
import { startTable, TABLE, type Table } from '../table.ts';

let table: Table;
let world: Awaited<ReturnType<typeof openEc2>>;
let deps: TestDeps;
let calls: StoreCall['operation'][];
let group: string;
let groups = 0;
let seq = 0;
/** Stands still but for `advance`: what is given up after a time must not depend on how busy this machine is. */
let now: EpochMs;
const advance = (ms: number): void => {
  now = after(now, ms);
};

beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table.close());
beforeEach(async () => {
  world = await openEc2();
  calls = [];
  const onCall = ({ operation }: StoreCall): void => void calls.push(operation);
  now = epochMs(Date.now());
  const store = createStore({ client: table.client, tableName: TABLE, onCall });
  deps = testDeps(store, world.fabric, { clock: () => now });
  group = `brake-${(groups += 1)}`;
  await deps.store.putConfig({ ...config, group });
  await setBrake({ groups: 10, recent: [] });
});
afterEach(() => world.close());

/** Puts the brake where a test needs it. */
const setBrake = async (fields: Pick<BrakeState, 'groups' | 'recent' | 'trippedAt'>): Promise<void> => {
  const { rev } = await deps.store.brake.load();
  await deps.store.brake.swap(rev, { rev: rev + 1, nonce: '', ...fields }, freshNonce());
};
/** Nine of ten groups have just moved. */
const almost = (): Promise<void> =>
  setBrake({
    groups: 10,
    recent: Array.from({ length: 9 }, (_, index) => ({ group: `other-${index}`, at: deps.clock() })),
  });

const inputOf = (node: typeof nodeA, fields: Partial<GroupReport> = {}): Input => ({
  kind: 'report',
  node,
  beat: { boot: 1, seq: (seq += 1) },
  report: report({ name: group, priority: config.members[node]?.priority ?? 1, ...fields }),
});
const send = (input: Input, by: TestDeps = deps, alone = true): Promise<Arbitration> =>
  arbitrate(input, { group, alone, startedAt: by.clock() }, by);

/** The best member holds; then it has been silent for a lease, and the others have just beaten. */
const silentHolder = async (): Promise<GroupState> => {
  for (const node of [nodeA, nodeB, nodeC]) await send(inputOf(node));
  advance(config.leaseMs);
  for (const node of [nodeB, nodeC]) await send(inputOf(node), deps, false);
  await send(inputOf(nodeA));
  advance(config.leaseMs);
  for (const node of [nodeB, nodeC]) await send(inputOf(node));
  const state = await deps.store.load(group);
  expect(state).toMatchObject({ phase: 'held', holder: nodeA, epoch: 1 });
  calls.length = 0;
  deps.lines.length = 0;
  deps.counted.length = 0;
  return state;
};

const claimOf = (state: GroupState): Claim => {
  const holder = state.members[nodeA];
  return {
    epoch: state.epoch,
    holder: nodeA,
    beat: `${holder?.boot}:${holder?.seq}`,
    silentMs: config.leaseMs,
    evidence: 'silence',
  };
};
const claiming = (state: GroupState): Input => inputOf(nodeB, { claim: claimOf(state) });
const events = (): unknown[] =>
  deps.lines.filter((line) => line.message === 'group-event').map((line) => line.fields['type']);

describe('a claim of silence', () => {
  it('asks, is admitted, and moves: one read and one write more', async () => {
    const held = await silentHolder();
    expect(await send(claiming(held))).toMatchObject({ state: { phase: 'held', epoch: 2, holder: nodeB } });
    // The brake's, then the order and the commit of the move; the item itself was this environment's own copy. And
    // beside the move, for the history, each of the two.
    expect(calls).toEqual(['GetItem', 'PutItem', 'PutItem', 'PutItem', 'PutItem', 'PutItem']);
    expect((await deps.store.brake.load()).recent).toMatchObject([{ group }]);
    expect(deps.counted).toEqual([{ name: 'Transfers', value: 1, group }]);
  });

  it('that is one too many is refused, counted and told; nothing moves', async () => {
    const held = await silentHolder();
    await almost();
    expect(await send(claiming(held))).toMatchObject({ state: { phase: 'held', epoch: 1, holder: nodeA } });
    expect(world.changes()).toHaveLength(1);
    expect(events()).toEqual(['claim-refused']);
    expect(deps.counted).toEqual([{ name: 'ClaimsRefused', value: 1, group }]);
    expect(deps.told.at(-1)).toEqual({ values: { Brake: 1 } });
    const told = deps.lines.filter((line) => line.message === 'brake');
    const fields = { group, moved: 9, groups: 10, windowMs: 30_000, holdMs: 120_000 };
    expect(told).toMatchObject([{ level: 'warn', fields }]);
    // The heartbeat that carried the claim counts all the same.
    expect((await deps.store.load(group)).members[nodeB]?.seq).toBe(seq);
  });

  it('while the brake is on is refused with one read, and told as refused only', async () => {
    const held = await silentHolder();
    await setBrake({ groups: 10, recent: [], trippedAt: deps.clock() });
    calls.length = 0;
    await send(claiming(held));
    expect(calls).toEqual(['GetItem', 'PutItem']);
    expect(deps.counted).toEqual([{ name: 'ClaimsRefused', value: 1, group }]);
    expect(deps.lines.map((line) => line.message)).not.toContain('brake');
  });

  it('two at once for one group count once', async () => {
    const held = await silentHolder();
    const other = testDeps(deps.store, world.fabric, { clock: deps.clock });
    await Promise.all([send(claiming(held)), send(inputOf(nodeC, { claim: claimOf(held) }), other)]);
    expect(await deps.store.load(group)).toMatchObject({ epoch: 2 });
    expect((await deps.store.brake.load()).recent).toHaveLength(1);
  });
});

describe('everything else never asks', () => {
  it('an ordinary heartbeat costs one write on the own copy, and one read more without it', async () => {
    await silentHolder();
    await send(inputOf(nodeB));
    expect(calls).toEqual(['PutItem']);
    calls.length = 0;
    await send(
      inputOf(nodeB),
      testDeps(deps.store, world.fabric, { configs: deps.configs, clock: deps.clock }),
    );
    expect(calls).toEqual(['GetItem', 'PutItem']);
  });

  it.each([
    ['a FAULT', { health: 'fault' }],
    ['a resignation', { resign: true }],
  ] as const)('%s moves although the brake is on', async (_, fields) => {
    await silentHolder();
    const on = { groups: 10, recent: [], trippedAt: deps.clock() };
    await setBrake(on);
    await send(inputOf(nodeA, fields));
    await send(inputOf(nodeC));
    await send(inputOf(nodeB));
    expect(await deps.store.load(group)).toMatchObject({ epoch: 2 });
    expect(await deps.store.brake.load()).toMatchObject(on);
  });

  it('a claim that is refused anyway does not ask', async () => {
    const held = await silentHolder();
    await send(inputOf(nodeB, { claim: { ...claimOf(held), silentMs: config.leaseMs - 1 } }));
    expect(calls).toEqual(['PutItem']);
  });
});

// What follows cannot be timed against a real server: a wrapper around the real store loses or fails on purpose.
describe('a claim, when the store is against it', () => {
  it('asks once, however often its swap is lost', async () => {
    const held = await silentHolder();
    let [asked, swaps] = [0, 0];
    const contended: Store = {
      ...deps.store,
      swap: async (previous, state, nonce) => {
        swaps += 1;
        if (swaps <= 3) {
          const current = await deps.store.load(group);
          await deps.store.swap(current, { ...current, rev: current.rev + 1 }, freshNonce());
        }
        return deps.store.swap(previous, state, nonce);
      },
      brake: {
        ...deps.store.brake,
        load: () => {
          asked += 1;
          return deps.store.brake.load();
        },
      },
    };
    const busy = testDeps(contended, world.fabric, { clock: deps.clock });
    expect(await send(claiming(held), busy)).toMatchObject({ state: { epoch: 2 } });
    expect([asked, swaps]).toEqual([1, 5]);
  });

  it('a brake that others write during the pause, too, is read anew, and lost no second time', async () => {
    const held = await silentHolder();
    const { brake } = deps.store;
    let swaps = 0;
    const rival = async (): Promise<void> => {
      const state = await brake.load();
      await brake.swap(state.rev, { ...state, rev: state.rev + 1 }, freshNonce());
    };
    let during: Promise<void> | undefined;
    const crowded: Store = {
      ...deps.store,
      brake: {
        load: async () => {
          await during;
          return brake.load();
        },
        swap: async (previousRev, state, nonce) => {
          swaps += 1;
          if (swaps === 1) await rival();
          return brake.swap(previousRev, state, nonce);
        },
      },
    };
    // Asked for the length of the pause.
    const random = (): number => {
      during ??= rival();
      return 1;
    };
    const busy = { ...testDeps(crowded, world.fabric, { clock: deps.clock }), random };
    expect(await send(claiming(held), busy)).toMatchObject({ state: { epoch: 2 } });
    expect(swaps).toBe(2);
  });

  it('a brake that others write too is asked until it answers', async () => {
    const held = await silentHolder();
    let losses = 0;
    const crowded: Store = {
      ...deps.store,
      brake: {
        ...deps.store.brake,
        swap: async (previousRev, state, nonce) => {
          losses += 1;
          if (losses <= 12)
            await setBrake({ groups: 10, recent: [{ group: `g-${losses}`, at: deps.clock() }] });
          return deps.store.brake.swap(previousRev, state, nonce);
        },
      },
    };
    const busy = testDeps(crowded, world.fabric, { clock: deps.clock });
    expect(await send(claiming(held), busy)).toMatchObject({ state: { epoch: 2 } });
    expect(losses).toBe(13);
    expect((await deps.store.brake.load()).recent).toMatchObject([{ group: 'g-12' }, { group }]);
  });

  const lost: Swap<BrakeState> = { swapped: false, current: { rev: 9, nonce: 'x', groups: 10, recent: [] } };
  it('a brake that is always lost to others refuses the claim, and the heartbeat counts all the same', async () => {
    const held = await silentHolder();
    let swaps = 0;
    const swap = (): Promise<Swap<BrakeState>> => {
      swaps += 1;
      return Promise.resolve(lost);
    };
    const failing: Store = { ...deps.store, brake: { ...deps.store.brake, swap } };
    const crowded = testDeps(failing, world.fabric, { clock: deps.clock });
    const done = await send(claiming(held), crowded);
    expect(done).toMatchObject({ kind: 'settled', state: { epoch: held.epoch, holder: held.holder } });
    expect(swaps).toBe(20);
    expect(crowded.lines.map(({ message }) => message)).toContain('brake-crowded');
    expect((await deps.store.load(group)).rev).toBe(held.rev + 1);
    expect(world.changes()).toHaveLength(1);
    expect(await send(claiming(await deps.store.load(group)))).toMatchObject({
      state: { epoch: held.epoch + 1 },
    });
  });

  it('is refused before the standby makes its claim again, however many tries that leaves', async () => {
    const held = await silentHolder();
    let swaps = 0;
    const swap = (): Promise<Swap<BrakeState>> => {
      swaps += 1;
      advance(80);
      return Promise.resolve(lost);
    };
    const slow: Store = { ...deps.store, brake: { ...deps.store.brake, swap } };
    const done = await send(claiming(held), testDeps(slow, world.fabric, { clock: deps.clock }));
    expect(done).toMatchObject({ kind: 'settled', state: { epoch: held.epoch } });
    expect(swaps).toBe(2);
  });

  const away = (): Promise<never> => Promise.reject(new StoreUnavailable('stub'));
  it.each<[string, Partial<Store['brake']>, string]>([
    ['cannot be read', { load: away }, 'stub'],
    ['cannot be written', { swap: away }, 'stub'],
  ])('with a brake that %s the whole request fails, and nothing is written', async (_, brake, error) => {
    const held = await silentHolder();
    const failing: Store = { ...deps.store, brake: { ...deps.store.brake, ...brake } };
    const broken = testDeps(failing, world.fabric, { clock: deps.clock });
    await expect(send(claiming(held), broken)).rejects.toThrow(error);
    expect(await deps.store.load(group)).toEqual(held);
    expect(world.changes()).toHaveLength(1);
  });
});
