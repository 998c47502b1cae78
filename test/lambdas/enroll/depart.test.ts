// Proves that an instance leaves the rosters that it was let into when EC2 says that it is gone, and only then.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { depart } from '../../../lambdas/enroll/depart.ts';
import { nodeA } from '../fixtures.ts';
import { type EnrolWorld, groupOf, openWorld } from './world.ts';

const DB = { tag: { role: 'db' } };
let world: EnrolWorld;
beforeEach(async () => {
  world = await openWorld();
  await world.deploy('mysql', groupOf('201', { members: [{ instance: nodeA }, DB] }));
  await world.deploy('redis', groupOf('202', { members: DB }));
  await world.deploy('other', groupOf('203', { members: [{ instance: nodeA }] }));
});
afterEach(() => world.close());
const gone = (node: string): Promise<string[]> => depart(node, AbortSignal.timeout(8000), world.deps);

it('every one that it was on, once', async () => {
  const node = world.instance(1, { role: 'db' });
  await world.told(node);
  world.cloud.setInstanceState(node, 'shutting-down');
  expect(await gone(node)).toEqual(['mysql', 'redis']);
  expect([await world.membersOf('mysql'), await world.membersOf('redis')]).toEqual([[nodeA], []]);
  const before = await world.raw('mysql', 'state');
  expect(await gone(node)).toEqual([]);
  expect(await world.raw('mysql', 'state')).toBe(before);
});

it('none while it runs, whatever an event says', async () => {
  const node = world.instance(1, { role: 'db' });
  await world.told(node);
  expect(await gone(node)).toEqual([]);
  expect(await world.membersOf('redis')).toEqual([node]);
});

it('a named member is the deployment’s, and stays', async () => {
  world.cloud.setInstanceState(nodeA, 'terminated');
  expect(await gone(nodeA)).toEqual([]);
  expect(await world.membersOf('other')).toEqual([nodeA]);
});
