// Proves, with the shipped heartbeat handler behind API Gateway's signature check, what doctor makes of the way to the arbiter.

import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arbiterFindings } from '../../../agent/doctor/check/arbiter.ts';
import { type ArbiterPlace, lookAtArbiter } from '../../../agent/doctor/collect/arbiter.ts';
import type { ArbiterFacts } from '../../../agent/doctor/facts.ts';
import { ApiGateway } from '../../../lab/ends/api/gateway.ts';
import { LabClock } from '../../../lab/ends/clock.ts';
import { CredentialStore, MEMBER_ROLE, type SessionPrincipal } from '../../../lab/ends/credentials.ts';
import { createLabTls } from '../../../lab/ends/tls.ts';
import { createEc2Client } from '../../../lambdas/fabric/ec2/client.ts';
import { createFabrics } from '../../../lambdas/fabric/fabrics.ts';
import { createHandler } from '../../../lambdas/heartbeat/handler.ts';
import { createStore } from '../../../lambdas/store/store.ts';
import { testDeps } from '../../lambdas/deps.ts';
import { nodeA } from '../../lambdas/fixtures.ts';
import { context } from '../../lambdas/heartbeat/events.ts';
import { clientOf, TABLE } from '../../lambdas/table.ts';

const LEASE_MS = 30_000;
const clock = new LabClock();
const credentials = new CredentialStore({ clock });
const tls = createLabTls(['127.0.0.1'], Date.now());
let socket: Server;
let gateway: ApiGateway;
let endpoint: string;
let memberRoles: string[] = [MEMBER_ROLE];
let isBroken = false;

beforeAll(async () => {
  // Neither table nor EC2 is there: a request that read or wrote anything would be answered with 503.
  const nowhere = { endpoint: 'http://127.0.0.1:1', region: 'us-east-1' };
  const store = createStore({ client: clientOf('http://127.0.0.1:1'), tableName: TABLE });
  const deps = testDeps(store, createFabrics(createEc2Client(nowhere))('secondary-ip'));
  gateway = new ApiGateway({
    clock,
    credentials,
    routes: { 'POST /v1/heartbeat': 'heartbeat' },
    invoke: async (_name, event) => {
      if (isBroken) {
        const error = { errorType: 'Error', errorMessage: 'broken' };
        return { ok: false, requestId: 'r', kind: 'unhandled', error };
      }
      const environment = { tableName: TABLE, logLevel: 'INFO', memberRoles } as const;
      const handler = createHandler(() => ({ environment, deps }));
      return { ok: true, requestId: 'r', payload: await handler(event, context) };
    },
  });
  socket = createServer();
  await new Promise<void>((resolve) => socket.listen(0, '127.0.0.1', resolve));
  gateway.attach(socket, tls.server);
  endpoint = `https://127.0.0.1:${(socket.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await gateway.close();
  socket.close();
});

const as =
  ({ accessKeyId, secretAccessKey, sessionToken, expiresAtMs }: SessionPrincipal) =>
  async () => ({
    accessKeyId,
    secretAccessKey,
    sessionToken,
    expiration: new Date(expiresAtMs),
  });
const look = (over: Partial<ArbiterPlace> = {}): Promise<ArbiterFacts> =>
  lookAtArbiter({
    endpoint,
    region: 'us-east-1',
    ca: tls.ca,
    credentials: as(credentials.session(MEMBER_ROLE, nodeA)),
    ...over,
  });
const codes = (facts: ArbiterFacts, leaseMs = LEASE_MS): string[] =>
  arbiterFindings(facts, leaseMs).map(({ verdict, code }) => `${verdict} ${code}`);

describe('doctor on the way to the arbiter', () => {
  it('finds it well when this host is let in, and five requests touch no group', async () => {
    const facts = await look();
    expect(facts).toMatchObject({
      host: '127.0.0.1',
      addresses: ['127.0.0.1'],
      tls: { authorized: true },
      calls: Array.from({ length: 5 }, () => ({ status: 400, code: 'BadRequest' })),
    });
    expect(codes(facts)).toEqual(['ok arbiter', 'ok clock', 'ok arbiter-speed']);
  });

  it('arbiter-slow: an answer takes more than a third of the lease', async () => {
    const facts = await look();
    expect(codes(facts, 0.001)).toContain('warn arbiter-slow');
  });

  it('arbiter-denied: IAM does not let the role in', async () => {
    const other = await look({ credentials: as(credentials.session('SomebodyElse', nodeA)) });
    expect(codes(other)).toContain('bad arbiter-denied');
  });

  it('arbiter-refuses-host: it is let in, and is no member', async () => {
    memberRoles = ['AnotherRole'];
    const facts = await look();
    memberRoles = [MEMBER_ROLE];
    expect(arbiterFindings(facts, LEASE_MS)).toContainEqual(
      expect.objectContaining({
        code: 'arbiter-refuses-host',
        message: 'the role "KeepaloftMember" is not a member role: use the instance role of the deployment',
      }),
    );
  });

  it('arbiter-no-route: another path; arbiter-fails: the function does', async () => {
    expect(codes(await look({ endpoint: `${endpoint}/prod` }))).toContain('bad arbiter-no-route');
    isBroken = true;
    const facts = await look();
    isBroken = false;
    expect(codes(facts)).toContain('bad arbiter-fails');
  });

  it('arbiter-unreachable: nobody listens', async () => {
    expect(codes(await look({ endpoint: 'https://127.0.0.1:1' }))).toEqual(['bad arbiter-unreachable']);
  });

  it('says that it was not asked when there is nothing to sign with', async () => {
    const credentials = () => Promise.reject(new Error('no instance profile'));
    const facts = await look({ credentials });
    expect(arbiterFindings(facts, LEASE_MS)).toMatchObject([
      {
        verdict: 'unknown',
        code: 'arbiter',
        message: 'not asked, for there is nothing to sign with: no instance profile',
      },
    ]);
  });

  it('tls-untrusted: its authority is not among the known ones', async () => {
    const facts = await look({ ca: undefined });
    expect(facts.tls).toMatchObject({ authorized: false });
    expect(codes(facts)).toEqual(['bad tls-untrusted']);
  });

  it.each([
    ['behind', -600_000],
    ['ahead', 600_000],
  ])('clock-off: ten minutes %s, and the rest is told all the same', async (side, byMs) => {
    const facts = await look({ wallNow: () => Date.now() + byMs });
    expect(codes(facts)).toEqual(['ok arbiter', 'warn clock-off', 'ok arbiter-speed']);
    // Dates have whole seconds.
    expect(arbiterFindings(facts, LEASE_MS)[1]?.message).toMatch(
      new RegExp(`is (?:599|600|601) s ${side}`, 'u'),
    );
  });
});

// No name service and no certificate of Amazon's can be had in a unit test: these facts are made up.
describe('doctor on made-up facts', () => {
  const call = { status: 400, code: 'BadRequest', message: 'x', roundTripMs: 1, clockErrorMs: 0 };
  const facts: ArbiterFacts = {
    host: 'abc123.execute-api.us-east-1.amazonaws.com',
    addresses: ['3.4.5.6', '2600:1f18::1'],
    tls: { authorized: true, issuer: 'Amazon, Amazon RSA 2048 M03', error: '' },
    calls: [call],
  };
  const forbidden = { ...call, status: 403, code: 'Forbidden', message: 'Forbidden' };

  it('arbiter-unresolved', () => {
    const failed = { failed: 'getaddrinfo ENOTFOUND' };
    expect(codes({ ...facts, addresses: failed, tls: failed, calls: failed })).toEqual([
      'bad arbiter-unresolved',
    ]);
  });

  it.each(['10.1.2.3', '172.31.0.9', '192.168.1.1', '100.64.0.1', 'fd00::1'])(
    'arbiter-private: the name leads to %s, and nobody is let in there',
    (address) => {
      const told = codes({ ...facts, addresses: [address], calls: [forbidden] });
      expect(told.slice(0, 2)).toEqual(['bad arbiter-private', 'bad arbiter-denied']);
    },
  );

  it('takes no silence inside the VPC for that, and no failure of the function', () => {
    const silent = { ...facts, addresses: ['10.1.2.3'], calls: { failed: 'no answer within 3000 ms' } };
    expect(arbiterFindings(silent, LEASE_MS)).toMatchObject([
      { code: 'arbiter-unreachable', fix: expect.stringContaining('security groups') as string },
    ]);
    const broken = { ...call, status: 500, code: 'Internal Server Error' };
    expect(codes({ ...facts, addresses: ['10.1.2.3'], calls: [broken] })[0]).toBe('bad arbiter-fails');
  });

  it('finds a private API well when it answers', () => {
    expect(codes({ ...facts, addresses: ['10.1.2.3'] }).slice(0, 2)).toEqual([
      'ok arbiter-private',
      'ok arbiter',
    ]);
  });

  it('tls-intercepted: a bad thing when not even trusted', () => {
    const issuer = 'Example Corp, Inspection CA';
    const trusted = { ...facts, tls: { authorized: true, issuer, error: '' } };
    expect(codes(trusted)).toContain('warn tls-intercepted');
    const failed = { failed: 'unable to get local issuer certificate' };
    const refused = { ...facts, tls: { authorized: false, issuer, error: failed.failed }, calls: failed };
    expect(codes(refused)).toEqual(['bad tls-intercepted']);
  });
});
