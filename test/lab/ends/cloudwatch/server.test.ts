// Proves that the AWS SDK reads alarms and metrics from the lab in each of AWS's protocols, and that a stranger does not.
import {
  CloudWatchClient,
  type CloudWatchClientConfig,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  ListMetricsCommand,
  PutMetricAlarmCommand,
} from '@aws-sdk/client-cloudwatch';
import { AwsQueryProtocol } from '@aws-sdk/core/protocols';
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabClock } from '../../../../lab/ends/clock.ts';
import { Alarms } from '../../../../lab/ends/cloudwatch/alarms.ts';
import { MetricStore } from '../../../../lab/ends/cloudwatch/metrics.ts';
import { createCloudWatchEnd } from '../../../../lab/ends/cloudwatch/server.ts';
import { ARBITER_ROLE, LAB_REGION, type Principal } from '../../../../lab/ends/credentials.ts';
import { storeOf } from '../small-vpc.ts';

const MINUTE_MS = 60_000;
const clock = new LabClock();
const credentials = storeOf(clock);
credentials.allow(ARBITER_ROLE, 'widget', ['cloudwatch:DescribeAlarms']);
const operator = credentials.operator();
const widget = credentials.session(ARBITER_ROLE, 'widget');

const nowMs = Math.floor(clock.nowMs() / MINUTE_MS) * MINUTE_MS;
const held = { namespace: 'Keepaloft', name: 'Held', dimensions: { Arbiter: 'Ha', Group: 'mysql' } };
const metrics = new MetricStore();
metrics.put({ ...held, values: [1, 3], atMs: nowMs - 3 * MINUTE_MS });
metrics.put({ ...held, values: [0], atMs: nowMs - MINUTE_MS });
const alarm = (name: string) => ({
  name,
  arn: `arn:aws:cloudwatch:us-east-1:111122223333:alarm:${name}`,
  description: 'nobody serves the VIPs',
  metric: held,
  statistic: 'Minimum',
  periodMs: MINUTE_MS,
  evaluationPeriods: 1,
  datapointsToAlarm: 1,
  comparison: 'LessThanThreshold' as const,
  threshold: 1,
  missingData: 'ignore' as const,
  actionsEnabled: true,
  actions: { ALARM: ['arn:aws:sns:us-east-1:111122223333:pages'], OK: [], INSUFFICIENT_DATA: [] },
});
const alarms = new Alarms({
  clock,
  metrics,
  definitions: [alarm('Ha-mysql-NoHolder'), alarm('Ha-redis-NoHolder'), alarm('Other')],
  onChange: () => undefined,
});
const end = createCloudWatchEnd({ clock, credentials, alarms, metrics });
let endpoint = '';

beforeAll(async () => {
  alarms.evaluate();
  endpoint = await end.listen();
});
afterAll(() => end.close());

const clientOf = (who: Principal, more: CloudWatchClientConfig = {}): CloudWatchClient => {
  const { accessKeyId, secretAccessKey, sessionToken } = who;
  return new CloudWatchClient({
    region: LAB_REGION,
    endpoint,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    ...more,
  });
};

describe.each([
  ['JSON, as the SDK speaks', {}],
  ['CBOR', { protocol: SmithyRpcV2CborProtocol }],
  ['Query', { protocol: AwsQueryProtocol }],
] as const)('by %s', (_protocol, config) => {
  const client = () => clientOf(operator, config);

  it('alarms are described, by name, by prefix and by state', async () => {
    const all = await client().send(
      new DescribeAlarmsCommand({ AlarmNamePrefix: 'Ha-', StateValue: 'ALARM' }),
    );
    expect(all.MetricAlarms?.map(({ AlarmName }) => AlarmName)).toEqual([
      'Ha-mysql-NoHolder',
      'Ha-redis-NoHolder',
    ]);
    expect(all.MetricAlarms?.[0]).toMatchObject({
      AlarmDescription: 'nobody serves the VIPs',
      ActionsEnabled: true,
      AlarmActions: ['arn:aws:sns:us-east-1:111122223333:pages'],
      Statistic: 'Minimum',
      Period: 60,
      Threshold: 1,
      TreatMissingData: 'ignore',
      Dimensions: [
        { Name: 'Arbiter', Value: 'Ha' },
        { Name: 'Group', Value: 'mysql' },
      ],
    });
    expect(all.MetricAlarms?.[0]?.StateUpdatedTimestamp?.getTime()).toBeGreaterThan(nowMs - 1000);
    const one = await client().send(new DescribeAlarmsCommand({ AlarmNames: ['Other'] }));
    expect(one.MetricAlarms).toHaveLength(1);
    const none = await client().send(new DescribeAlarmsCommand({ StateValue: 'OK' }));
    expect(none.MetricAlarms ?? []).toEqual([]);
  });

  it('pages follow one another', async () => {
    const first = await client().send(new DescribeAlarmsCommand({ MaxRecords: 2 }));
    expect(first.MetricAlarms).toHaveLength(2);
    const second = await client().send(new DescribeAlarmsCommand({ NextToken: first.NextToken }));
    expect(second.MetricAlarms?.map(({ AlarmName }) => AlarmName)).toEqual(['Other']);
    expect(second.NextToken).toBeUndefined();
  });

  it('metrics are read by period and statistic; a period without values is no value', async () => {
    const { MetricDataResults } = await client().send(
      new GetMetricDataCommand({
        StartTime: new Date(nowMs - 5 * MINUTE_MS),
        EndTime: new Date(nowMs),
        ScanBy: 'TimestampAscending',
        MetricDataQueries: [
          {
            Id: 'held',
            MetricStat: {
              Metric: {
                Namespace: 'Keepaloft',
                MetricName: 'Held',
                Dimensions: [
                  { Name: 'Arbiter', Value: 'Ha' },
                  { Name: 'Group', Value: 'mysql' },
                ],
              },
              Period: 60,
              Stat: 'Average',
            },
          },
        ],
      }),
    );
    expect(MetricDataResults).toMatchObject([
      {
        Id: 'held',
        Label: 'Held',
        StatusCode: 'Complete',
        Values: [2, 0],
        Timestamps: [new Date(nowMs - 3 * MINUTE_MS), new Date(nowMs - MINUTE_MS)],
      },
    ]);
    const { Metrics } = await client().send(new ListMetricsCommand({ Namespace: 'Keepaloft' }));
    expect(Metrics?.map(({ MetricName }) => MetricName)).toEqual(['Held']);
  });

  it('refusals are the service’s own', async () => {
    const name = (error: unknown) => (error as { name?: string }).name;
    const strange = await client()
      .send(
        new GetMetricDataCommand({
          StartTime: new Date(nowMs),
          EndTime: new Date(nowMs + MINUTE_MS),
          MetricDataQueries: [{ Id: 'sum', Expression: 'm1+m2' }],
        }),
      )
      .catch(name);
    // One word in the older protocol, the other in the newer ones, and the SDK has both.
    expect(strange).toMatch(/^Validation(Error|Exception)$/);
    const stranger = clientOf({ ...operator, secretAccessKey: 'guessed' }, config);
    expect(await stranger.send(new DescribeAlarmsCommand({})).catch(name)).toBe('SignatureDoesNotMatch');
    const reader = clientOf(widget, config);
    expect((await reader.send(new DescribeAlarmsCommand({}))).MetricAlarms).toHaveLength(3);
    expect(await reader.send(new ListMetricsCommand({})).catch(name)).toBe('AccessDeniedException');
    const unknown = new PutMetricAlarmCommand({
      AlarmName: 'x',
      ComparisonOperator: 'LessThanThreshold',
      EvaluationPeriods: 1,
    });
    expect(await client().send(unknown).catch(name)).toBe('InvalidAction');
  });
});
