// Proves that the news of an alarm only makes the arbiter ask CloudWatch, and what follows from the answer, in an event and in a
// sweep, with the real table and the lab's EC2 end. What CloudWatch says is the test's; test/long/alarm-check.test.ts asks the lab's.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { takeAlarmEvent } from '../../../lambdas/events/alarm.ts';
import { createHandler } from '../../../lambdas/events/handler.ts';
import { createHandler as createSweep } from '../../../lambdas/sweep/handler.ts';
import { config, nodeA, nodeB, VIP } from '../fixtures.ts';
import { startTable, type Table } from '../table.ts';
import { heldVillage, type Village } from '../village.ts';
import { stateChange } from './deliveries.ts';

const LAG = { check: 'lag', alarm: 'lag-{instance}', weight: 0 };
let table: Table;
let village: Village;
let ringing: Set<string>;
let asked: (readonly string[])[];

beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table.close());
beforeEach(async () => {
  village = await heldVillage(table, { alarms: [LAG] });
  ringing = new Set();
  asked = [];
});
afterEach(async () => {
  await village.deps.store.removeGroup(village.group, true);
  await village.world.close();
});

const askRinging = (names: readonly string[]) => {
  asked.push(names);
  return Promise.resolve(new Set(names.filter((name) => ringing.has(name))));
};
const news = (alarmName: string, value = 'ALARM') => ({
  ...stateChange(nodeA, ''),
  source: 'aws.cloudwatch',
  'detail-type': 'CloudWatch Alarm State Change',
  detail: { alarmName, state: { value }, previousState: { value: 'OK' } },
});
const deliver = (event: unknown) => {
  const nothing = (): Promise<void> => Promise.resolve();
  const { deps, world } = village;
  return createHandler({ ...deps, ec2: world.client, pause: nothing, depart: nothing, askRinging })(event);
};

describe('an alarm about the holder', () => {
  it('that is on moves the group in the request of the event itself', async () => {
    ringing.add(`lag-${nodeA}`);
    expect(await deliver(news(`lag-${nodeA}`))).toEqual({ groups: [village.group] });
    const { holder, reason, phase } = await village.state();
    expect({ reason, phase }).toEqual({ reason: 'fault', phase: 'held' });
    expect(holder).not.toBe(nodeA);
    expect(village.world.ownerOf(VIP)).toBe(config.members[holder ?? '']?.eni);
  });

  it('that is over by the time CloudWatch is asked, moves nothing', async () => {
    expect(await deliver(news(`lag-${nodeA}`))).toEqual({ groups: [village.group] });
    expect((await village.state()).holder).toBe(nodeA);
    expect(asked).toEqual([[`lag-${nodeA}`]]);
  });

  it('that is nobody’s check, is not asked about', async () => {
    expect(await deliver(news('billing'))).toEqual({ groups: [] });
    expect(asked).toEqual([]);
  });

  it('about which CloudWatch says nothing, fails, so that the event is delivered again', async () => {
    const away = () => Promise.reject(new Error('throttled'));
    const again = takeAlarmEvent(`lag-${nodeA}`, { ...village.deps, askRinging: away });
    await expect(again).rejects.toThrow('throttled');
  });
});

describe('a sweep', () => {
  const sweep = (ask = askRinging) => {
    const { deps, world } = village;
    return createSweep({ ...deps, ec2: world.client, askRinging: ask })({ v: 1, do: 'sweep' });
  };

  it('finds an alarm whose event was lost, and one that is over', async () => {
    ringing.add(`lag-${nodeB}`);
    await sweep();
    expect((await village.state()).members[nodeB]).toMatchObject({ alarms: ['lag'], health: 'fault' });
    ringing.clear();
    await sweep();
    await village.beat(nodeB);
    const member = (await village.state()).members[nodeB];
    expect([member?.alarms, member?.health]).toEqual([undefined, 'ok']);
  });

  it('leaves what is known when CloudWatch says nothing', async () => {
    ringing.add(`lag-${nodeB}`);
    await sweep();
    expect(await sweep(() => Promise.reject(new Error('throttled')))).toMatchObject({ failed: 0 });
    expect((await village.state()).members[nodeB]?.alarms).toEqual(['lag']);
    expect(village.deps.lines.map(({ message }) => message)).toContain('alarms-unknown');
  });
});
