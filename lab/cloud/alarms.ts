/** The alarms of a template, and its topics with those who hear them. */
import * as z from 'zod/mini';
import type { AlarmDefinition } from '../ends/cloudwatch/alarms.ts';
import { isStatistic } from '../ends/cloudwatch/metrics.ts';
import { checked, type Resolver } from './resolve.ts';
import type { Template } from './template.ts';

const MS_PER_S = 1000;
const PERIODS_S = z.int().check(z.refine((s) => [10, 20, 30].includes(s) || s % 60 === 0, 'not a period'));

/** One metric; a template with metric mathematics is refused. */
const alarmSchema = z.strictObject({
  AlarmName: z.optional(z.string()),
  AlarmDescription: z._default(z.string(), ''),
  ActionsEnabled: z._default(z.boolean(), true),
  AlarmActions: z._default(z.array(z.string()), []),
  OKActions: z._default(z.array(z.string()), []),
  InsufficientDataActions: z._default(z.array(z.string()), []),
  ComparisonOperator: z.enum([
    'GreaterThanOrEqualToThreshold',
    'GreaterThanThreshold',
    'LessThanThreshold',
    'LessThanOrEqualToThreshold',
  ]),
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions: z._default(z.array(z.strictObject({ Name: z.string(), Value: z.string() })), []),
  Statistic: z.optional(z.string().check(z.refine(isStatistic, 'an unknown statistic'))),
  ExtendedStatistic: z.optional(z.string().check(z.refine(isStatistic, 'an unknown statistic'))),
  Period: PERIODS_S,
  EvaluationPeriods: z.int().check(z.minimum(1)),
  DatapointsToAlarm: z.optional(z.int().check(z.minimum(1))),
  Threshold: z.number(),
  TreatMissingData: z._default(z.enum(['missing', 'ignore', 'breaching', 'notBreaching']), 'missing'),
  /** A filter that no metric of the project needs: each has one unit. */
  Unit: z.optional(z.string()),
  Tags: z.optional(z.unknown()),
});

const alarmOf = (id: string, properties: unknown, resolver: Resolver): AlarmDefinition => {
  const alarm = checked(alarmSchema, resolver.resolve(properties, id), id);
  return {
    name: resolver.text({ Ref: id }, id),
    arn: resolver.attribute(id, 'Arn', id),
    description: alarm.AlarmDescription,
    metric: {
      namespace: alarm.Namespace,
      name: alarm.MetricName,
      dimensions: Object.fromEntries(alarm.Dimensions.map(({ Name, Value }) => [Name, Value])),
    },
    statistic: alarm.Statistic ?? alarm.ExtendedStatistic ?? 'Average',
    periodMs: alarm.Period * MS_PER_S,
    evaluationPeriods: alarm.EvaluationPeriods,
    datapointsToAlarm: alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods,
    comparison: alarm.ComparisonOperator,
    threshold: alarm.Threshold,
    missingData: alarm.TreatMissingData,
    actionsEnabled: alarm.ActionsEnabled,
    actions: {
      ALARM: alarm.AlarmActions,
      OK: alarm.OKActions,
      INSUFFICIENT_DATA: alarm.InsufficientDataActions,
    },
  };
};

/** @throws LabError `template-unfit` */
export const alarmsOf = (template: Template, resolver: Resolver): AlarmDefinition[] =>
  Object.entries(template.resources).flatMap(([id, { Type, Properties }]) =>
    Type === 'AWS::CloudWatch::Alarm' ? [alarmOf(id, Properties, resolver)] : [],
  );

const subscriptionSchema = z.object({
  TopicArn: z.string(),
  Protocol: z.string(),
  Endpoint: z.string(),
});

/** Functions that hear a topic, by the topic's ARN; every topic is there. Letters to people are only recorded. */
export const topicsOf = (template: Template, resolver: Resolver): Record<string, string[]> => {
  const topics: Record<string, string[]> = {};
  for (const [id, { Type }] of Object.entries(template.resources)) {
    if (Type === 'AWS::SNS::Topic') topics[resolver.text({ Ref: id }, id)] = [];
  }
  for (const [id, { Type, Properties }] of Object.entries(template.resources)) {
    if (Type !== 'AWS::SNS::Subscription') continue;
    const { TopicArn, Protocol, Endpoint } = Properties;
    const resolved = resolver.resolve({ TopicArn, Protocol, Endpoint }, id);
    const subscription = checked(subscriptionSchema, resolved, id);
    if (subscription.Protocol === 'lambda') {
      topics[subscription.TopicArn] = [...(topics[subscription.TopicArn] ?? []), subscription.Endpoint];
    }
  }
  return topics;
};
