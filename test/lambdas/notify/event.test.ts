// Proves which events are understood, from a rule and from a queue, that each is told once, and what is refused.
import { describe, expect, it } from 'vitest';
import { BadRequest } from '../../../lambdas/errors.ts';
import { parseHappenings } from '../../../lambdas/notify/event.ts';
import { nodeA, nodeB, VIP } from '../fixtures.ts';
import { published } from './happenings.ts';

const batch = (...events: unknown[]): unknown => ({
  Records: events.map((event, index) => ({ messageId: String(index), body: JSON.stringify(event) })),
});

describe('an event', () => {
  it('is read with all that is told of it', () => {
    expect(parseHappenings(published())).toEqual([
      {
        type: 'Group State Change',
        arbiter: 'Keepaloft-Arbiter',
        region: 'ap-southeast-1',
        time: '2026-11-28T08:14:05Z',
        group: 'mysql',
        epoch: 47,
        phase: 'held',
        from: nodeA,
        to: nodeB,
        reason: 'silence',
        cause: null,
        vips: [VIP],
        darkMs: 4820,
        isDryRun: false,
      },
    ]);
  });

  it('may leave out what it does not know, and say more than is known here', () => {
    const event = published({}, 'Brake Engaged');
    const [brake] = parseHappenings({ ...event, detail: { version: '2', arbiter: 'Ha', braked: 12 } });
    expect(brake).toMatchObject({
      type: 'Brake Engaged',
      group: null,
      epoch: null,
      from: null,
      vips: [],
      darkMs: null,
    });
  });

  it.each<[object, string]>([
    [{ check: 'mysqld', operatorArn: 'arn:x' }, 'mysqld'],
    [
      { operatorArn: 'arn:aws:sts::1:assumed-role/Ops/alice', eventId: 'e' },
      'arn:aws:sts::1:assumed-role/Ops/alice',
    ],
    [{ eventId: 'e-1' }, 'e-1'],
  ])('names the most telling cause of %j', (cause, told) => {
    expect(parseHappenings(published({ cause }))[0]?.cause).toBe(told);
  });
});

describe('a queue', () => {
  it('hands over several, which are told in their order and each once', () => {
    const late = { ...published({ group: 'redis' }), time: '2026-11-28T08:14:09Z' };
    const found = parseHappenings(batch(late, published(), published(), published({ phase: 'vacant' })));
    expect(found.map(({ group, phase }) => [group, phase])).toEqual([
      ['mysql', 'held'],
      ['mysql', 'vacant'],
      ['redis', 'held'],
    ]);
  });

  it('tells a change that was decided and done as one: who lost the group, and how long it took', () => {
    const decided = published({ phase: 'moving', timings: { detectMs: 3010 } });
    const done = published({ from: null });
    const [one, ...more] = parseHappenings(batch(decided, done));
    expect([one?.phase, one?.from, one?.to, one?.darkMs]).toEqual(['held', nodeA, nodeB, 4820]);
    expect(more).toEqual([]);
    const other = published({ epoch: 48, phase: 'moving' });
    expect(parseHappenings(batch(other, done)).map(({ phase, from }) => [phase, from])).toEqual([
      ['moving', nodeA],
      ['held', null],
    ]);
  });

  it('tells two things apart that have no epoch', () => {
    const brake = (time: string): unknown => ({
      ...published({ epoch: undefined, group: undefined }, 'Brake Engaged'),
      time,
    });
    const found = parseHappenings(
      batch(brake('2026-11-28T08:00:00Z'), brake('2026-11-28T09:00:00Z'), brake('2026-11-28T08:00:00Z')),
    );
    expect(found).toHaveLength(2);
  });
});

describe('what is refused', () => {
  it.each<[string, unknown]>([
    ['source', { ...published(), source: 'aws.ec2' }],
    ['detail.arbiter', { ...published(), detail: {} }],
    ['detail.reason', published({ reason: 'x'.repeat(2001) })],
    ['not JSON', { Records: [{ body: '{' }] }],
    ['not an event', 'hello'],
  ])('names %s', (path, event) => {
    expect(() => parseHappenings(event)).toThrow(BadRequest);
    expect(() => parseHappenings(event)).toThrow(path);
  });
});
