// Proves what each kind of event is understood as, and that what is none of them is refused by name.
import { describe, expect, it } from 'vitest';
import { BadRequest } from '../../../lambdas/errors.ts';
import { parseEvent } from '../../../lambdas/events/event.ts';
import { nodeA, nodeB } from '../fixtures.ts';
import { lifecycleAction, retirement, spotWarning, stateChange } from './deliveries.ts';

const AT = new Date('2026-11-28T08:14:02Z');

describe('an event', () => {
  it.each([
    ['of a state', stateChange(nodeA, 'stopping', AT), { nodes: [nodeA], state: 'stopping' }],
    ['of a state to come', stateChange(nodeA, 'dreaming', AT), { nodes: [nodeA], state: 'dreaming' }],
    ['of an interruption', spotWarning(nodeA, AT), { nodes: [nodeA], notice: 'spot' }],
    ['of a lifecycle action', lifecycleAction(nodeA, AT), { nodes: [nodeA], notice: 'terminating' }],
  ])('%s', (_, event, expected) => {
    expect(parseEvent(event)).toEqual({ eventId: event.id, atMs: AT.getTime(), ...expected });
  });

  it.each([
    'AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED',
    'AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED',
    'AWS_EC2_INSTANCE_STOP_SCHEDULED',
  ])('of a retirement (%s), about as many machines as it names', (code) => {
    const { nodes, notice } = parseEvent(retirement([nodeA, nodeB], code));
    expect([nodes, notice]).toEqual([[nodeA, nodeB], 'retiring']);
  });

  it('of health that ends no machine, is over, or is about something else, is about nobody', () => {
    expect(parseEvent(retirement([nodeA], 'AWS_EC2_INSTANCE_REBOOT_MAINTENANCE_SCHEDULED')).nodes).toEqual(
      [],
    );
    expect(parseEvent(retirement([nodeA], undefined, 'closed')).nodes).toEqual([]);
    expect(parseEvent(retirement(['vol-0123456789abcdef0'])).nodes).toEqual([]);
  });

  it('without affected entities is about nobody', () => {
    const { detail, ...event } = retirement([nodeA]);
    const { affectedEntities: _, ...rest } = detail;
    expect(parseEvent({ ...event, detail: rest }).nodes).toEqual([]);
  });

  it('may have more in it than is known today', () => {
    const event = stateChange(nodeA, 'stopped');
    expect(parseEvent({ ...event, more: 1, detail: { ...event.detail, more: 1 } }).nodes).toEqual([nodeA]);
  });
});

describe('what is no such event', () => {
  const good = stateChange(nodeA, 'stopped');
  it.each([
    ['nothing', undefined, ''],
    ['of another kind', { ...good, 'detail-type': 'EBS Volume Notification' }, 'detail-type'],
    ['from somebody else', { ...good, source: 'my.app' }, 'source'],
    [
      'about no machine',
      { ...good, detail: { 'instance-id': 'i-1', state: 'stopped' } },
      'detail.instance-id',
    ],
    ['without an instant', { ...good, time: 'soon' }, 'time'],
  ])('%s, is refused', (_, event, path) => {
    expect(() => parseEvent(event)).toThrow(BadRequest);
    expect(() => parseEvent(event)).toThrow(path);
  });

  it('about more machines than there are members, is refused', () => {
    expect(() => parseEvent(retirement(Array.from({ length: 257 }, () => nodeA)))).toThrow(BadRequest);
  });
});
