import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { type MetricOwner, metricOf } from '../metrics.ts';
import type { AlarmRule } from './rules.ts';

const alarmId = ({ name }: AlarmRule): string => `${name}Alarm`;

const descriptionOf = ({ name, meaning }: AlarmRule, { groupName }: MetricOwner): string => {
  const [whom, look] =
    groupName === undefined
      ? ['arbiter', 'keepaloft status']
      : [`group ${groupName}`, `keepaloft status ${groupName}`];
  return `Keepaloft, ${whom}: ${meaning}. Look: ${look}; docs/operations.md, "Alarms", ${name}.`;
};

/** The topics that each alarm tells already: its arbiter's alarms are asked for by every group. */
const heard = new WeakMap<Alarm, Set<string>>();

const tell = (alarm: Alarm, topic: ITopic): void => {
  const topics = heard.get(alarm) ?? new Set();
  heard.set(alarm, topics);
  if (topics.has(topic.topicArn)) return;
  topics.add(topic.topicArn);
  alarm.addAlarmAction(new SnsAction(topic));
  alarm.addOkAction(new SnsAction(topic));
};

/**
 * The alarm of a rule, and a topic that hears when it begins to ring and when it ends. Asked for twice, it is the same
 * alarm with both topics.
 */
export const alarmOf = (scope: Construct, rule: AlarmRule, owner: MetricOwner, topic?: ITopic): Alarm => {
  const known = scope.node.tryFindChild(alarmId(rule));
  const alarm = known instanceof Alarm ? known : newAlarm(scope, rule, owner);
  if (topic !== undefined) tell(alarm, topic);
  return alarm;
};

/** Its name is fixed: that is what a pager shows, and how the console finds the alarms of its arbiter. */
const newAlarm = (scope: Construct, rule: AlarmRule, owner: MetricOwner): Alarm => {
  const { arbiterName, groupName } = owner;
  const parts = groupName === undefined ? [arbiterName, rule.name] : [arbiterName, groupName, rule.name];
  return new Alarm(scope, alarmId(rule), {
    alarmName: parts.join('-'),
    alarmDescription: descriptionOf(rule, owner),
    metric: metricOf(owner, rule.metric, rule.statistic, { period: rule.period }),
    threshold: rule.threshold,
    comparisonOperator: rule.comparison,
    evaluationPeriods: rule.periods,
    datapointsToAlarm: rule.datapoints,
    treatMissingData: rule.missing,
  });
};
