// Proves that the AWS SDK completes the lab's lifecycle actions, each once, and only with the right to.
import { AutoScalingClient, CompleteLifecycleActionCommand } from '@aws-sdk/client-auto-scaling';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createAutoScalingEnd, LifecycleActions } from '../../../../lab/ends/autoscaling/server.ts';
import { LabClock } from '../../../../lab/ends/clock.ts';
import { ARBITER_ROLE, LAB_REGION } from '../../../../lab/ends/credentials.ts';
import { instanceId, storeOf } from '../small-vpc.ts';

const ACTION = { autoScalingGroup: 'web', hook: 'keepaloft', instanceId: instanceId(1) };
const clock = new LabClock();
const credentials = storeOf(clock);
credentials.allow(ARBITER_ROLE, 'lifecycle', ['autoscaling:CompleteLifecycleAction']);
const actions = new LifecycleActions();
const end = createAutoScalingEnd({ clock, credentials, actions });
let endpoint = '';
let token = '';

beforeAll(async () => {
  endpoint = await end.listen();
});
afterAll(() => end.close());
beforeEach(() => {
  token = actions.begin(ACTION);
});

const complete = (more: object, session = 'lifecycle') => {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials.session(ARBITER_ROLE, session);
  const keys = { accessKeyId, secretAccessKey, sessionToken };
  const client = new AutoScalingClient({ region: LAB_REGION, endpoint, maxAttempts: 1, credentials: keys });
  const words = {
    AutoScalingGroupName: 'web',
    LifecycleHookName: 'keepaloft',
    LifecycleActionResult: 'CONTINUE',
  };
  return client.send(new CompleteLifecycleActionCommand({ ...words, ...more }));
};

it('by its token, and then it waits no longer', async () => {
  await complete({ LifecycleActionToken: token });
  expect(actions.completed.at(-1)).toEqual(ACTION);
  await expect(complete({ LifecycleActionToken: token })).rejects.toMatchObject({
    name: 'ValidationError',
    message: `No active Lifecycle Action found with token ${token}`,
  });
});

it('by its instance', async () => {
  const before = actions.completed.length;
  await complete({ InstanceId: ACTION.instanceId });
  expect(actions.completed).toHaveLength(before + 1);
});

it('not by another group or hook, nor when it is over', async () => {
  const over = actions.begin({ ...ACTION, instanceId: instanceId(2) });
  actions.end(over);
  const before = actions.completed.length;
  for (const more of [
    { LifecycleActionToken: over },
    { LifecycleActionToken: token, AutoScalingGroupName: 'other' },
    { LifecycleActionToken: token, LifecycleHookName: 'other' },
  ]) {
    await expect(complete(more)).rejects.toMatchObject({ name: 'ValidationError' });
  }
  expect(actions.completed).toHaveLength(before);
});

it('not without the right', async () => {
  credentials.allow(ARBITER_ROLE, 'heartbeat', ['dynamodb:GetItem']);
  await expect(complete({ LifecycleActionToken: token }, 'heartbeat')).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
});
