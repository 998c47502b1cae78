// Proves that event patterns match as EventBridge documents them, and that an operator the lab does not know is refused at once.
import { describe, expect, it } from 'vitest';
import { type CloudEvent, compilePattern } from '../../../../lab/ends/events/pattern.ts';

const event: CloudEvent = {
  version: '0',
  id: '1',
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  account: '111122223333',
  time: '2026-01-01T00:00:00Z',
  region: 'us-east-1',
  resources: ['arn:aws:ec2:us-east-1:111122223333:instance/i-01'],
  detail: {
    'instance-id': 'i-01',
    state: 'stopping',
    count: 3,
    isSpot: false,
    note: null,
    tags: ['db', 'eu'],
    inner: { reason: 'x.y' },
  },
};
const matches = (pattern: unknown): boolean => compilePattern(pattern)(event);

describe('a pattern', () => {
  const cases: readonly (readonly [string, unknown, boolean])[] = [
    ['a value', { source: ['aws.ec2'] }, true],
    ['one of several values', { source: ['aws.health', 'aws.ec2'] }, true],
    ['another value', { source: ['aws.health'] }, false],
    ['every field', { source: ['aws.ec2'], detail: { state: ['running'] } }, false],
    ['a nested field', { detail: { inner: { reason: ['x.y'] } } }, true],
    ['a number', { detail: { count: [3] } }, true],
    ['a number is no text', { detail: { count: ['3'] } }, false],
    ['false and null', { detail: { isSpot: [false], note: [null] } }, true],
    ['one item of a list', { detail: { tags: ['eu', 'us'] } }, true],
    ['a field that is not there', { detail: { absent: ['x'] } }, false],
    ['a structure where there is none', { detail: { state: { inner: ['x'] } } }, false],
    ['prefix', { detail: { state: [{ prefix: 'stop' }] } }, true],
    ['prefix of a number', { detail: { count: [{ prefix: '3' }] } }, false],
    ['suffix', { 'detail-type': [{ suffix: 'Notification' }] }, true],
    ['exists', { detail: { note: [{ exists: true }] } }, true],
    ['exists, but is absent', { detail: { absent: [{ exists: true }] } }, false],
    ['absent', { detail: { absent: [{ exists: false }] } }, true],
    ['absent below a structure that is absent', { detail: { gone: { deep: [{ exists: false }] } } }, true],
    ['anything but a value', { detail: { state: [{ 'anything-but': 'running' }] } }, true],
    ['anything but values', { detail: { state: [{ 'anything-but': ['running', 'stopping'] }] } }, false],
    ['anything but a prefix', { detail: { state: [{ 'anything-but': { prefix: 'stop' } }] } }, false],
    ['anything but needs the field', { detail: { absent: [{ 'anything-but': 'x' }] } }, false],
    ['a name of every object', { detail: { toString: [{ exists: false }] } }, true],
  ];
  it.each(cases)('%s', (_what, pattern, expected) => {
    expect(matches(pattern)).toBe(expected);
  });
});

describe('what is refused', () => {
  const cases: readonly (readonly [string, unknown, string])[] = [
    [
      'an unknown operator',
      { detail: { count: [{ numeric: ['>', 1] }] } },
      'detail.count: the operator numeric',
    ],
    ['two operators at once', { source: [{ prefix: 'a', suffix: 'b' }] }, 'source: one operator'],
    ['$or', { $or: [{ source: ['a'] }] }, '$or: $or is not known'],
    ['a value outside of a list', { source: 'aws.ec2' }, 'source: values stand in a list'],
    ['an empty list', { source: [] }, 'source: an empty list'],
    ['an empty pattern', {}, 'an empty pattern'],
    ['exists without a flag', { source: [{ exists: 'yes' }] }, 'source: exists needs'],
    ['prefix without a text', { source: [{ prefix: 1 }] }, 'source: prefix needs'],
    [
      'anything-but of something unknown',
      { source: [{ 'anything-but': { wildcard: '*' } }] },
      'anything-but wildcard',
    ],
    ['a list within a list', { source: [['a']] }, 'source: a list within a list'],
    ['no pattern at all', 'x', 'pattern: not an object'],
  ];
  it.each(cases)('%s', (_what, pattern, message) => {
    expect(() => compilePattern(pattern)).toThrow(message);
  });
});
