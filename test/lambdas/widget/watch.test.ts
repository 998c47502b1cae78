// Proves what is asked of CloudWatch and what is made of its answers, and that whatever it does not answer is told as that
// and hides nothing. The client is the SDK's own; what it would send is taken before it leaves, and answered here.
import { CloudWatchClient, DescribeAlarmsCommand, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { beforeEach, describe, expect, it } from 'vitest';
import { createWatch } from '../../../lambdas/widget/watch.ts';

let sent: unknown[];
let answer: (command: unknown) => Promise<object>;
let client: CloudWatchClient;

beforeEach(() => {
  sent = [];
  client = new CloudWatchClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  client.middlewareStack.add(
    () => async (args) => {
      sent.push(args.input);
      return { response: {}, output: { $metadata: {}, ...(await answer(args.input)) } };
    },
    { step: 'initialize', name: 'answeredHere', priority: 'low' },
  );
  answer = (input) =>
    Promise.resolve(
      'AlarmNamePrefix' in Object(input)
        ? {
            MetricAlarms: [
              { AlarmName: 'Ha-mysql-NoStandby', StateValue: 'ALARM', StateReason: 'Threshold crossed' },
              { AlarmName: 'Ha-ArbiterBlind', StateValue: 'OK' },
              { AlarmName: 'Ha-new', StateValue: 'NOVEL' },
            ],
          }
        : {
            MetricDataResults: [
              { Id: 'g0t0', Values: [90, 80] },
              { Id: 'g1t2', Values: [4820] },
            ],
          },
    );
});

describe('CloudWatch', () => {
  it('is asked for the alarms by the beginning of their names, and for metrics of each group', async () => {
    await createWatch('Ha', client)(['mysql', 'redis']);
    expect(sent[0]).toEqual({ AlarmNamePrefix: 'Ha-', MaxRecords: 100 });
    const { MetricDataQueries = [] } = sent[1] as GetMetricDataCommand['input'];
    expect(
      MetricDataQueries.map(({ Id, MetricStat }) => [Id, MetricStat?.Metric?.MetricName, MetricStat?.Stat]),
    ).toEqual([
      ['g0t0', 'LeaseMargin', 'Minimum'],
      ['g0t1', 'EligibleStandbys', 'Minimum'],
      ['g0t2', 'OutageMs', 'Maximum'],
      ['g1t0', 'LeaseMargin', 'Minimum'],
      ['g1t1', 'EligibleStandbys', 'Minimum'],
      ['g1t2', 'OutageMs', 'Maximum'],
    ]);
    expect(MetricDataQueries[5]?.MetricStat?.Metric).toMatchObject({
      Namespace: 'Keepaloft',
      Dimensions: [
        { Name: 'Arbiter', Value: 'Ha' },
        { Name: 'Group', Value: 'redis' },
      ],
    });
  });

  it('tells alarms by the rest of their names, and metrics by group', async () => {
    expect(await createWatch('Ha', client)(['mysql', 'redis'])).toEqual({
      problem: null,
      alarms: [
        { name: 'mysql-NoStandby', state: 'ALARM', reason: 'Threshold crossed' },
        { name: 'ArbiterBlind', state: 'OK', reason: '' },
      ],
      traces: {
        mysql: [
          { label: 'lease margin', unit: ' %', values: [90, 80] },
          { label: 'standbys', unit: '', values: [] },
          { label: 'outage', unit: ' ms', values: [] },
        ],
        redis: [
          { label: 'lease margin', unit: ' %', values: [] },
          { label: 'standbys', unit: '', values: [] },
          { label: 'outage', unit: ' ms', values: [4820] },
        ],
      },
    });
  });

  it('is asked for no more metrics than a dashboard is worth, and for none of no group', async () => {
    await createWatch('Ha', client)(Array.from({ length: 32 }, (_, index) => `g${index}`));
    expect((sent[1] as GetMetricDataCommand['input']).MetricDataQueries).toHaveLength(36);
    sent = [];
    await createWatch('Ha', client)([]);
    expect(sent).toEqual([
      { AlarmNamePrefix: 'Ha-', MaxRecords: 100 } satisfies DescribeAlarmsCommand['input'],
    ]);
  });

  it('that refuses is told as that', async () => {
    answer = () => Promise.reject(Object.assign(new Error('not authorized'), { name: 'AccessDenied' }));
    expect(await createWatch('Ha', client)(['mysql'])).toEqual({
      alarms: [],
      traces: {},
      problem: 'alarms and metrics cannot be read (AccessDenied)',
    });
  });

  it('is not asked by a deployment without a name', async () => {
    expect(await createWatch(undefined, client)(['mysql'])).toEqual({
      alarms: [],
      traces: {},
      problem: null,
    });
    expect(sent).toEqual([]);
  });
});
