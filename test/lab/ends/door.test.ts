// Proves that foreign listening sockets are served with and without TLS, that the source is known, and that delays hold both ways.
import { createServer as createHttp, request as httpRequest, type Server } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { type AddressInfo, connect, createServer, type Server as NetServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Door } from '../../../lab/ends/door.ts';
import { createLabTls } from '../../../lab/ends/tls.ts';

const tls = createLabTls(['127.0.0.1'], Date.now());
let http: Server;
let door: Door;
let foreign: NetServer;
let port = 0;

beforeEach(async () => {
  http = createHttp((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.setHeader('x-source', door.sourceOf(request));
      response.end(Buffer.concat(chunks));
    });
  });
  door = new Door(http);
  foreign = createServer();
  await new Promise<void>((resolve) => {
    foreign.listen(0, '127.0.0.1', resolve);
  });
  port = (foreign.address() as AddressInfo).port;
});
afterEach(() => {
  door.close();
  foreign.close();
  http.closeAllConnections();
});

interface Options {
  agent?: Agent;
  body?: Buffer;
  from?: string;
  secure?: boolean;
}

function ask({
  agent,
  body = Buffer.from('ping'),
  from = '127.0.0.1',
  secure = false,
}: Options = {}): Promise<{ body: Buffer; source: unknown }> {
  return new Promise((resolve, reject) => {
    const common = { host: '127.0.0.1', port, method: 'POST', localAddress: from };
    const outgoing = secure
      ? httpsRequest({ ...common, ca: tls.ca, agent: agent ?? false })
      : httpRequest({ ...common, agent: false });
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ body: Buffer.concat(chunks), source: response.headers['x-source'] }),
      );
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

describe('a foreign listening socket', () => {
  it('is served plain, and the source is the client', async () => {
    door.attach(foreign);
    expect(await ask({ from: '127.0.0.7' })).toMatchObject({ source: '127.0.0.7' });
  });

  it('is served with TLS on one kept-alive connection', async () => {
    door.attach(foreign, tls.server);
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: tls.ca });
    let connections = 0;
    foreign.on('connection', () => {
      connections += 1;
    });
    for (let round = 0; round < 5; round += 1)
      expect(await ask({ agent, secure: true, from: '127.0.0.8' })).toMatchObject({ source: '127.0.0.8' });
    expect(connections).toBe(1);
    agent.destroy();
  });

  it('carries large bodies unchanged, delayed or not', async () => {
    door.attach(foreign, tls.server);
    const body = Buffer.alloc(3_000_000, 'keepaloft');
    expect((await ask({ body, secure: true })).body.equals(body)).toBe(true);
    door.delay('127.0.0.1', 5);
    expect((await ask({ body, secure: true })).body.equals(body)).toBe(true);
  });

  it('is left alone after close', async () => {
    door.attach(foreign);
    await ask();
    door.close();
    expect(foreign.listenerCount('connection')).toBe(0);
  });

  it('survives resets and half-open clients', async () => {
    door.attach(foreign, tls.server);
    const garbage = connect(port, '127.0.0.1');
    garbage.on('error', () => undefined);
    garbage.end('this is not TLS');
    const reset = connect(port, '127.0.0.1', () => reset.resetAndDestroy());
    reset.on('error', () => undefined);
    expect((await ask({ secure: true })).body.toString()).toBe('ping');
  });
});

describe('delay', () => {
  const timed = async (options: Options) => {
    const started = performance.now();
    await ask(options);
    return performance.now() - started;
  };

  it('holds each direction back, on connections that are open already, for one source only', async () => {
    door.attach(foreign, tls.server);
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: tls.ca });
    await ask({ agent, secure: true });
    door.delay('127.0.0.1', 600);
    expect(await timed({ agent, secure: true })).toBeGreaterThanOrEqual(1199);
    expect(await timed({ secure: true, from: '127.0.0.9' })).toBeLessThan(1150);
    door.delay('127.0.0.1', 0);
    expect(await timed({ agent, secure: true })).toBeLessThan(1150);
    agent.destroy();
  });
});
