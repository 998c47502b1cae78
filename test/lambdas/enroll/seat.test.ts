// Proves that a selector lets in whom it names and nobody more, and that who is in a group changes under the one condition
// that everything else changes under.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configHashOf } from '../../../core/wire/compile.ts';
import { MEMBERS_MAX } from '../../../core/wire/names.ts';
import { createHandler as createHeartbeat } from '../../../lambdas/heartbeat/handler.ts';
import { withEnrolled } from '../../../lambdas/roster/enrolled.ts';
import { nodeA, stranger } from '../fixtures.ts';
import { context, eventOf, heartbeat } from '../heartbeat/events.ts';
import { type EnrolWorld, environment, fileOf, groupOf, openWorld } from './world.ts';

const BY_TAG = { tag: { role: 'db' }, priority: 120 };

let world: EnrolWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

describe('a selector', () => {
  const DB = { role: 'db', team: 'data' };

  it('lets in an instance with its tags, after which its heartbeats are taken', async () => {
    await world.deploy('mysql', groupOf('201', { members: [{ instance: nodeA, priority: 200 }, BY_TAG] }));
    const node = world.instance(1, DB);
    const beat = async () =>
      createHeartbeat(() => ({ environment, deps: world.deps }))(
        eventOf(node, JSON.stringify(heartbeat({ node, seq: 1 }))),
        context,
      );
    expect((await beat()).statusCode).toBe(403);
    const before = await world.deps.store.load('mysql');
    const { groups } = fileOf(await world.told(node));
    const after = await world.deps.store.load('mysql');
    expect(groups['mysql']).toMatchObject({ priority: 120, configHash: after.configHash });
    expect(after).toEqual({
      ...before,
      rev: before.rev + 1,
      configHash: after.configHash,
      nonce: after.nonce,
    });
    expect((await world.deps.store.loadConfig('mysql', after.configHash)).members[node]).toEqual({
      eni: node.replace('i-', 'eni-'),
      address: '172.31.0.41',
      priority: 120,
    });
    const answer = await beat();
    expect(answer.statusCode).toBe(200);
    // The heartbeat named an older configuration: it is told which one there is.
    expect(JSON.parse(answer.body)).toMatchObject({ groups: { mysql: { configHash: after.configHash } } });
    expect(world.deps.lines.find(({ message }) => message === 'roster')?.fields).toMatchObject({
      joined: node,
    });
  });

  it('that has let one in does not write again when it asks again', async () => {
    await world.deploy('mysql', groupOf('201', { members: BY_TAG }));
    const node = world.instance(1, DB);
    const first = await world.told(node);
    const before = await world.raw('mysql', 'state');
    expect(await world.told(node)).toEqual(first);
    expect(await world.raw('mysql', 'state')).toBe(before);
  });

  it('by Auto Scaling group goes by the tag that only EC2 can set', async () => {
    await world.deploy('web', groupOf('201', { members: { autoScalingGroup: 'web-asg' } }));
    const node = world.instance(1, { 'aws:autoscaling:groupName': 'web-asg' });
    const other = world.instance(2, {
      'aws:autoscaling:groupName': 'web',
      'autoscaling:groupName': 'web-asg',
    });
    expect(fileOf(await world.told(node)).groups['web']?.priority).toBe(100);
    expect((await world.refusal(other)).code).toBe('NotEnrolled');
    expect(await world.membersOf('web')).toEqual([node]);
  });

  it('wants all of its tags', async () => {
    await world.deploy('mysql', groupOf('201', { members: { tag: DB } }));
    expect((await world.refusal(world.instance(1, { role: 'db' }))).code).toBe('NotEnrolled');
    await expect(world.told(world.instance(2, { ...DB, more: 'yes' }))).resolves.toBeDefined();
  });

  it('lets nobody in whose subnet the VIP cannot live in', async () => {
    await world.deploy('mysql', groupOf('201', { members: [{ instance: nodeA }, BY_TAG] }));
    world.cloud.addSubnet({
      subnetId: 'subnet-0b000000000000002',
      vpcId: 'vpc-0a000000000000001',
      cidrBlock: '172.31.9.0/24',
      availabilityZone: 'us-east-1b',
    });
    world.cloud.addInstance({
      instanceId: stranger,
      networkInterfaceId: 'eni-0fffffffffffffff1',
      subnetId: 'subnet-0b000000000000002',
      privateIpAddress: '172.31.9.11',
      macAddress: '02:00:ac:1f:09:0b',
      tags: DB,
    });
    const before = await world.raw('mysql', 'state');
    const { status, message } = await world.refusal(stranger);
    expect(status).toBe(400);
    expect(message).toContain('group mysql cannot be served: ');
    expect(message).toContain('172.31.0.201 lies outside the subnet of the member');
    expect(await world.raw('mysql', 'state')).toBe(before);
  });

  it('lets in several at once, each exactly once', async () => {
    await world.deploy('mysql', groupOf('201', { members: [{ instance: nodeA }, BY_TAG] }));
    const nodes = [1, 2, 3, 4].map((index) => world.instance(index, DB));
    await Promise.all(nodes.map(world.told));
    expect(await world.membersOf('mysql')).toEqual([nodeA, ...nodes].toSorted());
  });

  it('lets in no more than a group may have, and one more when one is gone', async () => {
    await world.deploy('mysql', groupOf('201', { members: BY_TAG }));
    const nodes = Array.from({ length: MEMBERS_MAX }, (_, index) => world.instance(index + 1, DB));
    for (const node of nodes) await world.told(node);
    const late = world.instance(20, DB);
    const refused = await world.refusal(late);
    expect(refused).toMatchObject({ status: 403, code: 'NotEnrolled' });
    expect(refused.message).toContain(`group mysql has ${MEMBERS_MAX} members already`);
    world.cloud.setInstanceState(nodes[0] ?? '', 'terminated');
    await world.told(late);
    expect(await world.membersOf('mysql')).toEqual([...nodes.slice(1), late].toSorted());
  });

  it('whose tag an instance loses puts it out when it asks again', async () => {
    await world.deploy('mysql', groupOf('201', { members: [{ instance: nodeA }, BY_TAG] }));
    const node = world.instance(1, DB);
    await world.told(node);
    const found = world.cloud.instances().find(({ instanceId }) => instanceId === node);
    if (found === undefined) throw new Error('no such instance');
    found.tags = {};
    expect((await world.refusal(node)).code).toBe('NotEnrolled');
    expect(await world.membersOf('mysql')).toEqual([nodeA]);
  });

  it('keeps through a deployment those who still meet it, with the priority that it gives now', async () => {
    await world.deploy('mysql', groupOf('201', { members: BY_TAG }));
    const [stays, goes] = [world.instance(1, DB), world.instance(2, DB)];
    await world.told(stays);
    await world.told(goes);
    world.cloud.setInstanceState(goes, 'terminated');
    await world.deploy(
      'mysql',
      groupOf('201', { members: [{ instance: nodeA }, { ...BY_TAG, priority: 50 }] }),
    );
    expect(await world.membersOf('mysql')).toEqual([nodeA, stays].toSorted());
    expect(fileOf(await world.told(stays)).groups['mysql']?.priority).toBe(50);
    await world.deploy('mysql', groupOf('201', { members: [{ instance: nodeA }] }));
    expect(await world.membersOf('mysql')).toEqual([nodeA]);
  });

  it('keeps a member that EC2 does not show for the moment, and whom the arbiter has heard', async () => {
    await world.deploy('mysql', groupOf('201', { members: BY_TAG }));
    const node = world.instance(1, DB);
    await world.told(node);
    const state = await world.deps.store.load('mysql');
    const document = await world.documentOf('mysql');
    const config = await world.deps.store.loadConfig('mysql', state.configHash);
    // A member that EC2 has never heard of, as one that it does not show yet.
    const enrolled = { ...document.enrolled, [stranger]: { priority: 120 } };
    const members = {
      ...config.members,
      [stranger]: { eni: 'eni-0f0000000000000f1', address: '172.31.0.77', priority: 1 },
    };
    await world.deps.rosters.replace(
      state,
      { ...config, hash: 'unseen', members },
      {
        ...document,
        enrolled,
      },
    );
    await world.told(world.instance(2, DB));
    expect(await world.membersOf('mysql')).toContain(stranger);
  });

  it('is named to the arbiter in one configuration: equal rosters have equal hashes', async () => {
    await world.deploy('mysql', groupOf('201', { members: BY_TAG }));
    const node = world.instance(1, DB);
    await world.told(node);
    const { configHash } = await world.deps.store.load('mysql');
    const { declared, enrolled } = await world.documentOf('mysql');
    expect(enrolled).toEqual({ [node]: { priority: 120 } });
    expect(configHashOf(withEnrolled(declared, enrolled))).toBe(configHash);
    expect(configHashOf(declared)).not.toBe(configHash);
  });
});
