// Proves that an event about a machine only makes the arbiter ask EC2, and what follows from the answer, with the real table and the lab's EC2 end.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GroupState } from '../../../core/wire/item.ts';
import { BadRequest } from '../../../lambdas/errors.ts';
import { createHandler } from '../../../lambdas/events/handler.ts';
import type { EventDeps } from '../../../lambdas/events/take.ts';
import { createEc2Client } from '../../../lambdas/fabric/ec2/client.ts';
import { FabricError } from '../../../lambdas/fabric/fabric.ts';
import { noAlarms } from '../deps.ts';
import { config, nodeA, nodeB, nodeC, stranger, VIP } from '../fixtures.ts';
import { startTable, type Table } from '../table.ts';
import { heldVillage, type Village } from '../village.ts';
import { lifecycleAction, retirement, spotWarning, stateChange } from './deliveries.ts';

let table: Table;
let village: Village;
let pauses: number;
let departed: string[];
/** What happens while the handler waits for EC2 to catch up. */
let meanwhile: () => void;

beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table.close());
beforeEach(async () => {
  village = await heldVillage(table);
  pauses = 0;
  departed = [];
  meanwhile = () => undefined;
});
afterEach(async () => {
  await village.deps.store.removeGroup(village.group, true);
  await village.world.close();
});

const deliver = (event: unknown, over: Partial<EventDeps> = {}) => {
  const pause = async (): Promise<void> => {
    pauses += 1;
    meanwhile();
  };
  const depart = async (node: string): Promise<void> => {
    departed.push(node);
  };
  return createHandler({
    ...village.deps,
    ec2: village.world.client,
    pause,
    depart,
    askRinging: noAlarms,
    ...over,
  })(event);
};
/** As old as the group's own clock says. */
const now = () => new Date(village.deps.clock());
const become = (state: Parameters<typeof village.world.cloud.setInstanceState>[1], node = nodeA): void =>
  village.world.cloud.setInstanceState(node, state);
const silence = async (): Promise<void> => {
  village.deps.advance(2100);
  for (const node of [nodeB, nodeC]) await village.beat(node);
};
const cloudOf = async (node: string): Promise<string | undefined> =>
  (await village.state()).members[node]?.cloud?.said;
const isWithHolder = ({ holder }: GroupState): boolean =>
  village.world.ownerOf(VIP) === config.members[holder ?? '']?.eni;

describe('a machine that has ended', () => {
  it('is replaced in the request of the event itself', async () => {
    become('terminated');
    await silence();
    expect(await deliver(stateChange(nodeA, 'terminated'))).toEqual({ groups: [village.group] });
    const state = await village.state();
    expect(state).toMatchObject({ phase: 'held', reason: 'terminated' });
    expect([state.holder === nodeA, isWithHolder(state)]).toEqual([false, true]);
    const history = await village.deps.store.events.latest(village.group, 3);
    expect(history.map(({ type }) => type)).toEqual(['committed', 'transfer', 'instance']);
    expect(village.deps.told.at(-1)?.values).toMatchObject({ OutageMs: expect.any(Number) as number });
    expect(departed).toEqual([nodeA]);
  });

  it('but not while it is heard of: then it is about to stop at most', async () => {
    become('stopped');
    await village.beat(nodeA);
    await deliver(stateChange(nodeA, 'stopped'));
    expect(await cloudOf(nodeA)).toBe('stopping');
    expect((await village.state()).holder).toBe(nodeA);
    expect(departed).toEqual([]);
  });
});

describe('a machine that is about to stop', () => {
  it.each([
    ['stopping', 'stopping', (instance: string) => stateChange(instance, 'stopping')],
    ['spot', 'running', spotWarning],
    ['terminating', 'running', lifecycleAction],
  ] as const)('%s: serves until its successor’s own heartbeat', async (reason, described, eventOf) => {
    become(described);
    await village.beat(nodeA);
    await deliver(eventOf(nodeA, now()));
    expect(await cloudOf(nodeA)).toBe(reason);
    expect((await village.state()).holder).toBe(nodeA);
    for (const node of [nodeB, nodeC]) await village.beat(node);
    const state = await village.state();
    expect(state).toMatchObject({ phase: 'held', reason });
    expect([state.holder === nodeA, isWithHolder(state)]).toEqual([false, true]);
  });

  it('a standby is none any more', async () => {
    await deliver(spotWarning(nodeB, now()));
    await village.beat(nodeC);
    await village.beat(nodeA, { health: 'fault' });
    expect((await village.state()).holder).toBe(nodeC);
  });
});

describe('hardware that will be retired', () => {
  it('gives the group to a member that stays, in its own request, and remains a standby', async () => {
    village.deps.advance(60_000);
    for (const node of [nodeA, nodeB, nodeC]) await village.beat(node);
    await deliver(retirement([nodeA]));
    expect((await village.state()).holder).toBe(nodeA);
    for (const node of [nodeB, nodeC]) await village.beat(node);
    const state = await village.state();
    expect(state).toMatchObject({ phase: 'held', reason: 'retiring' });
    expect(await cloudOf(nodeA)).toBe('retiring');
  });
});

describe('an event that EC2 does not confirm', () => {
  it('changes nothing: it came late, and the machine runs again', async () => {
    const before = await table.raw(village.group, 'state');
    await deliver(stateChange(nodeA, 'stopped', new Date(0)));
    expect(await table.raw(village.group, 'state')).toBe(before);
  });

  it('is asked about again for two seconds: the description may be behind the event', async () => {
    meanwhile = () => become('stopping');
    await deliver(stateChange(nodeA, 'stopping'));
    expect([pauses, await cloudOf(nodeA)]).toEqual([1, 'stopping']);
    become('running');
    meanwhile = () => undefined;
    await deliver(stateChange(nodeA, 'stopping'));
    expect(pauses).toBe(3);
  });

  it('that a machine runs ends what was believed of it', async () => {
    become('stopping', nodeB);
    await deliver(stateChange(nodeB, 'stopping'));
    become('running', nodeB);
    await deliver(stateChange(nodeB, 'running'));
    expect(await cloudOf(nodeB)).toBeUndefined();
    expect(pauses).toBe(0);
  });

  it('a notice that comes five minutes late has been overtaken, a retirement has not', async () => {
    const late = new Date(village.deps.clock() - 300_001);
    for (const event of [spotWarning(nodeB, late), lifecycleAction(nodeB, late)]) await deliver(event);
    expect(await cloudOf(nodeB)).toBeUndefined();
    await deliver({ ...retirement([nodeB]), time: late.toISOString() });
    expect(await cloudOf(nodeB)).toBe('retiring');
  });

  it('twice is once', async () => {
    await deliver(spotWarning(nodeB, now()));
    const before = await table.raw(village.group, 'state');
    await deliver(spotWarning(nodeB, now()));
    expect(await table.raw(village.group, 'state')).toBe(before);
  });
});

describe('an event', () => {
  it('about somebody else asks nothing and changes nothing', async () => {
    const away = createEc2Client({ endpoint: 'http://127.0.0.1:1', region: 'us-east-1' });
    expect(await deliver(stateChange(stranger, 'stopped'), { ec2: away })).toEqual({ groups: [] });
  });

  it('about a member that was never heard of changes nothing', async () => {
    become('stopped', nodeC);
    const { members, ...state } = await village.state();
    const { [nodeC]: _, ...others } = members;
    await village.deps.store.swap(
      state,
      { ...state, rev: state.rev + 1, members: others },
      village.deps.nonce(),
    );
    expect(await deliver(stateChange(nodeC, 'stopped'))).toEqual({ groups: [village.group] });
    expect((await village.state()).rev).toBe(state.rev + 1);
  });

  it('is delivered again when EC2 does not answer', async () => {
    const away = createEc2Client({ endpoint: 'http://127.0.0.1:1', region: 'us-east-1' });
    await expect(deliver(stateChange(nodeA, 'stopped'), { ec2: away })).rejects.toThrow(FabricError);
  });

  it('of no known kind is refused', async () => {
    await expect(deliver({ source: 'aws.s3' })).rejects.toThrow(BadRequest);
  });
});

describe('an exclusive group', () => {
  it('is taken from a machine that has ended without waiting for the lease', async () => {
    const exclusive = await heldVillage(table, { exclusive: true });
    const { deps, world, beat, group } = exclusive;
    await beat(nodeA, { holdMs: 4000 });
    world.cloud.setInstanceState(nodeA, 'stopped');
    deps.advance(2100);
    for (const node of [nodeB, nodeC]) await beat(node);
    const pause = async (): Promise<void> => undefined;
    await createHandler({ ...deps, ec2: world.client, pause, depart: pause, askRinging: noAlarms })(
      stateChange(nodeA, 'stopped'),
    );
    const state = await exclusive.state();
    await deps.store.removeGroup(group, true);
    await world.close();
    expect(state).toMatchObject({ phase: 'held', reason: 'stopped' });
    expect(state.holder).not.toBe(nodeA);
  });
});
