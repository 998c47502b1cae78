// Proves what the operators' function asks of CloudWatch, that it tells the newest whole minute and only alarms that are
// on, and that it asks no more than twice a minute. The client is the SDK's own; what it would send is answered here.
import { CloudWatchClient, type GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPulse } from '../../../lambdas/cloudwatch/pulse.ts';

/** 40 s into a minute. */
const NOW = Date.UTC(2026, 10, 28, 8, 14, 40);
let sent: object[];
let results: object[];
let client: CloudWatchClient;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ['Date'] });
  sent = [];
  results = [
    { Id: 'count', Values: [120, 60] },
    { Id: 'p99', Values: [41.4, 30] },
  ];
  const MetricAlarms = [
    { AlarmName: 'Ha-mysql-NoStandby', StateValue: 'ALARM', StateReason: 'Threshold crossed' },
    { AlarmName: 'Ha-ArbiterBlind', StateValue: 'OK' },
    { AlarmName: 'Ha-mysql-Drift', StateValue: 'INSUFFICIENT_DATA' },
  ];
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  client = new CloudWatchClient({ region: 'us-east-1', credentials });
  client.middlewareStack.add(
    () => (args) => {
      sent.push(args.input);
      const answer = 'AlarmNamePrefix' in args.input ? { MetricAlarms } : { MetricDataResults: results };
      return Promise.resolve({ response: {}, output: { $metadata: {}, ...answer } });
    },
    { step: 'initialize', name: 'answeredHere', priority: 'low' },
  );
});
afterEach(() => vi.useRealTimers());

const pulse = () => createPulse({ arbiter: 'Ha', functionName: 'Ha-Heartbeat-1', client });

describe('the pulse', () => {
  it('is the newest whole minute of the function, and the alarms that are on', async () => {
    expect(await pulse()()).toEqual({
      beats: { perSecond: 2, p99Ms: 41.4 },
      alarms: { known: 3, alarming: [{ name: 'mysql-NoStandby', reason: 'Threshold crossed' }] },
    });
    const asked = sent.find((input) => 'MetricDataQueries' in input) as GetMetricDataCommand['input'];
    expect(asked).toMatchObject({
      StartTime: new Date(Date.UTC(2026, 10, 28, 8, 4)),
      EndTime: new Date(Date.UTC(2026, 10, 28, 8, 14)),
      ScanBy: 'TimestampDescending',
    });
    const dimensions = [{ Name: 'FunctionName', Value: 'Ha-Heartbeat-1' }];
    expect(asked.MetricDataQueries?.map(({ MetricStat }) => MetricStat)).toEqual([
      {
        Metric: { Namespace: 'AWS/Lambda', MetricName: 'Invocations', Dimensions: dimensions },
        Period: 60,
        Stat: 'Sum',
      },
      {
        Metric: { Namespace: 'AWS/Lambda', MetricName: 'Duration', Dimensions: dimensions },
        Period: 60,
        Stat: 'p99',
      },
    ]);
  });

  it('has no beats before CloudWatch has a whole minute', async () => {
    results = [{ Id: 'count', Values: [] }, { Id: 'p99' }];
    expect((await pulse()()).beats).toBeNull();
  });

  it('is kept for half a minute', async () => {
    const ask = pulse();
    await ask();
    vi.setSystemTime(NOW + 29_999);
    await ask();
    expect(sent).toHaveLength(2);
    vi.setSystemTime(NOW + 30_000);
    await ask();
    expect(sent).toHaveLength(4);
    // A clock that steps back must not keep it for ever.
    vi.setSystemTime(NOW);
    await ask();
    expect(sent).toHaveLength(6);
  });
});
