// Proves that forged, replayed, foreign, oversized and malformed heartbeats are refused by name and change nothing.
import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BODY_BYTES_MAX, type HeartbeatRequest } from '../../core/wire/heartbeat.ts';
import { Session } from '../../lab/session.ts';
import { type DocumentFile, documentFile, instance, members } from './lab/document.ts';
import {
  type Credentials,
  instanceCredentials,
  type Reply,
  type Signed,
  send,
  signHeartbeat,
} from './lab/signed.ts';

const GROUP = 'guarded';
const VIP = '172.31.0.201';
const anyText: unknown = expect.any(String);
/** Nothing is in flight any more when the item has stood still for this long. */
const STILL_MS = 400;
/** AWS takes a signature for five minutes; this one is older. */
const STALE_SIGNATURE_MS = 600_000;

/** Keys in order, so that equal items give equal bytes whatever order the server lists attributes in. */
const bytesOf = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

describe('the arbiter, when no agent speaks', () => {
  let session: Session;
  let config: DocumentFile;
  let dynamo: DynamoDBClient;
  /** Keys of a standby, of a stranger in no group, and of the account's operator. */
  let standby: Credentials;
  let stranger: Credentials;
  let operator: Credentials;
  let stored = { boot: 0, seq: 0 };
  let fresh: HeartbeatRequest;

  /** The whole table: the group's state and configuration, and whatever a request might have made beside them. */
  const tableBytes = async (): Promise<string> => {
    const command = new ScanCommand({ TableName: session.info.table, ConsistentRead: true });
    const { Items = [] } = await dynamo.send(command);
    return Items.map(bytesOf).toSorted().join('\n');
  };

  beforeAll(async () => {
    const vips = [{ address: VIP, fabric: 'secondary-ip' }];
    const timing = { heartbeat: '500ms', lease: '1500ms' };
    const group = { vips, members: members(200, 150, 100), timing };
    config = documentFile({ version: 1, groups: { [GROUP]: group } });
    session = await Session.open({ config: config.path, hosts: 4 });
    const { env, endpoints } = session.info;
    operator = {
      accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
    };
    const region = env['AWS_REGION'] ?? '';
    dynamo = new DynamoDBClient({ region, endpoint: endpoints.dynamodb, credentials: operator });
    await session.quiet();
    [standby, stranger] = await Promise.all([
      instanceCredentials(session.info, 'host2'),
      instanceCredentials(session.info, 'host4'),
    ]);
    await session.fault({ kind: 'freeze', target: 'all' });
    let last = '';
    await session.until('nobody writes any more', async () => {
      const before = last;
      await delay(STILL_MS);
      last = await tableBytes();
      return before === last;
    });
    const beat = (await session.group()).members.find(({ node }) => node === instance(2))?.beat ?? '0:0';
    const [boot = 0, seq = 0] = beat.split(':').map(Number);
    stored = { boot, seq };
    fresh = {
      v: 1,
      node: instance(2),
      boot,
      seq: seq + 1,
      agent: 'test',
      groups: [
        {
          name: GROUP,
          configHash: '',
          epochSeen: 1,
          priority: 150,
          health: 'ok',
          holdMs: 0,
          vips: { [VIP]: { bound: false, inFabric: false } },
        },
      ],
    };
  });
  afterAll(async () => {
    dynamo.destroy();
    await session.close();
    config.remove();
  });

  /** Sends, and demands that the table is byte for byte what it was. */
  const refused = async (request: Signed): Promise<Reply> => {
    const before = await tableBytes();
    const reply = await send(request);
    expect(await tableBytes()).toBe(before);
    return reply;
  };
  const sign = (credentials: Credentials, request: unknown, at?: Date): Promise<Signed> =>
    signHeartbeat(
      session.info,
      credentials,
      typeof request === 'string' ? request : JSON.stringify(request),
      at,
    );
  const errorOf = (reply: Reply): unknown =>
    reply.body !== null && typeof reply.body === 'object' && 'error' in reply.body
      ? reply.body.error
      : reply.body;

  it('takes a true heartbeat, so that what follows is refused for what is wrong with it', async () => {
    const before = await tableBytes();
    const request = await sign(standby, fresh);
    expect(await send(request)).toMatchObject({
      status: 200,
      body: { groups: { [GROUP]: { role: 'BACKUP' } } },
    });
    expect(await tableBytes()).not.toBe(before);
    stored = { boot: fresh.boot, seq: fresh.seq };
    // The very same bytes again, captured on the way.
    const replayed = await refused(request);
    expect(replayed.status).toBe(409);
    expect(errorOf(replayed)).toMatchObject({ code: 'StaleBeat', stored, requestId: anyText });
  });

  it('refuses an older beat, newly signed, and names the stored one', async () => {
    const reply = await refused(await sign(standby, { ...fresh, seq: stored.seq - 1 }));
    expect(reply.status).toBe(409);
    expect(errorOf(reply)).toMatchObject({ code: 'StaleBeat', stored });
  });

  const next = (): HeartbeatRequest => ({ ...fresh, seq: stored.seq + 1 });

  it.each<{ what: string; status: number; code: string; request: () => Promise<Signed> }>([
    {
      what: 'a node name that is not the signer',
      status: 403,
      code: 'NodeMismatch',
      request: () => sign(standby, { ...next(), node: instance(1) }),
    },
    {
      what: 'a signer that is no instance',
      status: 403,
      code: 'NodeMismatch',
      request: () => sign(operator, next()),
    },
    {
      what: 'an instance that belongs to no group',
      status: 403,
      code: 'NotEnrolled',
      request: () => sign(stranger, { ...next(), node: instance(4) }),
    },
    {
      what: 'a group that is not deployed',
      status: 404,
      code: 'UnknownGroup',
      request: () => sign(standby, { ...next(), groups: [{ ...fresh.groups[0], name: 'unknown' }] }),
    },
    {
      what: 'a body that is too large',
      status: 413,
      code: 'BodyTooLarge',
      request: () => sign(standby, { ...next(), padding: 'x'.repeat(BODY_BYTES_MAX) }),
    },
    {
      what: 'a body that is not JSON',
      status: 400,
      code: 'BadRequest',
      request: () => sign(standby, JSON.stringify(next()).slice(0, -1)),
    },
    {
      what: 'a body that is no heartbeat',
      status: 400,
      code: 'BadRequest',
      request: () => sign(standby, { ...next(), seq: -1 }),
    },
    {
      what: 'another version',
      status: 400,
      code: 'BadRequest',
      request: () => sign(standby, { ...next(), v: 2 }),
    },
    {
      what: 'a group reported twice',
      status: 400,
      code: 'BadRequest',
      request: () => sign(standby, { ...next(), groups: [fresh.groups[0], fresh.groups[0]] }),
    },
    { what: 'no body', status: 400, code: 'BadRequest', request: () => sign(standby, '') },
  ])('refuses $what', async ({ status, code, request }) => {
    const reply = await refused(await request());
    expect(reply.status).toBe(status);
    const documented = { code, message: anyText, requestId: anyText };
    expect(errorOf(reply)).toMatchObject(documented);
  });

  it.each<{ what: string; request: () => Promise<Signed> }>([
    {
      what: 'no signature',
      request: async () => {
        const { url, body } = await sign(standby, next());
        return { url, body, headers: {} };
      },
    },
    {
      what: 'a signature over another body',
      request: async () => {
        const signed = await sign(standby, next());
        return { ...signed, body: JSON.stringify({ ...next(), node: instance(3) }) };
      },
    },
    { what: 'a wrong secret', request: () => sign({ ...standby, secretAccessKey: 'x'.repeat(40) }, next()) },
    {
      what: 'an unknown key',
      request: () => sign({ ...standby, accessKeyId: 'ASIAUNKNOWNUNKNOWN00' }, next()),
    },
    {
      what: "another instance's session token",
      request: async () => {
        const { accessKeyId, secretAccessKey } = standby;
        return sign({ accessKeyId, secretAccessKey, sessionToken: stranger.sessionToken ?? '' }, next());
      },
    },
    {
      what: 'a signature of ten minutes ago',
      request: () => sign(standby, next(), new Date(Date.now() - STALE_SIGNATURE_MS)),
    },
  ])('is not even asked with $what: the API refuses', async ({ request }) => {
    expect(await refused(await request())).toEqual({ status: 403, body: { message: 'Forbidden' } });
  });

  it('is unharmed by all of that: the next true heartbeat counts', async () => {
    expect(await send(await sign(standby, next()))).toMatchObject({ status: 200 });
  });
});
