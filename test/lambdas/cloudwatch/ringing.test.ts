// Proves which alarms are asked for, and that no answer is never taken for "over". The client is the SDK's own; what it would
// send is answered here.
import { CloudWatchClient, type DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { expect, it } from 'vitest';
import { createAskRinging } from '../../../lambdas/cloudwatch/ringing.ts';

const asking = (answer: (input: DescribeAlarmsCommand['input']) => object) => {
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const client = new CloudWatchClient({ region: 'us-east-1', credentials });
  client.middlewareStack.add(
    () => (args) => {
      const output = answer(args.input as DescribeAlarmsCommand['input']);
      return Promise.resolve({ response: {}, output: { $metadata: {}, ...output } });
    },
    { step: 'initialize', name: 'answeredHere', priority: 'low' },
  );
  return (names: readonly string[]) => createAskRinging(client)(names, new AbortController().signal);
};

it('asks by name for those that are on, a hundred at a time', async () => {
  const asked: DescribeAlarmsCommand['input'][] = [];
  const names = Array.from({ length: 130 }, (_, index) => `lag-${index}`);
  const on = await asking((input) => {
    asked.push(input);
    return { MetricAlarms: [{ AlarmName: input.AlarmNames?.[0] }] };
  })(names);
  expect([...on]).toEqual(['lag-0', 'lag-100']);
  expect(asked.map(({ AlarmNames, StateValue }) => [AlarmNames?.length, StateValue])).toEqual([
    [100, 'ALARM'],
    [30, 'ALARM'],
  ]);
});

it('asks nothing for no alarm', async () => {
  const on = await asking(() => {
    throw new Error('asked');
  })([]);
  expect(on.size).toBe(0);
});

it('fails when CloudWatch does', async () => {
  const broken = asking(() => {
    throw new Error('throttled');
  });
  await expect(broken(['lag'])).rejects.toThrow('throttled');
});
