// Proves in which order VIPs of mixed kinds move, and that each has its own end: nothing but its base keeps one from moving.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Input, MoveEffect, VipResult } from '../../../core/election/types.ts';
import { epochMs } from '../../../core/time.ts';
import type { FabricKind, Vip } from '../../../core/wire/names.ts';
import { type Errand, perform } from '../../../lambdas/arbiter/perform.ts';
import { createEc2Client } from '../../../lambdas/fabric/ec2/client.ts';
import type { Fabric } from '../../../lambdas/fabric/fabric.ts';
import { createFabrics } from '../../../lambdas/fabric/fabrics.ts';
import { createStore } from '../../../lambdas/store/store.ts';
import { type TestDeps, testDeps } from '../deps.ts';
import { config, eniA, nodeA } from '../fixtures.ts';
import { startTable, TABLE, type Table } from '../table.ts';

const SECONDARY: Vip = { address: '172.31.0.201', fabric: 'secondary-ip' };
const ROUTE: Vip = { address: '10.99.0.1', fabric: 'route', tables: ['rtb-0a000000000000001'] };
const STANDING: Vip = {
  address: '198.51.100.10',
  fabric: 'elastic-ip',
  allocation: 'eipalloc-0a000000000000001',
  private: SECONDARY.address,
};
const PLAIN: Vip = {
  address: '198.51.100.11',
  fabric: 'elastic-ip',
  allocation: 'eipalloc-0a000000000000002',
};
const ALL = [STANDING, SECONDARY, ROUTE, PLAIN];

const orderOf = (vips: readonly Vip[]): MoveEffect => ({
  kind: 'move',
  epoch: 7,
  moveId: 42,
  attempt: 1,
  to: nodeA,
  toEni: eniA,
  vips,
  orderedAt: epochMs(1_000_000),
  abortAt: epochMs(1_002_000),
});
const errand: Errand = { group: 'mysql', epoch: 7, config, signal: AbortSignal.timeout(8000) };

let table: Table;
beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table.close());

/** Drivers that only note what they are asked for: what they do is proved by the contract, their order only shows here. */
const notingFabrics = (fails: ReadonlyMap<string, boolean> = new Map()) => {
  const begun: string[] = [];
  const ended: string[] = [];
  const resultOf = ({ address }: Vip): VipResult => {
    const permanent = fails.get(address);
    return permanent === undefined
      ? { address, ok: true }
      : { address, ok: false, error: { code: 'Refused', message: 'why', permanent } };
  };
  const fabricOf = (kind: FabricKind): Fabric => ({
    kind,
    plan: () => [],
    async apply({ vips }) {
      begun.push(...vips.map(({ address }) => `${address} after ${ended.length}`));
      await new Promise(setImmediate);
      ended.push(...vips.map(({ address }) => address));
      return vips.map(resultOf);
    },
    observe: async () => [],
    validate: async () => [],
  });
  return { begun, fabricOf };
};

describe('a move of mixed kinds', () => {
  let deps: TestDeps;
  beforeEach(() => {
    const nowhere = createEc2Client({ endpoint: 'http://127.0.0.1:1', region: 'us-east-1' });
    const store = createStore({ client: table.client, tableName: TABLE });
    deps = testDeps(store, createFabrics(nowhere)('secondary-ip'));
  });

  const results = (input: Input | undefined): readonly VipResult[] =>
    input?.kind === 'moved' ? input.results : [];
  const moved = async (vips: readonly Vip[], fabrics: ReturnType<typeof notingFabrics>) =>
    results(await perform(orderOf(vips), errand, { ...deps, fabricOf: fabrics.fabricOf }));

  it('moves all kinds at once, and an Elastic IP after the address on which it stands', async () => {
    const fabrics = notingFabrics();
    const ends = await moved(ALL, fabrics);
    expect(fabrics.begun).toEqual([
      '172.31.0.201 after 0',
      '10.99.0.1 after 0',
      '198.51.100.11 after 0',
      '198.51.100.10 after 3',
    ]);
    expect(ends).toHaveLength(4);
    expect(ends.every(({ ok }) => ok)).toBe(true);
  });

  it('does not ask for an Elastic IP whose address has failed, and blames nobody for it', async () => {
    const fabrics = notingFabrics(new Map([[SECONDARY.address, true]]));
    const ends = await moved(ALL, fabrics);
    expect(fabrics.begun.some((line) => line.startsWith(STANDING.address))).toBe(false);
    expect(ends).toContainEqual({
      address: STANDING.address,
      ok: false,
      error: {
        code: 'DependencyFailed',
        message: expect.stringContaining(`${SECONDARY.address}, which was not moved (Refused)`) as unknown,
        permanent: false,
      },
    });
    expect(ends.filter(({ ok }) => ok).map(({ address }) => address)).toEqual([ROUTE.address, PLAIN.address]);
    // The first failure is what the group's event tells: the cause, and not what follows from it.
    expect(ends.find(({ ok }) => !ok)?.error?.code).toBe('Refused');
  });

  it('a failed route keeps nothing else from moving', async () => {
    const ends = await moved(ALL, notingFabrics(new Map([[ROUTE.address, false]])));
    expect(ends.filter(({ ok }) => !ok).map(({ address }) => address)).toEqual([ROUTE.address]);
  });

  it('an Elastic IP alone, as after a look, waits for nothing', async () => {
    const fabrics = notingFabrics();
    expect(await moved([STANDING], fabrics)).toEqual([{ address: STANDING.address, ok: true }]);
  });

  it('an order that expires between the steps sends nothing more', async () => {
    const { fabricOf: noting } = notingFabrics();
    let nowMs = 1_000_000;
    const real = createFabrics(createEc2Client({ endpoint: 'http://127.0.0.1:1', region: 'us-east-1' }));
    const slow = (kind: FabricKind): Fabric => ({
      ...noting(kind),
      async apply(order, scope) {
        nowMs = 1_002_001;
        return noting(kind).apply(order, scope);
      },
    });
    const fabricOf = (kind: FabricKind) => (kind === 'elastic-ip' ? real(kind) : slow(kind));
    const clock = () => epochMs(nowMs);
    const ends = results(await perform(orderOf([SECONDARY, STANDING]), errand, { ...deps, fabricOf, clock }));
    expect(ends).toMatchObject([
      { address: SECONDARY.address, ok: true },
      { address: STANDING.address, ok: false, error: { code: 'MoveAborted', permanent: false } },
    ]);
    expect(deps.lines.filter(({ message }) => message === 'fabric-call')).toEqual([]);
  });
});
