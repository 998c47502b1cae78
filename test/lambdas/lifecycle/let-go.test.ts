// Proves that a terminating instance is let go as soon as every group can do without it and never before: with the real
// table, the real rules that move its VIPs meanwhile, and the lab's Auto Scaling end.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAutoScalingEnd, LifecycleActions } from '../../../lab/ends/autoscaling/server.ts';
import { LabClock } from '../../../lab/ends/clock.ts';
import { ARBITER_ROLE, CredentialStore, LAB_REGION } from '../../../lab/ends/credentials.ts';
import { BadRequest } from '../../../lambdas/errors.ts';
import { createHandler as createEvents } from '../../../lambdas/events/handler.ts';
import { createAutoScalingClient, createComplete } from '../../../lambdas/lifecycle/complete.ts';
import { createHandler } from '../../../lambdas/lifecycle/handler.ts';
import { isFree, type LifecycleDeps } from '../../../lambdas/lifecycle/let-go.ts';
import { noAlarms } from '../deps.ts';
import { lifecycleAction } from '../events/deliveries.ts';
import { config, nodeA, nodeB, nodeC, stranger, VIP } from '../fixtures.ts';
import { startTable, type Table } from '../table.ts';
import { heldVillage, type Village } from '../village.ts';

const HOOK = { autoScalingGroup: 'db', hook: 'keepaloft' };

const clock = new LabClock();
const credentials = new CredentialStore({ clock });
credentials.allow(ARBITER_ROLE, 'lifecycle', ['autoscaling:CompleteLifecycleAction']);
const actions = new LifecycleActions();
const end = createAutoScalingEnd({ clock, credentials, actions });
let endpoint: string;
let table: Table;
let village: Village;
/** Who held the group at each pause. */
let seen: (string | null)[];

beforeAll(async () => {
  endpoint = await end.listen();
  table = await startTable();
});
afterAll(async () => {
  await table.close();
  await end.close();
});
beforeEach(async () => {
  village = await heldVillage(table);
  seen = [];
});
afterEach(async () => {
  await village.deps.store.removeGroup(village.group, true);
  await village.world.close();
});

const client = () => {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials.session(ARBITER_ROLE, 'lifecycle');
  const keys = { accessKeyId, secretAccessKey, sessionToken };
  return createAutoScalingClient({ region: LAB_REGION, endpoint, credentials: keys });
};
const waiting = (node: string) => {
  const token = actions.begin({ ...HOOK, instanceId: node });
  const event = lifecycleAction(node, new Date(village.deps.clock()));
  return { token, event: { ...event, detail: { ...event.detail, LifecycleActionToken: token } } };
};
/** What happens while it waits; a second passes each time. */
const deliver = (
  event: unknown,
  meanwhile: (look: number) => Promise<unknown>,
  over: Partial<LifecycleDeps> = {},
) => {
  const pause = async (ms: number): Promise<void> => {
    seen.push((await village.state()).holder);
    await meanwhile(seen.length);
    village.deps.advance(ms);
  };
  return createHandler({ ...village.deps, complete: createComplete(client()), pause, ...over })(event);
};
/** The other function that the same event wakes. */
const marked = (event: unknown): Promise<unknown> =>
  createEvents({
    ...village.deps,
    ec2: village.world.client,
    pause: async () => undefined,
    depart: async () => undefined,
    askRinging: noAlarms,
  })(event);
const nothing = async (): Promise<void> => undefined;
const isCompleted = (node: string): boolean =>
  actions.completed.some(({ instanceId }) => instanceId === node);

describe('the holder', () => {
  it('is let go once its successor has the VIPs, and not before', async () => {
    const before = actions.completed.length;
    const { event } = waiting(nodeA);
    const answer = await deliver(event, async (look) => {
      expect(actions.completed).toHaveLength(before);
      if (look === 2) await marked(event);
      if (look === 3) for (const node of [nodeB, nodeC]) await village.beat(node);
    });
    expect(answer).toEqual({ result: 'completed' });
    expect(seen).toEqual([nodeA, nodeA, nodeA]);
    const { holder, phase } = await village.state();
    expect([holder === nodeA, phase]).toEqual([false, 'held']);
    expect(village.world.ownerOf(VIP)).toBe(config.members[holder ?? '']?.eni);
    expect(actions.completed.slice(before)).toEqual([{ ...HOOK, instanceId: nodeA }]);
  });

  it('whom nobody replaces is left to the hook’s own time-out', async () => {
    const before = actions.completed.length;
    const { token, event } = waiting(nodeA);
    await marked(event);
    expect(await deliver(event, nothing)).toEqual({ result: 'left' });
    expect(actions.completed).toHaveLength(before);
    expect(new Set(seen)).toEqual(new Set([nodeA]));
    expect(village.deps.lines.at(-1)).toMatchObject({
      level: 'warn',
      message: 'lifecycle-action',
      fields: { node: nodeA, result: 'left', groups: [village.group] },
    });
    actions.end(token);
  });
});

describe('a standby', () => {
  it('is let go once the group knows that it is leaving, so that it is not chosen', async () => {
    const { event } = waiting(nodeC);
    const answer = await deliver(event, async () => {
      expect(isCompleted(nodeC)).toBe(false);
      await marked(event);
    });
    expect([answer, seen.length]).toEqual([{ result: 'completed' }, 1]);
    expect(isCompleted(nodeC)).toBe(true);
  });

  it('that no group has is let go at once', async () => {
    const { event } = waiting(stranger);
    expect(await deliver(event, nothing)).toEqual({ result: 'completed' });
    expect(seen).toEqual([]);
  });
});

describe('what goes wrong', () => {
  it('an action that is over is nothing to do, also when the event comes twice', async () => {
    const { token, event } = waiting(stranger);
    actions.end(token);
    expect(await deliver(event, nothing)).toEqual({ result: 'over' });
  });

  it('what Auto Scaling refuses fails, so that the event comes again', async () => {
    const before = actions.completed.length;
    const { token, event } = waiting(stranger);
    const keys = { accessKeyId: 'ASIANOBODY', secretAccessKey: 'none' };
    const complete = createComplete(
      createAutoScalingClient({ region: LAB_REGION, endpoint, credentials: keys, maxAttempts: 1 }),
    );
    await expect(deliver(event, nothing, { complete })).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    });
    expect(actions.completed).toHaveLength(before);
    actions.end(token);
  });

  it('a group that cannot be read may need it', async () => {
    const { token, event } = waiting(stranger);
    const store = { ...village.deps.store, load: () => Promise.reject(new Error('no table')) };
    expect(await deliver(event, nothing, { store })).toEqual({ result: 'left' });
    actions.end(token);
  });

  it('what is no such event is refused', async () => {
    await expect(deliver({}, nothing)).rejects.toThrow(BadRequest);
  });
});

describe('a group can do without an instance', () => {
  const free = async (change: object): Promise<boolean> => {
    const state = { ...(await village.state()), ...change };
    return isFree(state, config, nodeB, village.deps.clock());
  };
  const member = async (said?: 'terminating' | 'spot' | 'terminated') => {
    const { members } = await village.state();
    const mine = members[nodeB];
    if (mine === undefined) throw new Error('not heard of');
    const cloud = said === undefined ? {} : { cloud: { said, at: village.deps.clock() } };
    return { members: { ...members, [nodeB]: { ...mine, ...cloud } } };
  };
  const order = { id: 'x', attempt: 1, at: 0, inFlight: true };

  it('that is leaving or gone, and holds nothing', async () => {
    for (const said of ['terminating', 'spot', 'terminated'] as const)
      expect(await free(await member(said))).toBe(true);
    expect(await free(await member())).toBe(false);
    expect(await free({ ...(await member('terminated')), holder: nodeB })).toBe(false);
  });

  it('from which the VIPs are not still on their way', async () => {
    const leaving = await member('terminating');
    const moving = { ...leaving, holder: nodeA, phase: 'moving' };
    expect(await free({ ...moving, move: { ...order, from: nodeB } })).toBe(false);
    expect(await free({ ...moving, move: { ...order, from: nodeC } })).toBe(true);
    expect(await free({ ...moving, move: order })).toBe(false);
  });

  it('of which it has never heard, or which is no member any more', async () => {
    expect(await free({ members: {} })).toBe(true);
    const { [nodeB]: _, ...members } = config.members;
    const state = await village.state();
    expect(isFree(state, { ...config, members }, nodeB, village.deps.clock())).toBe(true);
    expect(isFree({ ...state, holder: nodeB }, { ...config, members }, nodeB, village.deps.clock())).toBe(
      false,
    );
  });
});
