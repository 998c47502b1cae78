// Proves that a host is told what the deployed groups say of it and nothing else, and that whoever is no member, or
// cannot be one, is told what to do and changes nothing.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHandler } from '../../../lambdas/enroll/handler.ts';
import { nodeA, nodeB, nodeC, stranger } from '../fixtures.ts';
import { context, eventOf, REQUEST_ID } from '../heartbeat/events.ts';
import { type EnrolWorld, environment, fileOf, groupOf, openWorld } from './world.ts';

const BY_TAG = { tag: { role: 'db' }, priority: 120 };

let world: EnrolWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

describe('a member that is named', () => {
  const MYSQL = groupOf('201', {
    members: [{ instance: nodeA, priority: 200 }, { instance: nodeB }],
    checks: { mysqld: { tcp: '127.0.0.1:3306', fall: 3 } },
    hooks: { onMaster: ['/etc/keepaloft/hooks.d/promote'] },
  });

  it('is told each of its groups, under the hash that the arbiter decides by', async () => {
    await world.deploy('mysql', MYSQL);
    await world.deploy('redis', groupOf('202', { members: [{ instance: nodeB, priority: 7 }] }));
    const { groups } = fileOf(await world.told(nodeB));
    expect(Object.keys(groups)).toEqual(['mysql', 'redis']);
    expect(groups['mysql']).toMatchObject({
      priority: 100,
      configHash: (await world.deps.store.load('mysql')).configHash,
      checks: { mysqld: { tcp: '127.0.0.1:3306', fall: 3, interval: 1000 } },
      hooks: { onMaster: ['/etc/keepaloft/hooks.d/promote'] },
    });
    expect(groups['redis']?.priority).toBe(7);
    expect(Object.keys(fileOf(await world.told(nodeA)).groups)).toEqual(['mysql']);
  });

  it('asking changes nothing, and equal answers have equal hashes', async () => {
    await world.deploy('mysql', MYSQL);
    const before = await world.raw('mysql', 'state');
    const [first, again, other] = [await world.told(nodeA), await world.told(nodeA), await world.told(nodeB)];
    expect(again).toEqual(first);
    expect(other.hash).not.toBe(first.hash);
    expect(await world.raw('mysql', 'state')).toBe(before);
  });

  it('is told where the others are, also those that a selector has let in, where members watch each other', async () => {
    const joined = world.instance(1, { role: 'db' });
    const members = [{ instance: nodeA }, { instance: nodeB }, BY_TAG];
    await world.deploy('mysql', groupOf('201', { members, peerDetection: { interval: '100ms' } }));
    const addressOf = async (node: string): Promise<string | undefined> => {
      const { configHash } = await world.deps.store.load('mysql');
      return (await world.deps.store.loadConfig('mysql', configHash)).members[node]?.address;
    };
    const peersOf = async (node: string) => fileOf(await world.told(node)).groups['mysql']?.peers;
    expect(await peersOf(nodeA)).toEqual([{ node: nodeB, address: await addressOf(nodeB) }]);
    const [a, b] = [await addressOf(nodeA), await addressOf(nodeB)];
    expect(await peersOf(joined)).toEqual([
      { node: nodeA, address: a },
      { node: nodeB, address: b },
    ]);
    expect(await peersOf(nodeA)).toEqual([
      { node: nodeB, address: b },
      { node: joined, address: await addressOf(joined) },
    ]);
    expect(fileOf(await world.told(joined)).groups['mysql']?.peerDetection).toEqual({
      interval: 100,
      multiplier: 3,
    });
  });

  it('is refused where its interface is not the one that addresses would be moved to', async () => {
    await world.deploy('mysql', MYSQL);
    const state = await world.deps.store.load('mysql');
    const config = await world.deps.store.loadConfig('mysql', state.configHash);
    const eni = 'eni-0e000000000000009';
    const members = { ...config.members, [nodeA]: { eni, address: '172.31.0.99', priority: 200 } };
    const moved = { ...config, hash: 'other', members };
    await world.deps.rosters.replace(state, moved, await world.documentOf('mysql'));
    const { status, message } = await world.refusal(nodeA);
    expect(status).toBe(400);
    expect(message).toContain(`was deployed with ${eni} of ${nodeA}, whose first interface is eni-0a`);
  });

  it('of a group that an older version deployed is told what to do', async () => {
    await world.deploy('redis', groupOf('202', { members: [{ instance: nodeA }] }));
    const config = await world.deps.store.loadConfig(
      'redis',
      (await world.deps.store.load('redis')).configHash,
    );
    await world.deps.store.putConfig({ ...config, group: 'older' });
    const { refused, config: answer } = await world.told(nodeA);
    expect(Object.keys(answer.groups)).toEqual(['redis']);
    expect(refused?.['older']).toMatchObject({ code: 'BadRequest', requestId: REQUEST_ID });
    expect(refused?.['older']?.message).toContain('change something in it and deploy');
  });
});

describe('who asks', () => {
  beforeEach(() => world.deploy('mysql', groupOf('201', { members: [{ instance: nodeA }, BY_TAG] })));

  it('is who signed, whatever the body says', async () => {
    const { status, code } = await world.refusal(nodeB, { v: 1, node: nodeA, agent: '0.1.0' });
    expect([status, code]).toEqual([403, 'NodeMismatch']);
  });

  it('signs with a role of members', async () => {
    const strict = { ...environment, memberRoles: ['database'] };
    const other = createHandler(() => ({ environment: strict, deps: world.deps }));
    const answer = await other(eventOf(nodeA, JSON.stringify({ v: 1, node: nodeA, agent: '1' })), context);
    expect([answer.statusCode, answer.body]).toEqual([403, expect.stringContaining('is not a member role')]);
  });

  it('and is a member nowhere: told how to become one, and nothing changes', async () => {
    const before = await world.raw('mysql', 'state');
    const { status, code, message } = await world.refusal(nodeC);
    expect([status, code]).toEqual([403, 'NotEnrolled']);
    expect(message).toContain(`${nodeC} is a member of no group of this arbiter: name it in the members`);
    expect(await world.raw('mysql', 'state')).toBe(before);
  });

  it('and is not in EC2, or is going', async () => {
    const unseen = await world.refusal(stranger);
    expect(unseen.status).toBe(403);
    expect(unseen.message).toContain(`EC2 does not show ${stranger}`);
    world.cloud.setInstanceState(nodeA, 'terminated');
    expect(await world.refusal(nodeA)).toMatchObject({
      status: 400,
      message: `${nodeA} is terminated: take it out of the group's members`,
    });
  });

  it.each([
    ['no version', { node: nodeA, agent: '1' }],
    ['another version', { v: 2, node: nodeA, agent: '1' }],
    ['no agent', { v: 1, node: nodeA }],
    ['no instance', { v: 1, node: 'db-1', agent: '1' }],
  ])('and what has %s is refused', async (_, body) => {
    expect(await world.refusal(nodeA, body)).toMatchObject({ status: 400, code: 'BadRequest' });
  });
});

describe('when something fails', () => {
  it('no answer looks as if a group were gone', async () => {
    await world.deploy('mysql', groupOf('201', { members: [{ instance: nodeA }] }));
    await world.deploy('redis', groupOf('202', { members: [{ instance: nodeA }] }));
    const broken = {
      ...world.deps.store,
      load: async (group: string) => {
        if (group === 'redis') throw new Error('secret detail');
        return world.deps.store.load(group);
      },
    };
    const failing = createHandler(() => ({ environment, deps: { ...world.deps, store: broken } }));
    const answer = await failing(eventOf(nodeA, JSON.stringify({ v: 1, node: nodeA, agent: '1' })), context);
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('secret');
  });

  it('EC2 that does not answer is the arbiter’s trouble, not the host’s', async () => {
    await world.deploy('mysql', groupOf('201', { members: [{ instance: nodeA }] }));
    world.throttleEc2();
    expect((await world.refusal(nodeA)).status).toBeGreaterThanOrEqual(500);
  });
});

describe('the handler', () => {
  it('without its environment answers every request with that', async () => {
    const broken = createHandler(() => {
      throw new Error('no table');
    });
    const answer = await broken(eventOf(nodeA, '{}'), context);
    expect(answer.statusCode).toBe(500);
  });
});
