// Proves that the HTTP API lets only signed callers in, hands a genuine payload-v2 event to a real function, and answers as the service does.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApiGateway, type ApiRequest } from '../../../../lab/ends/api/gateway.ts';
import { answerOf } from '../../../../lab/ends/api/result.ts';
import { LabClock } from '../../../../lab/ends/clock.ts';
import { ARBITER_ROLE, MEMBER_ROLE, type Principal } from '../../../../lab/ends/credentials.ts';
import { NodeSha256 } from '../../../../lab/ends/sigv4.ts';
import { createLabTls } from '../../../../lab/ends/tls.ts';
import { LambdaRuntime } from '../../../../lab/lambda/runtime.ts';
import { instanceId, storeOf } from '../small-vpc.ts';

const SOURCE = `
export async function handler(event) {
  const asked = event.body && event.isBase64Encoded === false && event.body.startsWith('{') ? JSON.parse(event.body) : {};
  if (asked.do === 'throw') throw new Error('as told');
  if (asked.do === 'hang') return new Promise(() => { setInterval(() => {}, 1000); });
  if (asked.answer !== undefined) return asked.answer;
  return { statusCode: 200, headers: { 'Content-Type': 'application/json', 'X-Mine': 1 }, body: JSON.stringify(event) };
}
`;

const clock = new LabClock();
const credentials = storeOf(clock);
const member = credentials.session(MEMBER_ROLE, instanceId(1));
const tls = createLabTls(['127.0.0.1'], Date.now());
const requests: ApiRequest[] = [];
let folder = '';
let runtime: LambdaRuntime;
let gateway: ApiGateway;
let port = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepaloft-test-'));
  await writeFile(join(folder, 'index.mjs'), SOURCE);
  runtime = new LambdaRuntime({ clock, credentials });
  await runtime.deploy({
    name: 'heartbeat',
    artefact: join(folder, 'index.mjs'),
    timeoutMs: 800,
    prewarm: 1,
    reservedConcurrency: 2,
  });
});
afterAll(async () => {
  await runtime.close();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  requests.length = 0;
  gateway = new ApiGateway({
    clock,
    credentials,
    routes: { 'POST /v1/heartbeat': 'heartbeat', 'POST /v1/admin': 'heartbeat', 'GET /v1/look': 'heartbeat' },
    invoke: (name, event) => runtime.invoke(name, event),
    onRequest: (request) => requests.push(request),
  });
  port = await gateway.listen();
});
afterEach(() => gateway.close());

interface Call {
  method?: string;
  path?: string;
  query?: Record<string, string | string[]>;
  body?: string | Buffer;
  headers?: Record<string, string>;
  who?: Principal | undefined;
  sign?: boolean;
  atMs?: number;
  secure?: number;
}
interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

async function call(options: Call = {}): Promise<Reply> {
  const { method = 'POST', path = '/v1/heartbeat', query = {}, body = '{}', who = member } = options;
  const hostname = '127.0.0.1';
  const plain = {
    method,
    protocol: 'https:',
    hostname,
    path,
    query,
    headers: { host: hostname, 'content-type': 'application/json', ...options.headers },
    body,
  };
  const signer = new SignatureV4({
    service: 'execute-api',
    region: 'us-east-1',
    credentials: {
      accessKeyId: who.accessKeyId,
      secretAccessKey: who.secretAccessKey,
      ...(who.sessionToken === undefined ? {} : { sessionToken: who.sessionToken }),
    },
    sha256: NodeSha256,
  });
  const headers =
    options.sign === false
      ? plain.headers
      : (await signer.sign(plain, { signingDate: new Date(options.atMs ?? clock.nowMs()) })).headers;
  const pairs = Object.entries(query).flatMap(([name, values]) =>
    [values].flat().map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`),
  );
  const target = pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
  return new Promise((resolve, reject) => {
    const base = { host: hostname, method, path: target, headers, agent: false } as const;
    const outgoing =
      options.secure === undefined
        ? httpRequest({ ...base, port })
        : httpsRequest({ ...base, port: options.secure, ca: tls.ca });
    outgoing.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

const answering = (answer: unknown) => call({ body: JSON.stringify({ answer }) });

describe('the event', () => {
  it('is payload version 2 with the IAM block of an instance role', async () => {
    const reply = await call({
      body: '{"v":1}',
      query: { a: ['1', '2'], b: 'x y' },
      headers: { 'X-Custom': 'Yes', cookie: 'k=v; l=w', 'user-agent': 'keepaloft-agent/0.1.0' },
    });
    expect(reply.status).toBe(200);
    const event: unknown = JSON.parse(reply.body);
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'POST /v1/heartbeat',
      rawPath: '/v1/heartbeat',
      rawQueryString: 'a=1&a=2&b=x%20y',
      queryStringParameters: { a: '1,2', b: 'x y' },
      cookies: ['k=v', 'l=w'],
      headers: { 'x-custom': 'Yes', 'x-forwarded-for': '127.0.0.1', 'content-type': 'application/json' },
      requestContext: {
        accountId: '111122223333',
        stage: '$default',
        routeKey: 'POST /v1/heartbeat',
        authorizer: {
          iam: {
            accessKey: member.accessKeyId,
            accountId: '111122223333',
            callerId: member.callerId,
            cognitoIdentity: null,
            userArn: `arn:aws:sts::111122223333:assumed-role/KeepaloftMember/${instanceId(1)}`,
            userId: member.callerId,
          },
        },
        http: {
          method: 'POST',
          path: '/v1/heartbeat',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'keepaloft-agent/0.1.0',
        },
        requestId: reply.headers['apigw-requestid'],
      },
      body: '{"v":1}',
      isBase64Encoded: false,
    });
    expect(reply.body).toMatch(
      /"time":"\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000","timeEpoch":\d{13}/,
    );
    expect(reply.headers['x-mine']).toBe('1');
    expect(requests[0]).toMatchObject({ status: 200, principalArn: member.arn, path: '/v1/heartbeat' });
  });

  it('carries binary bodies as base64 and no body as none', async () => {
    const bytes = await call({
      body: Buffer.from([0, 255]),
      headers: { 'content-type': 'application/octet-stream' },
    });
    expect(JSON.parse(bytes.body)).toMatchObject({ body: 'AP8=', isBase64Encoded: true });
    const reply = await call({ method: 'GET', path: '/v1/look', body: '', who: credentials.operator() });
    expect(reply.status).toBe(200);
    const empty: unknown = JSON.parse(reply.body);
    expect(empty).not.toHaveProperty('body');
    expect(empty).not.toHaveProperty('queryStringParameters');
  });
});

describe('who gets in', () => {
  it('a host only where heartbeats go: an operator’s route is not its own', async () => {
    const admin = { path: '/v1/admin', body: '{"v":1,"do":"status"}' };
    expect(await call(admin)).toMatchObject({ status: 403, body: '{"message":"Forbidden"}' });
    expect(requests).toMatchObject([{ refusal: 'not-allowed', principalArn: member.arn }]);
    const reply = await call({ ...admin, who: credentials.operator() });
    expect(JSON.parse(reply.body)).toMatchObject({
      routeKey: 'POST /v1/admin',
      requestContext: { authorizer: { iam: { userArn: credentials.operator().arn } } },
    });
  });

  it('nobody without a good signature', async () => {
    const forbidden = { status: 403, body: '{"message":"Forbidden"}' };
    expect(await call({ sign: false })).toMatchObject(forbidden);
    expect(await call({ who: { ...member, secretAccessKey: 'x'.repeat(40) } })).toMatchObject(forbidden);
    expect(await call({ who: { ...member, sessionToken: 'x' } })).toMatchObject(forbidden);
    expect(await call({ who: credentials.session(ARBITER_ROLE, 'heartbeat') })).toMatchObject(forbidden);
    expect(requests.map((one) => one.refusal)).toEqual([
      'missing',
      'signature-mismatch',
      'bad-token',
      'not-allowed',
    ]);
  });

  it('a caller whose clock is off is refused, and the Date header tells the right time', async () => {
    clock.offsetMs = 3_600_000;
    const reply = await call({ who: credentials.operator(), atMs: Date.now() });
    expect(reply.status).toBe(403);
    expect(requests[0]?.refusal).toBe('request-expired');
    expect(Math.abs(Date.parse(reply.headers.date ?? '') - Date.now() - 3_600_000)).toBeLessThan(2000);
    expect(await call({ who: credentials.operator() })).toMatchObject({ status: 200 });
    clock.offsetMs = 0;
  });
});

describe('answers of the service', () => {
  it('404 for an unknown route, 413 over ten megabytes, 429 when throttled', async () => {
    expect(await call({ path: '/v2/heartbeat' })).toMatchObject({
      status: 404,
      body: '{"message":"Not Found"}',
    });
    expect(await call({ method: 'PUT' })).toMatchObject({ status: 404 });
    gateway.throttle(5000);
    expect(await call()).toMatchObject({ status: 429, body: '{"message":"Too Many Requests"}' });
    gateway.heal();
    expect(await call()).toMatchObject({ status: 200 });
    const large = await call({ body: Buffer.alloc(11 * 1024 * 1024), sign: false });
    expect(large).toMatchObject({ status: 413, body: '{"message":"Request Entity Too Large"}' });
    expect(requests.at(-1)?.status).toBe(413);
  });

  it('500 when the function fails or times out, 503 when it is throttled', async () => {
    expect(await call({ body: '{"do":"throw"}' })).toMatchObject({
      status: 500,
      body: '{"message":"Internal Server Error"}',
    });
    const replies = await Promise.all([1, 2, 3].map(() => call({ body: '{"do":"hang"}' })));
    expect(replies.map((one) => one.status).sort((a, b) => a - b)).toEqual([500, 500, 503]);
  });

  it('maps what the function returns', async () => {
    expect(await answering({ hello: 1 })).toMatchObject({
      status: 200,
      body: '{"hello":1}',
      headers: { 'content-type': 'application/json' },
    });
    expect(await answering('text')).toMatchObject({ status: 200, body: 'text' });
    expect(await answering({ statusCode: 204 })).toMatchObject({ status: 204, body: '' });
    expect(await answering({ statusCode: 'no' })).toMatchObject({ status: 500 });
    expect(
      await answering({ statusCode: 200, cookies: ['a=1', 'b=2'], body: 'aGk=', isBase64Encoded: true }),
    ).toMatchObject({ body: 'hi', headers: { 'set-cookie': ['a=1', 'b=2'] } });
  });

  it('keeps its own headers', () => {
    const answer = answerOf({ statusCode: 200, headers: { Connection: 'close', Date: 'never', A: 'b' } });
    expect(answer?.headers).toEqual({ 'content-type': 'text/plain;charset=UTF-8', a: 'b' });
  });
});

describe('inside the VPC', () => {
  it('answers with TLS on a socket it did not open', async () => {
    const foreign = createServer();
    await new Promise<void>((resolve) => {
      foreign.listen(0, '127.0.0.1', resolve);
    });
    gateway.attach(foreign, tls.server);
    const reply = await call({ secure: (foreign.address() as AddressInfo).port });
    expect(JSON.parse(reply.body)).toMatchObject({ headers: { 'x-forwarded-proto': 'https' } });
    foreign.close();
  });
});
