// Proves, against a real DynamoDB server, that of two writers exactly one wins and that a write knows itself again.
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CorruptItem, Misconfigured, StoreUnavailable, UnknownGroup } from '../../../lambdas/errors.ts';
import { createStore, type Store, type StoreCall } from '../../../lambdas/store/store.ts';
import { freshNonce } from '../deps.ts';
import { config } from '../fixtures.ts';
import { clientOf, startTable, TABLE, type Table } from '../table.ts';

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });

let table: Table;
let store: Store;
const calls: StoreCall[] = [];

beforeAll(async () => {
  table = await startTable();
  store = createStore({ client: table.client, tableName: TABLE, onCall: (call) => calls.push(call) });
});
afterAll(() => table.close());

const deployed = async (group: string) => store.putConfig({ ...config, group });

describe('deployment', () => {
  it('creates a vacant group once, and repeating it changes nothing', async () => {
    const first = await deployed('deploy-once');
    const before = await table.raw('deploy-once', 'state');
    const second = await deployed('deploy-once');
    expect(first).toMatchObject({ rev: 0, epoch: 0, phase: 'vacant', configHash: config.hash });
    expect(second).toEqual(first);
    expect(await table.raw('deploy-once', 'state')).toBe(before);
    expect(await store.loadConfig('deploy-once', config.hash)).toMatchObject({ group: 'deploy-once' });
  });

  it('points a living group to a new configuration and keeps everything else', async () => {
    const first = await deployed('deploy-again');
    const second = await store.putConfig({ ...config, group: 'deploy-again', hash: 'newer' });
    expect(second).toEqual({ ...first, rev: 1, configHash: 'newer', nonce: second.nonce });
  });

  it('gets its hash in between the heartbeats of others', async () => {
    const first = await deployed('deploy-busy');
    const beat = store.swap(first, { ...first, rev: 1, reason: 'beat' }, freshNonce());
    const [, deployedState] = await Promise.all([
      beat,
      store.putConfig({ ...config, group: 'deploy-busy', hash: 'newer' }),
    ]);
    expect(deployedState.configHash).toBe('newer');
    const final = await store.load('deploy-busy');
    expect([final.configHash, final.rev]).toContain('newer');
  });
});

describe('swap', () => {
  it('of two writers on one rev exactly one wins, and the other is told what won', async () => {
    const read = await deployed('two-writers');
    const write = (reason: string) => store.swap(read, { ...read, rev: 1, reason }, freshNonce());
    const outcomes = await Promise.all([write('left'), write('right')]);
    const won = outcomes.filter((outcome) => outcome.swapped);
    const lost = outcomes.flatMap((outcome) => (outcome.swapped ? [] : [outcome.current]));
    expect(won).toHaveLength(1);
    expect(lost).toEqual([await store.load('two-writers')]);
  });

  it('a write that the SDK repeated against its own first success counts as won', async () => {
    const read = await deployed('repeated');
    const state = { ...read, rev: 1, reason: 'mine' };
    expect((await store.swap(read, state, 'same-nonce')).swapped).toBe(true);
    const again = await store.swap(read, state, 'same-nonce');
    expect(again).toEqual({ swapped: true, state: await store.load('repeated') });
  });

  it('a rev that comes again after a restore from a backup is not taken for the write that was read', async () => {
    const backup = await deployed('restored');
    const write = (reason: string, nonce: string) => store.swap(backup, { ...backup, rev: 1, reason }, nonce);
    const kept = await write('read by somebody who then stood still', 'before');
    const { Item } = await table.client.send(
      new GetItemCommand({ TableName: TABLE, Key: { pk: { S: 'restored' }, sk: { S: 'state' } } }),
    );
    const restoredItem = { ...Item, rev: { N: '0' }, nonce: { S: backup.nonce } };
    await table.client.send(new PutItemCommand({ TableName: TABLE, Item: restoredItem }));
    expect((await write('written since', 'after')).swapped).toBe(true);
    const late = await store.swap(kept.swapped ? kept.state : backup, { ...backup, rev: 2 }, freshNonce());
    expect(late).toEqual({ swapped: false, current: await store.load('restored') });
    expect(late.swapped ? undefined : late.current).toMatchObject({ rev: 1, reason: 'written since' });
  });

  it('writes nothing for a group that was removed meanwhile', async () => {
    const read = await deployed('removed');
    const gone = { ...read, group: 'never-deployed', rev: 1 };
    await expect(store.swap(read, gone, freshNonce())).rejects.toThrow(UnknownGroup);
    await expect(store.load('never-deployed')).rejects.toThrow(UnknownGroup);
  });
});

describe('failures', () => {
  it('a row that does not parse stops everything, also as the answer to a lost swap', async () => {
    const read = await deployed('broken');
    const Item = { pk: { S: 'broken' }, sk: { S: 'state' }, rev: { N: '7' } };
    await table.client.send(new PutItemCommand({ TableName: TABLE, Item }));
    await expect(store.load('broken')).rejects.toThrow(CorruptItem);
    await expect(store.swap(read, { ...read, rev: 1 }, freshNonce())).rejects.toThrow(CorruptItem);
  });

  it('a missing table and a missing configuration are the deployment’s fault and say so', async () => {
    const elsewhere = createStore({ client: table.client, tableName: 'no-such-table' });
    await expect(elsewhere.load('mysql')).rejects.toThrow(Misconfigured);
    await expect(store.loadConfig('mysql', 'no-such-hash')).rejects.toThrow(/deploy again/);
  });

  it('nobody listening means: not now', async () => {
    const store = createStore({ client: clientOf('http://127.0.0.1:1'), tableName: TABLE });
    await expect(store.load('mysql')).rejects.toThrow(StoreUnavailable);
  });

  it('counts its calls, the failed ones too', async () => {
    calls.length = 0;
    await store.load('never-deployed').catch(() => undefined);
    expect(calls).toMatchObject([{ operation: 'GetItem', ok: true }]);
  });
});

// The answer to a write that succeeded is lost on its way back: a proxy in front of the real server loses it.
describe('a write whose first answer is lost', () => {
  it('is repeated by the SDK, fails against itself, and still counts as won', async () => {
    const read = await deployed('lost-answer');
    let writes = 0;
    const proxy = createServer((request, response) => {
      writes += 1;
      const lost = writes === 1;
      const forwarded = httpRequest(
        table.endpoint,
        { method: 'POST', headers: request.headers },
        (answer) => {
          response.writeHead(lost ? 500 : (answer.statusCode ?? 500), lost ? {} : answer.headers);
          if (lost) {
            answer.resume();
            response.end();
          } else answer.pipe(response);
        },
      );
      request.pipe(forwarded);
    });
    const port = await listen(proxy);
    const client = clientOf(`http://127.0.0.1:${port}`);
    const behind = createStore({ client, tableName: TABLE });
    const outcome = await behind.swap(read, { ...read, rev: 1, reason: 'mine' }, freshNonce());
    client.destroy();
    proxy.closeAllConnections();
    proxy.close();
    expect(writes).toBe(2);
    expect(outcome).toMatchObject({ swapped: true, state: { rev: 1, reason: 'mine' } });
    expect(await store.load('lost-answer')).toEqual(outcome.swapped ? outcome.state : undefined);
  });
});

// dynoxide cannot be made to throttle or to hang, so a stub of DynamoDB's HTTP answers stands in for it here.
describe('failures that only a stub can produce', () => {
  let answer: { status: number; type: string } | 'silence' = 'silence';
  let requests = 0;
  let lastBody = '';
  let server: Server;
  let stubbed: Store;

  beforeAll(async () => {
    server = createServer((request, response) => {
      requests += 1;
      lastBody = '';
      request.on('data', (chunk: Buffer) => {
        lastBody += chunk.toString('utf8');
      });
      if (answer === 'silence') return;
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(
        JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${answer.type}`, message: 'stub' }),
      );
    });
    const port = await listen(server);
    stubbed = createStore({ client: clientOf(`http://127.0.0.1:${port}`), tableName: TABLE });
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each([
    [400, 'ProvisionedThroughputExceededException', StoreUnavailable],
    [400, 'ThrottlingException', StoreUnavailable],
    [500, 'InternalServerError', StoreUnavailable],
    [503, 'ServiceUnavailable', StoreUnavailable],
    [400, 'AccessDeniedException', Misconfigured],
  ])('%i %s', async (status, type, expected) => {
    answer = { status, type };
    requests = 0;
    await expect(stubbed.load('mysql')).rejects.toThrow(expected);
    expect(requests).toBeLessThanOrEqual(2);
  });

  it('reads are strongly consistent: an old item would let an old claim be judged', async () => {
    answer = { status: 400, type: 'AccessDeniedException' };
    await stubbed.load('mysql').catch(() => undefined);
    await vi.waitFor(() => expect(JSON.parse(lastBody)).toMatchObject({ ConsistentRead: true }));
  });

  it('a server that never answers is given up on after two short tries', async () => {
    answer = 'silence';
    requests = 0;
    const startMs = performance.now();
    await expect(stubbed.load('mysql')).rejects.toThrow(StoreUnavailable);
    expect(requests).toBe(2);
    expect(performance.now() - startMs).toBeLessThan(4000);
  });
});
