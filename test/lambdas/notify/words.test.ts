// Proves the subject of each kind of event, that SNS takes every subject whatever it is made of, and what a message says in full.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factsOf, subjectOf } from '../../../lambdas/notify/words.ts';
import { nodeA, nodeB } from '../fixtures.ts';
import { happening } from './happenings.ts';

describe('the subject', () => {
  it.each<[string, object, string | undefined, string]>([
    ['a failover', {}, undefined, `[keepaloft] mysql MASTER ${nodeA}->${nodeB} silence 4.8s`],
    [
      'the end of service',
      { phase: 'vacant', to: null, timings: null },
      undefined,
      `[keepaloft] mysql NO HOLDER ${nodeA}->nobody silence`,
    ],
    [
      'a first holder',
      { from: null, reason: 'first', timings: { darkMs: null } },
      undefined,
      `[keepaloft] mysql MASTER ${nodeB} first`,
    ],
    [
      'a standby',
      { from: null, reason: '', timings: null },
      'Standby Change',
      `[keepaloft] mysql STANDBY ${nodeB}`,
    ],
    [
      'no standby',
      { from: null, to: null, reason: 'silence', timings: null },
      'Standby Change',
      '[keepaloft] mysql NO STANDBY silence',
    ],
    [
      'a repair',
      { from: null, reason: 'drift', timings: { darkMs: 212 } },
      'Drift Repaired',
      `[keepaloft] mysql DRIFT REPAIRED ${nodeB} drift 212ms`,
    ],
    [
      'the brake',
      { group: null, from: null, to: null, reason: '', timings: null },
      'Brake Engaged',
      '[keepaloft] Keepaloft-Arbiter BRAKE',
    ],
    [
      'what is only observed',
      { dryRun: true, timings: null },
      undefined,
      `[keepaloft observe] mysql MASTER ${nodeA}->${nodeB} silence`,
    ],
    [
      'what is not known here',
      { from: null, to: null, reason: '', timings: null },
      'Novelty',
      '[keepaloft] mysql NOVELTY',
    ],
  ])('of %s', (_, detail, type, subject) => {
    expect(subjectOf(happening(detail, type))).toBe(subject);
  });

  it('gives up the middle of the ids before the end of the line', () => {
    const subject = subjectOf(happening({ group: 'a-group-whose-name-is-very-long-1' }));
    expect(subject).toBe(
      '[keepaloft] a-group-whose-name-is-very-long-1 MASTER i-0a..0001->i-0b..0002 silence 4.8s',
    );
  });

  it('is always printable ASCII of at most 100 characters', () => {
    const text = fc.string({ unit: 'binary', maxLength: 150 });
    fc.assert(
      fc.property(text, text, text, (group, reason, phase) => {
        const subject = subjectOf(happening({ group, reason, phase }));
        expect(subject.length).toBeLessThanOrEqual(100);
        expect(subject).toMatch(/^\[keepaloft\][\x20-\x7e]*$/u);
      }),
    );
  });
});

describe('the facts', () => {
  it('leave out what is not known', () => {
    expect(factsOf(happening({ cause: { operatorArn: 'arn:aws:iam::1:user/alice' } }))).toEqual([
      ['what', 'Group State Change'],
      ['arbiter', 'Keepaloft-Arbiter, ap-southeast-1'],
      ['group', 'mysql'],
      ['epoch', '47'],
      ['change', `${nodeA}->${nodeB}`],
      ['VIPs', '172.31.0.201'],
      ['reason', 'silence'],
      ['cause', 'arn:aws:iam::1:user/alice'],
      ['dark for', '4.8s'],
      ['when', '2026-11-28T08:14:05Z'],
    ]);
    const brake = happening(
      { group: null, epoch: null, from: null, to: null, reason: '', vips: [], timings: null },
      'Brake Engaged',
    );
    expect(factsOf(brake).map(([name]) => name)).toEqual(['what', 'arbiter', 'when']);
  });
});
