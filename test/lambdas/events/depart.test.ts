// Proves that the event of a machine's end takes it off the rosters that a selector had put it on, once EC2 says so too.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { depart } from '../../../lambdas/enroll/depart.ts';
import { createHandler } from '../../../lambdas/events/handler.ts';
import { noAlarms } from '../deps.ts';
import { type EnrolWorld, groupOf, openWorld } from '../enroll/world.ts';
import { stateChange } from './deliveries.ts';

let world: EnrolWorld;
let node: string;
beforeEach(async () => {
  world = await openWorld();
  await world.deploy('redis', groupOf('202', { members: { tag: { role: 'db' } } }));
  node = world.instance(1, { role: 'db' });
  await world.told(node);
});
afterEach(() => world.close());

const deliver = (state: string): Promise<unknown> =>
  createHandler({
    ...world.deps,
    askRinging: noAlarms,
    depart: (gone) => depart(gone, AbortSignal.timeout(8000), world.deps),
  })(stateChange(node, state));

it('it leaves once it is terminated', async () => {
  world.cloud.setInstanceState(node, 'terminated');
  expect(await deliver('terminated')).toEqual({ groups: ['redis'] });
  expect(await world.membersOf('redis')).toEqual([]);
});

it('it stays when it only stops, or when the event is not true', async () => {
  world.cloud.setInstanceState(node, 'stopped');
  await deliver('stopped');
  world.cloud.setInstanceState(node, 'running');
  await deliver('terminated');
  expect(await world.membersOf('redis')).toEqual([node]);
});
