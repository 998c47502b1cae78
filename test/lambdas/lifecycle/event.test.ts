// Proves what of Auto Scaling's event is understood, and that what is no waiting termination is refused by name.
import { describe, expect, it } from 'vitest';
import { BadRequest } from '../../../lambdas/errors.ts';
import { parseWaiting } from '../../../lambdas/lifecycle/event.ts';
import { lifecycleAction, stateChange } from '../events/deliveries.ts';
import { nodeA } from '../fixtures.ts';

const event = lifecycleAction(nodeA);
const withDetail = (more: object) => ({ ...event, detail: { ...event.detail, ...more } });

it('an instance that waits: whose, and what its group wants to hear', () => {
  expect(parseWaiting(withDetail({ Origin: 'AutoScalingGroup' }))).toEqual({
    node: nodeA,
    autoScalingGroup: 'db',
    hook: 'keepaloft',
    token: '87654321-4321-4321-4321-210987654321',
  });
});

describe('what is none', () => {
  it.each([
    ['nothing', undefined, ''],
    ['of another kind', stateChange(nodeA, 'stopping'), 'source'],
    ['a launch', { ...event, 'detail-type': 'EC2 Instance-launch Lifecycle Action' }, 'detail-type'],
    ['of no instance', withDetail({ EC2InstanceId: 'i-1' }), 'detail.EC2InstanceId'],
    ['without a token', withDetail({ LifecycleActionToken: '' }), 'detail.LifecycleActionToken'],
    ['without a hook', withDetail({ LifecycleHookName: 7 }), 'detail.LifecycleHookName'],
  ])('%s, is refused', (_, given, path) => {
    expect(() => parseWaiting(given)).toThrow(BadRequest);
    expect(() => parseWaiting(given)).toThrow(path);
  });
});
