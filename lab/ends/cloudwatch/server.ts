/** CloudWatch's API: alarms as they stand, metrics as they were measured. */
import * as z from 'zod/mini';
import type { Clock } from '../clock.ts';
import type { CredentialStore } from '../credentials.ts';
import { operation, RpcEnd, RpcError } from '../rpc/end.ts';
import { flagSchema, numberSchema, timeSchema } from '../rpc/values.ts';
import { type Alarm, type Alarms, dimensionList } from './alarms.ts';
import { type Dimensions, isStatistic, type MetricStore, statisticOf } from './metrics.ts';

const MS_PER_S = 1000;
const RECORDS_MAX = 100;
const QUERIES_MAX = 500;
const DATAPOINTS_MAX = 100_800;

const dimensionsSchema = z.optional(z.array(z.strictObject({ Name: z.string(), Value: z.string() })));
const namesOf = (dimensions: z.infer<typeof dimensionsSchema>): Dimensions =>
  Object.fromEntries((dimensions ?? []).map(({ Name, Value }) => [Name, Value]));

const describeSchema = z.strictObject({
  AlarmNames: z.optional(z.array(z.string()).check(z.maxLength(RECORDS_MAX))),
  AlarmNamePrefix: z.optional(z.string()),
  AlarmTypes: z.optional(z.array(z.enum(['MetricAlarm', 'CompositeAlarm', 'LogAlarm']))),
  StateValue: z.optional(z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA'])),
  ActionPrefix: z.optional(z.string()),
  MaxRecords: z.optional(z.pipe(numberSchema, z.int().check(z.minimum(1), z.maximum(RECORDS_MAX)))),
  NextToken: z.optional(z.string()),
});
type DescribeInput = z.infer<typeof describeSchema>;

const metricDataSchema = z.strictObject({
  MetricDataQueries: z
    .array(
      z.strictObject({
        Id: z.string().check(z.regex(/^[a-z][A-Za-z0-9_]*$/)),
        /** Metric mathematics: not played. */
        Expression: z.optional(z.undefined()),
        Label: z.optional(z.string()),
        ReturnData: z.optional(flagSchema),
        MetricStat: z.strictObject({
          Metric: z.strictObject({
            Namespace: z.string(),
            MetricName: z.string(),
            Dimensions: dimensionsSchema,
          }),
          Period: z.pipe(numberSchema, z.int().check(z.minimum(1))),
          Stat: z.string().check(z.refine(isStatistic, 'an unknown statistic')),
          Unit: z.optional(z.string()),
        }),
      }),
    )
    .check(z.minLength(1), z.maxLength(QUERIES_MAX)),
  StartTime: timeSchema,
  EndTime: timeSchema,
  ScanBy: z._default(z.enum(['TimestampAscending', 'TimestampDescending']), 'TimestampDescending'),
  MaxDatapoints: z.optional(numberSchema),
  NextToken: z.optional(z.string()),
  LabelOptions: z.optional(z.unknown()),
});
type MetricDataInput = z.infer<typeof metricDataSchema>;

const listSchema = z.strictObject({
  Namespace: z.optional(z.string()),
  MetricName: z.optional(z.string()),
  Dimensions: z.optional(z.array(z.strictObject({ Name: z.string(), Value: z.optional(z.string()) }))),
});

const alarmRecord = (alarm: Alarm): object => ({
  AlarmName: alarm.name,
  AlarmArn: alarm.arn,
  AlarmDescription: alarm.description,
  ActionsEnabled: alarm.actionsEnabled,
  OKActions: alarm.actions.OK,
  AlarmActions: alarm.actions.ALARM,
  InsufficientDataActions: alarm.actions.INSUFFICIENT_DATA,
  StateValue: alarm.state,
  StateReason: alarm.reason,
  StateUpdatedTimestamp: new Date(alarm.changedAtMs),
  StateTransitionedTimestamp: new Date(alarm.changedAtMs),
  MetricName: alarm.metric.name,
  Namespace: alarm.metric.namespace,
  ...(alarm.statistic.startsWith('p')
    ? { ExtendedStatistic: alarm.statistic }
    : { Statistic: alarm.statistic }),
  Dimensions: dimensionList(alarm.metric, 'Name', 'Value'),
  Period: alarm.periodMs / MS_PER_S,
  EvaluationPeriods: alarm.evaluationPeriods,
  DatapointsToAlarm: alarm.datapointsToAlarm,
  Threshold: alarm.threshold,
  ComparisonOperator: alarm.comparison,
  TreatMissingData: alarm.missingData,
});

const describe = (input: DescribeInput, alarms: Alarms): object => {
  const { AlarmNames, AlarmNamePrefix = '', AlarmTypes, StateValue, ActionPrefix } = input;
  const isMeant = ({ name, state, actions }: Alarm): boolean =>
    (AlarmNames?.includes(name) ?? true) &&
    name.startsWith(AlarmNamePrefix) &&
    (StateValue === undefined || state === StateValue) &&
    (ActionPrefix === undefined || actions.ALARM.some((arn) => arn.startsWith(ActionPrefix)));
  const found = (AlarmTypes ?? ['MetricAlarm']).includes('MetricAlarm') ? alarms.all.filter(isMeant) : [];
  const first = Number(input.NextToken ?? 0);
  const next = first + (input.MaxRecords ?? RECORDS_MAX);
  return {
    MetricAlarms: found.slice(first, next).map(alarmRecord),
    CompositeAlarms: [],
    ...(next < found.length ? { NextToken: String(next) } : {}),
  };
};

const metricData = (input: MetricDataInput, metrics: MetricStore): object => {
  const { MetricDataQueries, StartTime, EndTime, ScanBy } = input;
  if (StartTime >= EndTime)
    throw new RpcError('ValidationError', 'The parameter StartTime must be less than the parameter EndTime.');
  const results = MetricDataQueries.filter(({ ReturnData }) => ReturnData !== false).map(
    ({ Id, Label, MetricStat: { Metric, Period, Stat } }) => {
      const key = {
        namespace: Metric.Namespace,
        name: Metric.MetricName,
        dimensions: namesOf(Metric.Dimensions),
      };
      const periodMs = Period * MS_PER_S;
      const firstMs = Math.floor(StartTime.getTime() / periodMs) * periodMs;
      const count = Math.ceil((EndTime.getTime() - firstMs) / periodMs);
      if (count > DATAPOINTS_MAX) throw new RpcError('ValidationError', 'Too many datapoints are asked for.');
      const points = Array.from({ length: count }, (_, index) => firstMs + index * periodMs).flatMap(
        (atMs) => {
          const value = statisticOf(metrics.values(key, atMs, atMs + periodMs), Stat);
          return value === undefined ? [] : [{ at: new Date(atMs), value }];
        },
      );
      if (ScanBy === 'TimestampDescending') points.reverse();
      return {
        Id,
        Label: Label ?? Metric.MetricName,
        Timestamps: points.map(({ at }) => at),
        Values: points.map(({ value }) => value),
        StatusCode: 'Complete',
      };
    },
  );
  return { MetricDataResults: results, Messages: [] };
};

const list = (
  { Namespace, MetricName, Dimensions = [] }: z.infer<typeof listSchema>,
  metrics: MetricStore,
) => ({
  Metrics: metrics
    .keys()
    .filter(
      ({ namespace, name, dimensions }) =>
        (Namespace === undefined || namespace === Namespace) &&
        (MetricName === undefined || name === MetricName) &&
        Dimensions.every(
          ({ Name, Value }) =>
            Object.hasOwn(dimensions, Name) && (Value === undefined || dimensions[Name] === Value),
        ),
    )
    .map((key) => ({
      Namespace: key.namespace,
      MetricName: key.name,
      Dimensions: dimensionList(key, 'Name', 'Value'),
    })),
});

export interface CloudWatchEndOptions {
  readonly clock: Clock;
  readonly credentials: CredentialStore;
  readonly alarms: Alarms;
  readonly metrics: MetricStore;
  readonly onError?: (error: unknown) => void;
}

/** RPC v2 with CBOR, as the SDK speaks it; Query, as the older `aws` command does; JSON. */
export const createCloudWatchEnd = ({ alarms, metrics, ...options }: CloudWatchEndOptions): RpcEnd =>
  new RpcEnd({
    ...options,
    signedFor: 'monitoring',
    rights: 'cloudwatch',
    xmlNamespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
    operations: {
      DescribeAlarms: operation(describeSchema, (input) => describe(input, alarms)),
      GetMetricData: operation(metricDataSchema, (input) => metricData(input, metrics)),
      ListMetrics: operation(listSchema, (input) => list(input, metrics)),
    },
  });
