// Proves that the arbiter answers each kind of bad request as documented and that none of them changes the item.
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  BODY_BYTES_MAX,
  errorBodySchema,
  type GroupReport,
  type HeartbeatRequest,
  heartbeatResponseSchema,
  type WireError,
} from '../../../core/wire/heartbeat.ts';
import { Misconfigured } from '../../../lambdas/errors.ts';
import { createEc2Client } from '../../../lambdas/fabric/ec2/client.ts';
import { createFabrics } from '../../../lambdas/fabric/fabrics.ts';
import { createHandler } from '../../../lambdas/heartbeat/handler.ts';
import type { HttpAnswer } from '../../../lambdas/http/respond.ts';
import { createStore } from '../../../lambdas/store/store.ts';
import { type TestDeps, testDeps } from '../deps.ts';
import { config, nodeA, nodeB, report, stranger } from '../fixtures.ts';
import { clientOf, startTable, TABLE, type Table } from '../table.ts';
import { arnOf, context, eventOf, heartbeat, REQUEST_ID } from './events.ts';

const environment = { tableName: TABLE, logLevel: 'INFO', memberRoles: ['KeepaloftMember'] } as const;
/** No test here orders fabric work: an EC2 end that cannot be reached would show if one did. */
const noFabric = createFabrics(createEc2Client({ endpoint: 'http://127.0.0.1:1', region: 'us-east-1' }))(
  'secondary-ip',
);

let table: Table;
let deps: TestDeps;
let handler: ReturnType<typeof createHandler>;
let seq = 0;

beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table.close());
beforeEach(async () => {
  deps = testDeps(createStore({ client: table.client, tableName: TABLE }), noFabric);
  handler = createHandler(() => ({ environment, deps }));
  for (const group of ['mysql', 'redis']) await deps.store.putConfig({ ...config, group });
});

const send = (signer: string, request: object): Promise<HttpAnswer> =>
  handler(eventOf(signer, JSON.stringify(request)), context);
const next = (fields: Partial<HeartbeatRequest> = {}): HeartbeatRequest =>
  heartbeat({ seq: (seq += 1), ...fields });
const groupsOf = (...reports: Partial<GroupReport>[]): { groups: GroupReport[] } => ({
  groups: reports.map(report),
});

const errorOf = (answer: HttpAnswer): WireError => errorBodySchema.parse(JSON.parse(answer.body)).error;
const itemsNow = async (): Promise<string[]> =>
  Promise.all(['mysql', 'redis'].map((group) => table.raw(group, 'state')));

/** Sends what must be refused, and checks that the documented error comes and the items are byte-equal. */
const refuses = async (
  answer: () => Promise<HttpAnswer>,
  status: number,
  code: string,
): Promise<WireError> => {
  const before = await itemsNow();
  const refused = await answer();
  const error = errorOf(refused);
  expect([refused.statusCode, error.code, error.requestId]).toEqual([status, code, REQUEST_ID]);
  expect(refused.headers['content-type']).toBe('application/json');
  expect(await itemsNow()).toEqual(before);
  return error;
};

describe('a good heartbeat', () => {
  it('is answered with a role for each group, and is in the item', async () => {
    const request = next(groupsOf({ name: 'mysql' }, { name: 'redis' }));
    const answer = await send(nodeA, request);
    const { groups } = heartbeatResponseSchema.parse(JSON.parse(answer.body));
    expect(answer.statusCode).toBe(200);
    expect(Object.keys(groups)).toEqual(['mysql', 'redis']);
    expect(groups['mysql']).toMatchObject({ role: 'BACKUP', epoch: 0, holder: null, heartbeatMs: 1000 });
    const { members } = await deps.store.load('redis');
    expect(members[nodeA]).toMatchObject({ boot: request.boot, seq: request.seq });
  });

  it('may come base64-encoded', async () => {
    const answer = await handler(eventOf(nodeA, JSON.stringify(next()), true), context);
    expect(answer.statusCode).toBe(200);
  });

  it('of a quiet group prints nothing at info', async () => {
    await send(nodeA, next());
    expect(deps.lines.filter((line) => line.level !== 'debug')).toEqual([]);
    expect(deps.counted).toEqual([]);
  });

  it('with fields of a later version is taken all the same', async () => {
    const request = { ...next(), later: true, groups: [{ ...report(), later: { x: 1 } }] };
    expect((await send(nodeA, request)).statusCode).toBe(200);
  });
});

describe('a bad request', () => {
  it('in the name of another node: 403', async () => {
    const error = await refuses(() => send(nodeB, next()), 403, 'NodeMismatch');
    expect(error.message).toContain(nodeB);
  });

  it('signed by a user, or by a role that is not the members’: 403', async () => {
    await refuses(() => send('somebody', next()), 403, 'NodeMismatch');
    const event = eventOf(nodeA, JSON.stringify(next()));
    event.requestContext.authorizer.iam.userArn = arnOf(nodeA).replace('KeepaloftMember', 'Other');
    await refuses(() => handler(event, context), 403, 'NodeMismatch');
  });

  it('replayed: 409 with the stored pair', async () => {
    const request = next();
    await send(nodeA, request);
    const error = await refuses(() => send(nodeA, request), 409, 'StaleBeat');
    expect(error.stored).toEqual({ boot: request.boot, seq: request.seq });
    const older = { ...request, boot: request.boot - 1, seq: request.seq + 1000 };
    await refuses(() => send(nodeA, older), 409, 'StaleBeat');
  });

  it('of a node that is not a member: 403', async () => {
    const error = await refuses(() => send(stranger, next({ node: stranger })), 403, 'NotEnrolled');
    expect(error.message).toContain('add it to the group');
  });

  it('for a group that is not deployed: 404', async () => {
    await refuses(() => send(nodeA, next(groupsOf({ name: 'mongodb' }))), 404, 'UnknownGroup');
  });

  it.each(['', '{', 'null', '[]', '"x"', '{"v":1}', 'NaN', '\u0000'])('body %j: 400', async (body) => {
    await refuses(() => handler(eventOf(nodeA, body), context), 400, 'BadRequest');
  });

  it('without a body at all: 400', async () => {
    const { body: _, ...event } = eventOf(nodeA, '');
    await refuses(() => handler(event, context), 400, 'BadRequest');
  });

  it('that breaks the schema: 400, naming the path', async () => {
    const broken = { ...next(), groups: [{ ...report(), priority: 255 }] };
    const error = await refuses(() => send(nodeA, broken), 400, 'BadRequest');
    expect(error.message).toContain('groups.0.priority');
  });

  it.each([{ v: 2 }, { seq: -1 }, { boot: 1.5 }, { groups: [] }, { node: 'i-1' }])(
    'with %j: 400',
    async (fields) => {
      await refuses(() => send(nodeA, { ...next(), ...fields }), 400, 'BadRequest');
    },
  );

  it('with one group twice: 400', async () => {
    await refuses(() => send(nodeA, next(groupsOf({}, {}))), 400, 'BadRequest');
  });

  it.each([false, true])('larger than 16 KB: 413 before anything is parsed (base64: %s)', async (base64) => {
    const body = `{${' '.repeat(BODY_BYTES_MAX)}`;
    await refuses(() => handler(eventOf(nodeA, body, base64), context), 413, 'BodyTooLarge');
  });

  it('of exactly 16 KB is no larger than that', async () => {
    const text = JSON.stringify(next());
    const answer = await handler(eventOf(nodeA, text + ' '.repeat(BODY_BYTES_MAX - text.length)), context);
    expect(answer.statusCode).toBe(200);
  });

  it('is counted in bytes, not in characters', async () => {
    const body = 'ä'.repeat(BODY_BYTES_MAX / 2 + 1);
    await refuses(() => handler(eventOf(nodeA, body), context), 413, 'BodyTooLarge');
  });

  it('is logged with code and caller, and without its body', async () => {
    await send(nodeB, next({ agent: 'do-not-log-me' }));
    expect(deps.lines).toMatchObject([
      {
        level: 'warn',
        message: 'refused',
        fields: { code: 'NodeMismatch', caller: arnOf(nodeB), requestId: REQUEST_ID },
      },
    ]);
    expect(JSON.stringify(deps.lines)).not.toContain('do-not-log-me');
  });
});

describe('several groups', () => {
  it('one failing group has its error in its place and does not hinder the other', async () => {
    const answer = await send(nodeA, next(groupsOf({ name: 'mongodb' }, { name: 'mysql' })));
    const { groups } = heartbeatResponseSchema.parse(JSON.parse(answer.body));
    expect(answer.statusCode).toBe(200);
    expect(groups['mongodb']).toMatchObject({ error: { code: 'UnknownGroup', requestId: REQUEST_ID } });
    expect(groups['mysql']).toMatchObject({ role: 'BACKUP' });
  });

  it('when all fail the status is the first one’s, and every group still has its own error', async () => {
    const request = next(groupsOf({ name: 'mongodb' }, { name: 'mysql' }));
    await send(nodeA, { ...request, groups: [report()] });
    const answer = await send(nodeA, request);
    expect(answer.statusCode).toBe(404);
    expect(errorOf(answer).code).toBe('UnknownGroup');
    expect(JSON.parse(answer.body)).toMatchObject({ groups: { mysql: { error: { code: 'StaleBeat' } } } });
  });
});

describe('failures of our own', () => {
  it('a store that is away: 503', async () => {
    const away = testDeps(
      createStore({ client: clientOf('http://127.0.0.1:1'), tableName: TABLE }),
      noFabric,
    );
    const broken = createHandler(() => ({ environment, deps: away }));
    const event = eventOf(nodeA, JSON.stringify(next()));
    await refuses(() => broken(event, context), 503, 'StoreUnavailable');
    expect(away.lines).toMatchObject([
      { level: 'error', message: 'failed', fields: { code: 'StoreUnavailable' } },
    ]);
  });

  it('an environment that cannot start: 500 for every request, saying why', async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const broken = createHandler(() => {
      throw new Misconfigured('TABLE_NAME is missing');
    });
    const error = await refuses(() => broken(eventOf(nodeA, '{}'), context), 500, 'Misconfigured');
    expect(error.message).toBe('TABLE_NAME is missing');
    expect(printed.mock.calls[0]?.[0]).toContain('"code":"Misconfigured"');
    printed.mockRestore();
  });

  it('a route without IAM authorization: 500, and nobody is believed', async () => {
    const event = eventOf(nodeA, JSON.stringify(next()));
    const { authorizer: _, ...requestContext } = event.requestContext;
    await refuses(() => handler({ ...event, requestContext }, context), 500, 'Misconfigured');
  });

  it('another kind of event: 500 with the invocation’s own id', async () => {
    const answer = await handler({ Records: [] }, context);
    expect([answer.statusCode, errorOf(answer)]).toMatchObject([
      500,
      { code: 'Misconfigured', requestId: context.awsRequestId },
    ]);
  });

  it('a defect: 500 that tells the caller nothing and the log everything', async () => {
    const defective = { ...deps.store, load: () => Promise.reject(new TypeError('secret detail')) };
    const broken = createHandler(() => ({ environment, deps: { ...deps, store: defective } }));
    const event = eventOf(nodeA, JSON.stringify(next()));
    const error = await refuses(() => broken(event, context), 500, 'Internal');
    expect(error.message).not.toContain('secret');
    expect(deps.lines).toMatchObject([{ level: 'error', fields: { cause: { message: 'secret detail' } } }]);
  });
});
