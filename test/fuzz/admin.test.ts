/** Proves that whatever an operator's request says it is answered as documented: never a 500, and nothing written for what is refused. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import * as z from 'zod/mini';
import { historyResponseSchema, orderResponseSchema, statusResponseSchema } from '../../core/wire/admin.ts';
import { errorBodySchema } from '../../core/wire/heartbeat.ts';
import { createHandler } from '../../lambdas/admin/handler.ts';
import type { Fabric } from '../../lambdas/fabric/fabric.ts';
import { createStore } from '../../lambdas/store/store.ts';
import { testDeps } from '../lambdas/deps.ts';
import { config, eniA, nodeA, nodeB, stranger } from '../lambdas/fixtures.ts';
import { context, eventOf } from '../lambdas/heartbeat/events.ts';
import { startTable, TABLE, type Table } from '../lambdas/table.ts';
import { spoiled } from './arbitraries/spoiled.ts';
import { fuzzMsMax, runs } from './runs.ts';

const GROUPS = ['mysql', 'redis'];
const environment = { tableName: TABLE, logLevel: 'INFO', memberRoles: undefined } as const;
const answerSchema = z.union([statusResponseSchema, historyResponseSchema, orderResponseSchema]);

/** A fabric that does at once what it is told. */
const obedient: Fabric = {
  kind: 'secondary-ip',
  plan: () => [],
  apply: async ({ vips }) => vips.map(({ address }) => ({ address, ok: true })),
  observe: async (vips) => vips.map(({ address }) => ({ address, owner: eniA })),
  validate: async () => [],
};

let table: Table;
let handler: ReturnType<typeof createHandler>;

beforeAll(async () => {
  table = await startTable();
  const deps = testDeps(createStore({ client: table.client, tableName: TABLE }), obedient);
  handler = createHandler(() => ({ environment, deps }));
  for (const group of GROUPS) await deps.store.putConfig({ ...config, group });
});
afterAll(() => table.close());

const itemsNow = async (): Promise<string> =>
  (await Promise.all(GROUPS.map((group) => table.raw(group, 'state')))).join('\n');

const tells = async (body: string): Promise<boolean> => {
  const before = await itemsNow();
  const answer = await handler(eventOf('alice', body), context);
  const document: unknown = JSON.parse(answer.body);
  if (answer.statusCode === 200) return answerSchema.safeParse(document).success;
  const isRefusal = answer.statusCode >= 400 && answer.statusCode < 500;
  return isRefusal && errorBodySchema.safeParse(document).success && before === (await itemsNow());
};

const node = fc.constantFrom(nodeA, nodeB, stranger);
const base = {
  v: fc.constant(1),
  group: fc.constantFrom(...GROUPS, 'mongodb'),
  reason: fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme-ascii' }),
};
const optional = { ifEpoch: fc.integer({ min: 0, max: 2 }) };
const order = { ...base, ...optional };
const required = ['v', 'do', 'group', 'reason'] as const;
const requests: fc.Arbitrary<unknown> = fc.oneof(
  fc.record(
    { v: base.v, do: fc.constant('status'), group: base.group, after: base.group },
    { requiredKeys: ['v', 'do'] },
  ),
  fc.record(
    { v: base.v, do: fc.constant('history'), group: base.group, limit: fc.integer({ min: 1, max: 200 }) },
    { requiredKeys: ['v', 'do', 'group'] },
  ),
  fc.record({ ...order, do: fc.constant('failover'), to: node }, { requiredKeys: [...required] }),
  fc.record(
    { ...order, do: fc.constantFrom('drain', 'undrain'), node },
    { requiredKeys: [...required, 'node'] },
  ),
  fc.record({ ...order, do: fc.constantFrom('pause', 'resume') }, { requiredKeys: [...required] }),
);

describe('any request of an operator', { timeout: fuzzMsMax }, () => {
  it('that is JSON but no request', async () => {
    await fc.assert(fc.asyncProperty(fc.json({ maxDepth: 4 }), tells), runs(60));
  });

  it('that is one, about whatever', async () => {
    await fc.assert(
      fc.asyncProperty(requests, (request) => tells(JSON.stringify(request))),
      runs(100),
    );
  });

  it('that has one thing wrong', async () => {
    await fc.assert(
      fc.asyncProperty(spoiled(requests), (request) => tells(JSON.stringify(request) ?? '')),
      runs(150),
    );
  });
});
