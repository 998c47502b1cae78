// Proves that every function behind the API takes a REST API's events as it takes an HTTP API's, and that who signed is
// read from where only API Gateway writes.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHandler as createAdmin } from '../../../lambdas/admin/handler.ts';
import { createHandler as createEnroll } from '../../../lambdas/enroll/handler.ts';
import { Misconfigured } from '../../../lambdas/errors.ts';
import { createHandler as createHeartbeat } from '../../../lambdas/heartbeat/handler.ts';
import { callerArn, parseEvent } from '../../../lambdas/http/event.ts';
import { type EnrolWorld, environment, groupOf, openWorld } from '../enroll/world.ts';
import { nodeA, nodeB } from '../fixtures.ts';
import { arnOf, context, eventOf, heartbeat, REQUEST_ID } from '../heartbeat/events.ts';
import { restEventOf } from './rest.ts';

describe('a REST API’s event', () => {
  let world: EnrolWorld;
  beforeEach(async () => {
    world = await openWorld();
    await world.deploy('mysql', groupOf('201', { members: [{ instance: nodeA }, { instance: nodeB }] }));
  });
  afterEach(() => world.close());
  const app = () => ({ environment, deps: world.deps });
  const post = async (path: string, signer: string | null, body: object) => {
    const handler = {
      '/v1/heartbeat': createHeartbeat,
      '/v1/enroll': createEnroll,
      '/v1/admin': createAdmin,
    }[path];
    if (handler === undefined) throw new Error(`no such path: ${path}`);
    const answer = await handler(app)(restEventOf(path, signer, JSON.stringify(body)), context);
    return { status: answer.statusCode, body: JSON.parse(answer.body) as Record<string, unknown> };
  };

  it('carries a heartbeat', async () => {
    const { status, body } = await post('/v1/heartbeat', nodeA, heartbeat());
    expect([status, body]).toMatchObject([200, { groups: { mysql: { role: 'BACKUP' } } }]);
  });

  it('carries a host’s question', async () => {
    const { status, body } = await post('/v1/enroll', nodeA, { v: 1, node: nodeA, agent: '0.1.0' });
    expect([status, body]).toMatchObject([200, { config: { groups: { mysql: { priority: 100 } } } }]);
  });

  it('carries an operator’s', async () => {
    const { status, body } = await post('/v1/admin', 'alice', { v: 1, do: 'status' });
    expect([status, body]).toMatchObject([200, { groups: [{ name: 'mysql' }] }]);
  });

  it('in the name of another host changes nothing', async () => {
    const before = await world.raw('mysql', 'state');
    for (const path of ['/v1/heartbeat', '/v1/enroll']) {
      const { status, body } = await post(path, nodeB, { ...heartbeat(), node: nodeA });
      expect([status, body]).toMatchObject([403, { error: { code: 'NodeMismatch', requestId: REQUEST_ID } }]);
    }
    expect(await world.raw('mysql', 'state')).toBe(before);
  });

  it.each(['/v1/heartbeat', '/v1/enroll'])('%s without authorization is a deployment error', async (path) => {
    const { status, body } = await post(path, null, { ...heartbeat(), agent: '1' });
    expect([status, body]).toMatchObject([500, { error: { code: 'Misconfigured' } }]);
  });
});

describe('who signed', () => {
  const signer = (event: unknown): string => callerArn(parseEvent(event));

  it('is told by either API in its own place', () => {
    expect(signer(eventOf(nodeA, ''))).toBe(arnOf(nodeA));
    expect(signer(restEventOf('/v1/heartbeat', nodeA, ''))).toBe(arnOf(nodeA));
  });

  it('is never what a header, a body or a path says', () => {
    const event = restEventOf('/v1/heartbeat', null, JSON.stringify({ userArn: arnOf(nodeA) }));
    const forged = { ...event, headers: { userArn: arnOf(nodeA) }, identity: { userArn: arnOf(nodeA) } };
    expect(() => signer(forged)).toThrow(Misconfigured);
  });

  it('cannot be read from an event of something else', () => {
    expect(() => parseEvent({ Records: [] })).toThrow('none of an HTTP API or of a REST API');
  });
});
