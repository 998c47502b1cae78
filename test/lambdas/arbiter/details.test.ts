// Proves what keeping details costs: one write when a member says something new, none for a heartbeat that says the same.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GroupReport } from '../../../core/wire/heartbeat.ts';
import { arbitrate } from '../../../lambdas/arbiter/run.ts';
import { StoreUnavailable } from '../../../lambdas/errors.ts';
import { createEc2Client } from '../../../lambdas/fabric/ec2/client.ts';
import { createFabrics } from '../../../lambdas/fabric/fabrics.ts';
import { createStore } from '../../../lambdas/store/store.ts';
import { type TestDeps, testDeps } from '../deps.ts';
import { config, nodeA, report, VIP } from '../fixtures.ts';
import { startTable, TABLE, type Table } from '../table.ts';

const noFabric = createFabrics(createEc2Client({ endpoint: 'http://127.0.0.1:1', region: 'us-east-1' }))(
  'secondary-ip',
);
let table: Table;
let calls: string[];
let group: string;
let groups = 0;
let seq = 0;

const environment = (): TestDeps => {
  const onCall = ({ operation }: { operation: string }): void => void calls.push(operation);
  return testDeps(createStore({ client: table.client, tableName: TABLE, onCall }), noFabric);
};
const beat = (deps: TestDeps, fields: Partial<GroupReport> = {}): Promise<unknown> =>
  arbitrate(
    {
      kind: 'report',
      node: nodeA,
      beat: { boot: 1, seq: (seq += 1) },
      report: report({ name: group, ...fields }),
    },
    { group, alone: false, startedAt: deps.clock() },
    deps,
  );

beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table.close());
beforeEach(async () => {
  calls = [];
  group = `details-${(groups += 1)}`;
  const deps = environment();
  await deps.store.putConfig({ ...config, group });
  await beat(deps);
  calls = [];
});

/** The calls of one heartbeat, after those that an environment makes once. */
const callsOf = async (deps: TestDeps, fields: Partial<GroupReport> = {}): Promise<string[]> => {
  calls = [];
  await beat(deps, fields);
  return calls;
};

describe('details', () => {
  it('of a heartbeat that says the same cost nothing, in whichever environment', async () => {
    for (const deps of [environment(), environment()]) {
      await beat(deps);
      expect(await callsOf(deps)).toEqual(['PutItem']);
      expect(await callsOf(deps)).toEqual(['PutItem']);
    }
  });

  it('of one that says something new cost one write, once', async () => {
    const deps = environment();
    await beat(deps);
    const failing = { health: 'fault', fault: 'check db: refused', down: ['db'] } as const;
    expect(await callsOf(deps, { ...failing, down: ['db'] })).toEqual(['PutItem', 'PutItem']);
    expect(await callsOf(deps, { ...failing, down: ['db'] })).toEqual(['PutItem']);
    const told = await deps.store.details.of(group);
    expect(told.get(nodeA)).toMatchObject({ fault: 'check db: refused', down: ['db'] });
    expect(told.get(nodeA)?.vips).toEqual({ [VIP]: { bound: false, inFabric: false } });
  });

  it('that cannot be written fail no heartbeat: they are logged and counted', async () => {
    const deps = environment();
    const put = () => Promise.reject(new StoreUnavailable('DynamoDB PutItem failed'));
    const store = { ...deps.store, details: { ...deps.store.details, put } };
    await beat({ ...deps, store }, { down: ['db'] });
    expect(deps.lines).toMatchObject([
      { level: 'debug' },
      { level: 'warn', message: 'detail-not-kept', fields: { group, node: nodeA } },
    ]);
    expect(deps.counted).toEqual([{ name: 'HistoryErrors', value: 1, group }]);
  });
});
