// Proves that every way a heartbeat can end has its own reply, that signatures verify, and that no socket stays behind.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ArbiterClient, type ArbiterClientOptions, createArbiterClient } from '../../agent/client.ts';
import { bootNow } from '../../agent/host/boot-clock.ts';
import type { BootMs } from '../../core/time.ts';
import { BODY_BYTES_MAX, type HeartbeatRequest } from '../../core/wire/heartbeat.ts';
import { verifySignature } from '../../lab/ends/sigv4.ts';
import { createLabTls } from '../../lab/ends/tls.ts';
import { captureLog } from './captured-log.ts';
import { until } from './until.ts';

const request: HeartbeatRequest = {
  v: 1,
  node: 'i-0123456789abcdef0',
  boot: 1,
  seq: 1,
  agent: '0.1.0',
  groups: [
    { name: 'mysql', configHash: 'c', epochSeen: 0, priority: 100, health: 'ok', holdMs: 0, vips: {} },
  ],
};
const answer = {
  v: 1,
  groups: {
    mysql: { rev: 1, role: 'BACKUP', epoch: 1, holder: null, heartbeatMs: 1000, reason: 'standby' },
  },
};
const keys = {
  accessKeyId: 'ASIAEXAMPLEEXAMPLE00',
  secretAccessKey: 'secret-of-the-test',
  sessionToken: 'token-of-the-test',
  expiration: new Date(Date.now() + 3_600_000),
};

type Handler = (incoming: IncomingMessage, body: Buffer, response: ServerResponse) => void;

const tls = createLabTls(['127.0.0.1'], Date.now());
const sockets = new Set<Socket>();
let server: Server;
let endpoint: string;
let handler: Handler;

const reply =
  (status: number, body: unknown, headers: Record<string, string> = {}): Handler =>
  (_, __, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

beforeAll(async () => {
  server = createServer({ key: tls.server.key, cert: tls.server.cert }, (incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => handler(incoming, Buffer.concat(chunks), response));
  });
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  handler = reply(200, answer);
});

const withClient = async (
  use: (client: ArbiterClient, messages: () => unknown[]) => Promise<void>,
  over: Partial<ArbiterClientOptions> = {},
): Promise<void> => {
  const { log, messages } = captureLog();
  const client = createArbiterClient({
    endpoint,
    region: 'us-east-1',
    credentials: () => Promise.resolve(keys),
    ca: tls.ca,
    now: bootNow,
    log,
    ...over,
  });
  try {
    await use(client, messages);
  } finally {
    client.close();
    await until('all sockets are closed', () => sockets.size === 0);
  }
};
const post = (client: ArbiterClient, timeoutMs = 4000) => client.post(request, { timeoutMs });

describe('a heartbeat', () => {
  it('is posted, signed so that the arbiter can verify it, and answered', async () => {
    let verified: unknown;
    let path: string | undefined;
    handler = (incoming, body, response) => {
      path = incoming.url;
      const principal = { ...keys, arn: '', accountId: '', userId: '', permissions: [] };
      void verifySignature(
        { method: 'POST', url: path ?? '', rawHeaders: incoming.rawHeaders, body },
        {
          service: 'execute-api',
          credentials: { find: () => principal } as never,
          clock: { nowMs: () => Date.now() } as never,
        },
      ).then((result) => {
        verified = result;
        reply(200, answer)(incoming, body, response);
      });
    };
    await withClient(async (client) => {
      const before = bootNow();
      const got = await post(client);
      expect(got).toMatchObject({ kind: 'answer', response: answer });
      expect(got.sentAt).toBeGreaterThanOrEqual(before);
      expect(got.receivedAt).toBeGreaterThanOrEqual(got.sentAt);
    });
    expect(verified).toMatchObject({ ok: true });
    expect(path).toBe('/v1/heartbeat');
  });

  it('reuses its connection, and has up to four at once', async () => {
    await withClient(async (client) => {
      for (let beat = 0; beat < 3; beat += 1) await post(client);
      expect(sockets.size).toBe(1);
      const held: (() => void)[] = [];
      handler = (...all) => held.push(() => reply(200, answer)(...all));
      const beats = Array.from({ length: 6 }, () => post(client));
      await until('four are under way', () => held.length === 4);
      expect(sockets.size).toBe(4);
      handler = reply(200, answer);
      for (const release of held) release();
      expect((await Promise.all(beats)).every(({ kind }) => kind === 'answer')).toBe(true);
    });
  });
});

describe('replies', () => {
  it.each([
    [403, { error: { code: 'NotEnrolled', message: 'add it' } }, { code: 'NotEnrolled', message: 'add it' }],
    [
      409,
      { error: { code: 'StaleBeat', message: 'old', stored: { boot: 7, seq: 3 } } },
      { code: 'StaleBeat', stored: { boot: 7, seq: 3 } },
    ],
    [403, { message: 'Forbidden' }, { code: 'Forbidden', message: 'Forbidden' }],
    [413, '<html>', { code: 'PayloadTooLarge' }],
    [418, '', { code: 'Status418' }],
  ])('%i %j is a refusal', async (status, body, error) => {
    handler = reply(status, body);
    await withClient(async (client) => {
      expect(await post(client)).toMatchObject({ kind: 'refused', status, error, clockCorrected: false });
    });
  });

  it.each([
    [500, { message: 'Internal Server Error' }, 'server'],
    [503, '', 'server'],
    [302, '', 'server'],
    [200, '{"v":1', 'server'],
    [200, { v: 2, groups: {} }, 'server'],
    [429, { message: 'Too Many Requests' }, 'throttled'],
  ])('%i %j is %s', async (status, body, kind) => {
    handler = reply(status, body);
    await withClient(async (client) => {
      expect(await post(client)).toMatchObject({ kind, status });
    });
  });

  it('that are too large are a network failure', async () => {
    handler = reply(200, 'x'.repeat(70_000));
    await withClient(async (client) => {
      expect(await post(client)).toMatchObject({ kind: 'network', cause: { code: 'answer-too-large' } });
    });
  });

  it('are "network" when nobody is there, TLS is not trusted, or credentials fail', async () => {
    const refused = { endpoint: 'https://127.0.0.1:1' };
    await withClient(async (client) => {
      expect(await post(client)).toMatchObject({ kind: 'network', cause: { code: 'ECONNREFUSED' } });
    }, refused);
    const foreign = { ca: createLabTls(['127.0.0.1'], Date.now()).ca };
    await withClient(async (client) => {
      expect((await post(client)).kind).toBe('network');
    }, foreign);
    const without = { credentials: () => Promise.reject(new Error('no role')) };
    await withClient(async (client) => {
      expect(await post(client)).toMatchObject({ kind: 'network', cause: { message: 'no role' } });
    }, without);
  });

  it('refuse a body beyond the bound without sending it', async () => {
    const big = { ...request, agent: 'x'.repeat(BODY_BYTES_MAX) };
    handler = () => expect.unreachable();
    await withClient(async (client) => {
      expect(await client.post(big, { timeoutMs: 1000 })).toMatchObject({ kind: 'refused', status: 413 });
    });
  });
});

describe('a silent path', () => {
  it('ends at the time limit, and its socket is not used again', async () => {
    await withClient(async (client) => {
      await post(client);
      const [first] = sockets;
      handler = () => undefined;
      const got = await post(client, 100);
      expect(got).toMatchObject({ kind: 'network', cause: { code: 'timeout' } });
      await until('the stuck socket is closed', () => first !== undefined && !sockets.has(first));
      handler = reply(200, answer);
      expect((await post(client)).kind).toBe('answer');
    });
  });

  it('takes the idle sockets of the same path with it, unless something was heard meanwhile', async () => {
    await withClient(async (client) => {
      const held: (() => void)[] = [];
      handler = (...all) => held.push(() => reply(200, answer)(...all));
      const both = [post(client), post(client)];
      await until('two are under way', () => held.length === 2);
      for (const release of held) release();
      await Promise.all(both);
      expect(sockets.size).toBe(2);
      handler = () => undefined;
      await post(client, 100);
      await until('both sockets are closed', () => sockets.size === 0);
    });
  });

  it('count as sent when they are asked for: what is learned while credentials come is not in them', async () => {
    let asked: BootMs | undefined;
    const slow = {
      credentials: async () => {
        asked = bootNow();
        // Some steps of the boot clock.
        await delay(60);
        return keys;
      },
    };
    handler = (incoming, body, response) => reply(200, answer)(incoming, body, response);
    await withClient(async (client) => {
      const got = await post(client);
      expect(got.kind).toBe('answer');
      expect(got.sentAt).toBeLessThanOrEqual(asked ?? 0);
    }, slow);
  });

  it('bounds waiting for credentials, too', async () => {
    const never = { credentials: () => new Promise<typeof keys>(() => undefined) };
    await withClient(async (client) => {
      expect(await post(client, 50)).toMatchObject({ kind: 'network' });
    }, never);
  });
});

describe('a wrong wall clock', () => {
  const HOUR_MS = 3_600_000;

  it.each([-5 * HOUR_MS, 3 * HOUR_MS])('off by %i ms is learned from the first answer', async (errorMs) => {
    const dates: number[] = [];
    handler = (incoming, body, response) => {
      const stamp = String(incoming.headers['x-amz-date']);
      const at = Date.parse(stamp.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
      dates.push(at - Date.now());
      const good = Math.abs(at - Date.now()) < 300_000;
      reply(good ? 200 : 403, good ? answer : { message: 'Signature expired' })(incoming, body, response);
    };
    await withClient(
      async (client, messages) => {
        expect(await post(client)).toMatchObject({ kind: 'refused', status: 403, clockCorrected: true });
        expect((await post(client)).kind).toBe('answer');
        expect((await post(client)).kind).toBe('answer');
        expect(Math.abs(client.clockOffsetMs() + errorMs)).toBeLessThan(2000);
        expect(messages()).toEqual(['this host has a wrong wall clock; signatures are corrected']);
      },
      { wallNow: () => Date.now() + errorMs },
    );
    expect(Math.abs(dates[0] ?? 0)).toBeGreaterThan(HOUR_MS);
  });

  it('within 30 s is left alone, and a healed clock is believed again', async () => {
    let errorMs = 20_000;
    await withClient(
      async (client) => {
        await post(client);
        expect(client.clockOffsetMs()).toBe(0);
        errorMs = HOUR_MS;
        await post(client);
        expect(client.clockOffsetMs()).not.toBe(0);
        errorMs = 0;
        await post(client);
        expect(client.clockOffsetMs()).toBe(0);
      },
      { wallNow: () => Date.now() + errorMs },
    );
  });
});
