// Proves that a host's question is signed so that the arbiter can verify it, and that each way it can end is told apart
// with its remedy.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AskOptions, createAsk } from '../../../agent/enrol/ask.ts';
import { verifySignature } from '../../../lab/ends/sigv4.ts';
import { createLabTls } from '../../../lab/ends/tls.ts';
import { captureLog } from '../captured-log.ts';
import { answerOf, NODE } from './answers.ts';

const HOUR_MS = 3_600_000;
const keys = {
  accessKeyId: 'ASIAEXAMPLEEXAMPLE00',
  secretAccessKey: 'secret-of-the-test',
  sessionToken: 'token-of-the-test',
  expiration: new Date(Date.now() + HOUR_MS),
};
const tls = createLabTls(['127.0.0.1'], Date.now());
let server: Server;
let endpoint: string;
let handler: (incoming: IncomingMessage, body: Buffer, response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer({ key: tls.server.key, cert: tls.server.cert }, (incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => handler(incoming, Buffer.concat(chunks), response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const reply =
  (status: number, body: unknown): typeof handler =>
  (_, __, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
const ask = (over: Partial<AskOptions> = {}) =>
  createAsk({
    endpoint,
    region: 'us-east-1',
    credentials: () => Promise.resolve(keys),
    ca: tls.ca,
    node: NODE,
    version: '0.1.0',
    log: captureLog().log,
    ...over,
  })();

describe('a question', () => {
  it('is posted, signed, says who asks and nothing else, and is answered', async () => {
    let seen: { path: string | undefined; body: unknown; verified: unknown } | undefined;
    handler = (incoming, body, response) => {
      const principal = { ...keys, arn: '', accountId: '', userId: '', permissions: [] };
      void verifySignature(
        { method: 'POST', url: incoming.url ?? '', rawHeaders: incoming.rawHeaders, body },
        {
          service: 'execute-api',
          credentials: { find: () => principal } as never,
          clock: { nowMs: () => Date.now() } as never,
        },
      ).then((verified) => {
        seen = { path: incoming.url, body: JSON.parse(body.toString()), verified };
        reply(200, answerOf())(incoming, body, response);
      });
    };
    expect(await ask()).toEqual(answerOf());
    expect(seen).toMatchObject({
      path: '/v1/enroll',
      body: { v: 1, node: NODE, agent: '0.1.0' },
      verified: { ok: true },
    });
  });

  it('of a host whose clock is wrong is asked again with a better one', async () => {
    let requests = 0;
    handler = (...all) => {
      requests += 1;
      reply(
        requests === 1 ? 403 : 200,
        requests === 1 ? { message: 'Signature expired' } : answerOf(),
      )(...all);
    };
    expect(await ask({ wallNow: () => Date.now() - 5 * HOUR_MS })).toEqual(answerOf());
    expect(requests).toBe(2);
  });

  it.each<[string, number, unknown, string, string]>([
    [
      'no member',
      403,
      { error: { code: 'NotEnrolled', message: 'give it the tag' } },
      'NotEnrolled',
      'ask again',
    ],
    ['no right', 403, { message: 'Forbidden' }, 'Forbidden', 'memberRoles'],
    ['an older arbiter', 404, { message: 'Not Found' }, 'NotFound', 'older arbiter'],
    ['a throttle', 429, { message: 'Too Many Requests' }, 'Status429', 'ask again later'],
    ['a failure', 500, { error: { code: 'Internal', message: 'see its log' } }, 'Internal', 'log'],
    ['something else', 200, { hello: 'world' }, 'unexpected', 'something else answers there'],
  ])('%s is told with what to do', async (_, status, body, code, remedy) => {
    handler = reply(status, body);
    await expect(ask()).rejects.toMatchObject({ code, remedy: expect.stringContaining(remedy) as string });
  });

  it('nobody there is told with the ways there', async () => {
    await expect(ask({ endpoint: 'https://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'unreachable',
      remedy: expect.stringContaining('NAT') as string,
    });
  });
});
