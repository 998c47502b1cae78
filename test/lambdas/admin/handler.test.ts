// Proves that the admin function answers each kind of request as documented, believes nobody's word on who calls, and refuses what is malformed.
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  historyResponseSchema,
  orderResponseSchema,
  type StatusResponse,
  statusResponseSchema,
} from '../../../core/wire/admin.ts';
import { BODY_BYTES_MAX, errorBodySchema, type WireError } from '../../../core/wire/heartbeat.ts';
import { createHandler } from '../../../lambdas/admin/handler.ts';
import { arbitrate } from '../../../lambdas/arbiter/run.ts';
import { Misconfigured, StoreUnavailable } from '../../../lambdas/errors.ts';
import { createEc2Client } from '../../../lambdas/fabric/ec2/client.ts';
import { createFabrics } from '../../../lambdas/fabric/fabrics.ts';
import type { HttpAnswer } from '../../../lambdas/http/respond.ts';
import { createStore } from '../../../lambdas/store/store.ts';
import { type TestDeps, testDeps } from '../deps.ts';
import { config, eniA, nodeA, reportOf, stranger, VIP } from '../fixtures.ts';
import { context, eventOf, REQUEST_ID } from '../heartbeat/events.ts';
import { startTable, TABLE, type Table } from '../table.ts';

const environment = { tableName: TABLE, logLevel: 'INFO', memberRoles: undefined } as const;
/** No test here orders fabric work: an EC2 end that cannot be reached would show if one did. */
const noFabric = createFabrics(createEc2Client({ endpoint: 'http://127.0.0.1:1', region: 'us-east-1' }))(
  'secondary-ip',
);
const ALICE = 'arn:aws:sts::111122223333:assumed-role/KeepaloftMember/alice';

let table: Table;
let deps: TestDeps;
let handler: ReturnType<typeof createHandler>;

beforeAll(async () => {
  table = await startTable();
  const store = createStore({ client: table.client, tableName: TABLE });
  for (const group of ['mysql', 'redis']) await store.putConfig({ ...config, group });
});
afterAll(() => table.close());
beforeEach(() => {
  deps = testDeps(createStore({ client: table.client, tableName: TABLE }), noFabric);
  handler = createHandler(() => ({ environment, deps }));
});

const sendText = (body: string, base64 = false): Promise<HttpAnswer> =>
  handler(eventOf('alice', body, base64), context);
const send = (request: object): Promise<HttpAnswer> => sendText(JSON.stringify({ v: 1, ...request }));
const errorOf = (answer: HttpAnswer): [number, WireError] => [
  answer.statusCode,
  errorBodySchema.parse(JSON.parse(answer.body)).error,
];
const statusOf = async (request: object = {}): Promise<StatusResponse> => {
  const answer = await send({ do: 'status', ...request });
  expect(answer.statusCode).toBe(200);
  return statusResponseSchema.parse(JSON.parse(answer.body));
};
const order = { group: 'mysql', reason: 'rehearsal' };

describe('status', () => {
  it('tells all groups in the order of their names, and the brake', async () => {
    const { groups, brake, after } = await statusOf();
    expect(groups.map(({ name }) => name)).toEqual(['mysql', 'redis']);
    expect([brake, after]).toEqual([{ engaged: false, leftMs: 0 }, undefined]);
  });

  it('tells who answers, the last sweep with what it saw, and what members say in full', async () => {
    const at = deps.clock();
    expect(await statusOf({ group: 'mysql' })).toMatchObject({ arbiter: 'Ha', sweep: null });
    const look = { at, epoch: 0, owners: { [VIP]: eniA } };
    await deps.store.sweeps.put({ at, tookMs: 5, looks: { mysql: look } });
    const startedAt = at;
    await arbitrate(reportOf(nodeA, 1, { down: ['db'] }), { group: 'mysql', alone: false, startedAt }, deps);
    deps.advance(9000);
    const { sweep, groups } = await statusOf();
    expect(sweep?.ageMs).toBeGreaterThanOrEqual(9000);
    expect(groups).toMatchObject([
      { name: 'mysql', fabric: { confirmed: false, vips: [{ address: VIP, eni: eniA, node: nodeA }] } },
      { name: 'redis', fabric: null },
    ]);
    const [mysql] = groups;
    const told = mysql !== undefined && 'members' in mysql ? mysql.members[0]?.detail : undefined;
    expect(told?.checks).toEqual([{ name: 'db', up: false }]);
  });

  it('tells the group although what stands beside it cannot be read, and logs that', async () => {
    const away = () => Promise.reject(new StoreUnavailable('DynamoDB Query failed'));
    const store = {
      ...deps.store,
      details: { ...deps.store.details, of: away },
      sweeps: { ...deps.store.sweeps, last: away },
    };
    handler = createHandler(() => ({ environment, deps: { ...deps, store } }));
    const { sweep, groups } = await statusOf({ group: 'redis' });
    expect([sweep, groups]).toMatchObject([null, [{ name: 'redis', fabric: null }]]);
    expect(deps.lines.map(({ fields }) => fields['about'])).toEqual(['the last sweep', 'details of redis']);
  });

  it('tells one group alone, and of an unknown one that it is', async () => {
    expect((await statusOf({ group: 'redis' })).groups).toMatchObject([{ name: 'redis', phase: 'vacant' }]);
    const [status, error] = errorOf(await send({ do: 'status', group: 'nobody' }));
    expect([status, error.code, error.requestId]).toEqual([404, 'UnknownGroup', REQUEST_ID]);
    expect(error.message).toContain('no group "nobody" is deployed');
  });

  it('tells many groups a page at a time', async () => {
    const own = await startTable();
    const store = createStore({ client: own.client, tableName: TABLE });
    const names = Array.from({ length: 40 }, (_, index) => `g${String(index).padStart(2, '0')}`);
    for (const group of names) await store.putConfig({ ...config, group });
    handler = createHandler(() => ({ environment, deps: testDeps(store, noFabric) }));
    const first = await statusOf();
    const second = await statusOf({ after: first.after });
    await own.close();
    expect([...first.groups, ...second.groups].map(({ name }) => name)).toEqual(names);
    expect([first.groups.length, first.after, second.after]).toEqual([32, 'g31', undefined]);
  });

  it('shows a group that cannot be read in its place, and the others all the same', async () => {
    const own = await startTable();
    const store = createStore({ client: own.client, tableName: TABLE });
    for (const group of ['mysql', 'redis']) await store.putConfig({ ...config, group });
    const Item = { pk: { S: 'mysql' }, sk: { S: 'state' }, epoch: { S: 'none' } };
    await own.client.send(new PutItemCommand({ TableName: TABLE, Item }));
    handler = createHandler(() => ({ environment, deps: testDeps(store, noFabric) }));
    const { groups } = await statusOf();
    await own.close();
    expect(groups).toMatchObject([
      { name: 'mysql', error: { code: 'CorruptItem', requestId: REQUEST_ID } },
      { name: 'redis', phase: 'vacant' },
    ]);
  });
});

describe('an order and its history', () => {
  it('is taken in the name of whoever signed, and told in the history with the reason', async () => {
    const paused = await send({ do: 'pause', ...order });
    expect(orderResponseSchema.parse(JSON.parse(paused.body))).toMatchObject({ group: 'mysql', epoch: 0 });
    expect((await statusOf({ group: 'mysql' })).groups).toMatchObject([{ paused: true, next: null }]);
    await send({ do: 'resume', ...order, reason: 'done' });
    const answer = await send({ do: 'history', group: 'mysql', limit: 2 });
    const { events } = historyResponseSchema.parse(JSON.parse(answer.body));
    expect(events).toMatchObject([
      { type: 'operator', reason: 'done', detail: { command: 'resume', by: ALICE } },
      { type: 'operator', reason: 'rehearsal', detail: { command: 'pause', by: ALICE } },
    ]);
  });

  it('is refused with 409, the rule, and a line that says who wanted it', async () => {
    const [status, error] = errorOf(await send({ do: 'failover', ...order }));
    expect([status, error.code]).toEqual([409, 'NotHeld']);
    expect(deps.lines).toMatchObject([
      {
        level: 'warn',
        message: 'refused',
        fields: { code: 'NotHeld', caller: ALICE, requestId: REQUEST_ID },
      },
    ]);
  });

  it('a history of a group that does not exist is no empty one', async () => {
    expect(errorOf(await send({ do: 'history', group: 'nobody' }))[1].code).toBe('UnknownGroup');
    const empty = await send({ do: 'history', group: 'redis' });
    expect(JSON.parse(empty.body)).toEqual({ v: 1, group: 'redis', events: [] });
  });
});

describe('what is no request', () => {
  it.each<[string, object]>([
    ['the body', { do: 'pause', ...order, ifepoch: 3 }],
    ['the body', { do: 'pause', ...order, by: 'arn:aws:iam::1:root' }],
    ['do', { do: 'reboot', ...order }],
    ['v', { do: 'pause', ...order, v: 2 }],
    ['group', { do: 'pause', ...order, group: 'MySQL' }],
    ['group', { do: 'status', group: '#brake' }],
    ['group', { do: 'history' }],
    ['limit', { do: 'history', group: 'mysql', limit: 201 }],
    ['node', { do: 'drain', ...order }],
    ['to', { do: 'failover', ...order, to: 'host2' }],
    ['the body', { do: 'pause', ...order, node: nodeA }],
    ['ifEpoch', { do: 'drain', ...order, node: stranger, ifEpoch: -1 }],
    ['reason', { do: 'pause', group: 'mysql' }],
    ['reason', { do: 'pause', group: 'mysql', reason: '' }],
    ['reason', { do: 'pause', group: 'mysql', reason: 'x'.repeat(201) }],
    ['reason', { do: 'pause', group: 'mysql', reason: 'red \u001B[31m' }],
  ])('names what is wrong: %s in %j', async (path, request) => {
    const before = await table.raw('mysql', 'state');
    const [status, { code, message }] = errorOf(await send(request));
    expect([status, code]).toEqual([400, 'BadRequest']);
    expect(message).toContain(`not a version 1 request: ${path}:`);
    expect(await table.raw('mysql', 'state')).toBe(before);
  });

  it('no JSON, too much of it, or a route that does not authenticate', async () => {
    expect(errorOf(await sendText('hello'))[1].code).toBe('BadRequest');
    expect(errorOf(await sendText('x'.repeat(BODY_BYTES_MAX + 1)))[0]).toBe(413);
    const { requestContext, ...event } = eventOf('alice', JSON.stringify({ v: 1, do: 'status' }));
    const { authorizer: _, ...anonymous } = requestContext;
    const answer = await handler({ ...event, requestContext: anonymous }, context);
    expect(errorOf(answer)).toMatchObject([500, { code: 'Misconfigured' }]);
    expect(errorOf(answer)[1].message).toContain('AWS_IAM');
  });

  it('and a function that could not start says so in every answer', async () => {
    handler = createHandler(() => {
      throw new Misconfigured('the environment variable TABLE_NAME is wrong');
    });
    expect(errorOf(await send({ do: 'status' }))).toMatchObject([500, { code: 'Misconfigured' }]);
  });

  it('may come base64-encoded', async () => {
    const answer = await sendText(JSON.stringify({ v: 1, do: 'status', group: 'mysql' }), true);
    expect(answer.statusCode).toBe(200);
  });
});
