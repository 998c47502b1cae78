// Proves that each default alarm watches the metric, with the threshold, period and treatment of missing data that are
// documented, is told to the topic when it begins and when it ends, and that metrics have the dimensions that are emitted.
import { Duration, Stack } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { beforeAll, describe, expect, it } from 'vitest';
import { Drift, type FailoverGroup, KeepaloftArbiter, Member, Vip } from '../../lib/index.ts';
import { inApp, nodeA, ofType, templateOf } from './synthesis.ts';

const TOPIC = 'arn:aws:sns:us-east-1:111122223333:pager';
const TYPE = 'AWS::CloudWatch::Alarm';

const groupOf = (
  arbiter: KeepaloftArbiter,
  { name = 'mysql', last = 1, drift }: { name?: string; last?: number; drift?: Drift } = {},
): FailoverGroup =>
  arbiter.addGroup(name, {
    vips: [Vip.secondaryIp(`172.31.0.20${last}`)],
    members: [Member.fromInstanceId(nodeA)],
    ...(drift === undefined ? {} : { drift }),
  });

let template: Template;
beforeAll(() => {
  template = templateOf((stack) => {
    const arbiter = new KeepaloftArbiter(stack, 'Ha');
    const topic = Topic.fromTopicArn(stack, 'Pager', TOPIC);
    groupOf(arbiter).addDefaultAlarms(topic);
    groupOf(arbiter, { name: 'redis', last: 2 }).addDefaultAlarms(topic);
  });
});

const alarmNamed = (name: string): Readonly<Record<string, unknown>> | undefined =>
  ofType(template, TYPE).find(([, { Properties }]) => Properties?.['AlarmName'] === name)?.[1].Properties;

const BELOW = 'LessThanThreshold';
const REACHED = 'GreaterThanOrEqualToThreshold';

type Row = [
  name: string,
  metric: string,
  statistic: string,
  comparison: string,
  threshold: number,
  period: number,
  datapoints: [of: number, bad: number],
  missing: string,
];

const ARBITER_ROWS: Row[] = [
  ['ArbiterBlind', 'Sweeps', 'Sum', BELOW, 1, 60, [3, 3], 'breaching'],
  ['Brake', 'Brake', 'Maximum', REACHED, 1, 60, [1, 1], 'notBreaching'],
];
const GROUP_ROWS: Row[] = [
  ['NoHolder', 'Held', 'Minimum', BELOW, 1, 60, [1, 1], 'ignore'],
  ['NoStandby', 'EligibleStandbys', 'Minimum', BELOW, 1, 60, [3, 3], 'ignore'],
  ['MemberSilent', 'Silent', 'Maximum', REACHED, 1, 60, [3, 3], 'ignore'],
  ['Flapping', 'Transfers', 'Sum', REACHED, 3, 600, [1, 1], 'notBreaching'],
  ['MoveFailed', 'MoveErrors', 'Sum', REACHED, 1, 60, [1, 1], 'notBreaching'],
  ['MoveStuck', 'MovingAgeMs', 'Maximum', 'GreaterThanThreshold', 15_000, 60, [1, 1], 'notBreaching'],
  ['Drift', 'DriftRepaired', 'Sum', REACHED, 1, 60, [1, 1], 'notBreaching'],
  ['LeaseMargin', 'LeaseMargin', 'Minimum', BELOW, 30, 60, [5, 3], 'notBreaching'],
  ['Throttled', 'Throttled', 'Sum', REACHED, 1, 60, [1, 1], 'notBreaching'],
  ['ConfigSkew', 'ConfigSkew', 'Maximum', REACHED, 1, 600, [1, 1], 'notBreaching'],
];

const expected = (
  [name, MetricName, Statistic, ComparisonOperator, Threshold, Period, [of, bad], TreatMissingData]: Row,
  group: string | undefined,
) => ({
  AlarmName: group === undefined ? `Stack-Ha-${name}` : `Stack-Ha-${group}-${name}`,
  Namespace: 'Keepaloft',
  MetricName,
  Dimensions: [
    { Name: 'Arbiter', Value: 'Stack-Ha' },
    ...(group === undefined ? [] : [{ Name: 'Group', Value: group }]),
  ],
  Statistic,
  ComparisonOperator,
  Threshold,
  Period,
  EvaluationPeriods: of,
  DatapointsToAlarm: bad,
  TreatMissingData,
  AlarmActions: [TOPIC],
  OKActions: [TOPIC],
});

/** Whose it is, what it means, where to look: all that a pager may show. */
const description = (whose: string, name: string): RegExp =>
  new RegExp(`^Keepaloft, ${whose}: .{20,}\\. Look: keepaloft status.*, ${name}\\.$`, 'u');

describe('the default alarms', () => {
  it.each(GROUP_ROWS)('%s of each group is exactly what is documented', (...row) => {
    for (const group of ['mysql', 'redis']) {
      const { AlarmDescription, ...rest } = alarmNamed(`Stack-Ha-${group}-${row[0]}`) ?? {};
      expect(rest).toEqual(expected(row, group));
      expect(AlarmDescription).toMatch(description(`group ${group}`, row[0]));
    }
  });

  it.each(ARBITER_ROWS)('%s is there once for all groups', (...row) => {
    const { AlarmDescription, ...rest } = alarmNamed(`Stack-Ha-${row[0]}`) ?? {};
    expect(rest).toEqual(expected(row, undefined));
    expect(AlarmDescription).toMatch(description('arbiter', row[0]));
  });

  it('are these and no others', () => {
    template.resourceCountIs(TYPE, ARBITER_ROWS.length + 2 * GROUP_ROWS.length);
  });

  it('are none unless they are asked for', () => {
    const quiet = templateOf((stack) => groupOf(new KeepaloftArbiter(stack, 'Ha')));
    quiet.resourceCountIs(TYPE, 0);
  });
});

describe('an alarm of one’s own choice', () => {
  it('tells two topics when it is asked for twice, and nobody when none is named', () => {
    const chosen = templateOf((stack) => {
      const group = groupOf(new KeepaloftArbiter(stack, 'Ha'));
      group.alarmOnNoHolder(Topic.fromTopicArn(stack, 'Pager', TOPIC));
      group.alarmOnNoHolder(Topic.fromTopicArn(stack, 'Again', TOPIC));
      group.alarmOnNoHolder(Topic.fromTopicArn(stack, 'Chat', `${TOPIC}-chat`));
      group.alarmOnDrift();
    });
    const alarms = ofType(chosen, TYPE).map(([, { Properties }]) => Properties);
    expect(alarms.find((one) => one?.['MetricName'] === 'Held')).toMatchObject({
      AlarmActions: [TOPIC, `${TOPIC}-chat`],
      OKActions: [TOPIC, `${TOPIC}-chat`],
    });
    expect(alarms.find((one) => one?.['MetricName'] === 'DriftRepaired')).not.toHaveProperty('AlarmActions');
    expect(alarms).toHaveLength(2);
  });
});

describe('the alarm of drift', () => {
  const driftAlarm = (drift: Drift): Readonly<Record<string, unknown>> | undefined => {
    const watched = templateOf((stack) => {
      const topic = Topic.fromTopicArn(stack, 'Pager', TOPIC);
      groupOf(new KeepaloftArbiter(stack, 'Ha'), { drift }).addDefaultAlarms(topic);
    });
    watched.resourceCountIs(TYPE, ARBITER_ROWS.length + GROUP_ROWS.length);
    return ofType(watched, TYPE).find(
      ([, { Properties }]) => Properties?.['AlarmName'] === 'Stack-Ha-mysql-Drift',
    )?.[1].Properties;
  };
  const row = (metric: string): Row => ['Drift', metric, 'Sum', REACHED, 1, 60, [1, 1], 'notBreaching'];

  it('watches what was left where a group only says so', () => {
    const { AlarmDescription, ...rest } = driftAlarm(Drift.ALARM) ?? {};
    expect(rest).toEqual(expected(row('DriftLeft'), 'mysql'));
    expect(AlarmDescription).toContain('somebody else moved a VIP, and it was left there');
    expect(AlarmDescription).toMatch(description('group mysql', 'Drift'));
  });

  it.each([Drift.REPAIR, Drift.ADOPT])('else what was moved back: $name', (drift) => {
    const { AlarmDescription: _, ...rest } = driftAlarm(drift) ?? {};
    expect(rest).toEqual(expected(row('DriftRepaired'), 'mysql'));
  });
});

describe('metrics', () => {
  it('are those that are emitted, with the caller’s own period and statistic where he has one', () => {
    inApp((app) => {
      const arbiter = new KeepaloftArbiter(new Stack(app, 'Stack'), 'Ha');
      const group = groupOf(arbiter);
      const all = [
        group.metricFailovers(),
        group.metricOutage({ statistic: 'p99' }),
        group.metricEligibleStandbys(),
        group.metricLeaseMargin({ period: Duration.minutes(5) }),
        group.metricDriftRepaired(),
        group.metricDriftLeft(),
      ];
      expect(
        all.map(({ metricName, statistic, period }) => [metricName, statistic, period.toSeconds()]),
      ).toEqual([
        ['Transfers', 'Sum', 60],
        ['OutageMs', 'p99', 60],
        ['EligibleStandbys', 'Minimum', 60],
        ['LeaseMargin', 'Minimum', 300],
        ['DriftRepaired', 'Sum', 60],
        ['DriftLeft', 'Sum', 60],
      ]);
      for (const { namespace, dimensions } of all) {
        expect([namespace, dimensions]).toEqual(['Keepaloft', { Arbiter: 'Stack-Ha', Group: 'mysql' }]);
      }
      expect(arbiter.metricSweeps().dimensions).toEqual({ Arbiter: 'Stack-Ha' });
    });
  });
});
