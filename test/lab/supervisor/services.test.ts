// Proves how EventBridge, CloudWatch, SNS and Auto Scaling of a lab are wired to each other and to its functions: an alarm tells its topic, its function and the bus, and minutes pass on demand.
import { AutoScalingClient, CompleteLifecycleActionCommand } from '@aws-sdk/client-auto-scaling';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CloudPlan } from '../../../lab/cloud/cloud.ts';
import { LabClock } from '../../../lab/ends/clock.ts';
import { type CredentialStore, LAB_REGION } from '../../../lab/ends/credentials.ts';
import { compilePattern } from '../../../lab/ends/events/pattern.ts';
import { Journal } from '../../../lab/supervisor/journal.ts';
import { Services } from '../../../lab/supervisor/services.ts';
import { instanceId, storeOf } from '../ends/small-vpc.ts';

const MINUTE_MS = 60_000;
const TOPIC = 'arn:aws:sns:us-east-1:111122223333:pages';
const arnOf = (name: string): string => `arn:aws:lambda:us-east-1:111122223333:function:${name}`;
const ruleOf = (name: string) => ({
  name,
  arn: `arn:aws:events:us-east-1:111122223333:rule/${name}`,
  isEnabled: true,
  source: 'aws.events',
});
const functionOf = (name: string) => ({
  name,
  arn: arnOf(name),
  artefact: name,
  module: '',
  handler: 'handler',
  timeoutMs: 1000,
  memoryMb: 128,
  reservedConcurrency: undefined,
  env: {},
  permissions: [],
});
const functions = ['sweep', 'events', 'pager', 'subscriber'].map(functionOf);

const plan: CloudPlan = {
  table: 'keepaloft',
  functions,
  routes: [],
  rules: [
    { ...ruleOf('Every'), everyMs: MINUTE_MS, targets: [{ id: '1', arn: arnOf('sweep') }] },
    {
      ...ruleOf('Alarms'),
      matches: compilePattern({ 'detail-type': ['CloudWatch Alarm State Change'] }),
      targets: [{ id: '1', arn: arnOf('events') }],
    },
  ],
  alarms: [
    {
      name: 'Blind',
      arn: 'arn:aws:cloudwatch:us-east-1:111122223333:alarm:Blind',
      description: 'the watcher is dead',
      metric: { namespace: 'Keepaloft', name: 'Sweeps', dimensions: { Arbiter: 'Ha' } },
      statistic: 'Sum',
      periodMs: MINUTE_MS,
      evaluationPeriods: 3,
      datapointsToAlarm: 3,
      comparison: 'LessThanThreshold',
      threshold: 1,
      missingData: 'breaching',
      actionsEnabled: true,
      actions: { ALARM: [TOPIC, arnOf('pager')], OK: [TOPIC], INSUFFICIENT_DATA: [] },
    },
  ],
  topics: { [TOPIC]: [arnOf('subscriber')] },
  deployment: [],
  memberPermissions: [],
  functionName: (arn) => functions.find((one) => one.arn === arn)?.name ?? '',
};

let services: Services;
let journal: Journal;
let credentials: CredentialStore;
let invoked: { name: string; event: unknown }[];

beforeEach(() => {
  const clock = new LabClock();
  credentials = storeOf(clock);
  journal = new Journal();
  invoked = [];
  services = new Services({
    plan,
    clock,
    credentials,
    journal,
    invoke: async (name, event) => {
      invoked.push({ name, event });
      // What a sweep logs.
      if (name === 'sweep')
        services.measured({
          function: name,
          namespace: 'Keepaloft',
          name: 'Sweeps',
          unit: 'Count',
          values: [1],
          dimensions: {},
          dimensionSets: [{ Arbiter: 'Ha' }],
          timestampMs: clock.nowMs() - 1,
        });
      return { ok: true, requestId: 'r', payload: null };
    },
    onError: (error) => {
      throw error;
    },
  });
});
afterEach(() => services.close());

const stateOf = async (ms: number, schedules: boolean): Promise<string | undefined> => {
  await services.perform({ do: 'advance', ms, schedules });
  return services.alarms()[0]?.state;
};
const names = (): string[] => invoked.map(({ name }) => name);

describe('minutes that pass', () => {
  it('run the schedules, and the alarm is well; without them it fires, and says so to everybody', async () => {
    expect(await stateOf(3 * MINUTE_MS, true)).toBe('OK');
    expect(names().filter((name) => name === 'sweep')).toHaveLength(3);
    expect(await stateOf(5 * MINUTE_MS, false)).toBe('ALARM');
    await expect.poll(names).toEqual(expect.arrayContaining(['events', 'pager', 'subscriber']));
    const told = journal.page(0).entries.filter(({ kind }) => kind === 'notification');
    expect(told.map((entry) => entry['subject'])).toEqual([
      'OK: "Blind" in US East (N. Virginia)',
      'ALARM: "Blind" in US East (N. Virginia)',
    ]);
    expect(await stateOf(MINUTE_MS, true)).toBe('OK');
  });

  it('less than one is not judged', async () => {
    expect(await stateOf(MINUTE_MS - 1, false)).toBe('INSUFFICIENT_DATA');
  });
});

describe('orders', () => {
  it('run a schedule by its rule or its function, or all', async () => {
    for (const name of ['Every', 'sweep', undefined]) {
      const order = { do: 'run-schedule' as const, ...(name === undefined ? {} : { name }) };
      expect(await services.perform(order)).toEqual({ ran: ['Every'] });
    }
    expect(names()).toEqual(['sweep', 'sweep', 'sweep']);
    await expect(services.perform({ do: 'run-schedule', name: 'x' })).rejects.toMatchObject({
      code: 'no-such-schedule',
      remedy: 'name one of: Every, sweep',
    });
  });

  it('put an event, which the journal tells with the rules that it matches', async () => {
    const detailType = 'CloudWatch Alarm State Change';
    const outcome = await services.perform({ do: 'put-event', source: 'me', detailType, detail: { a: 1 } });
    expect(outcome).toHaveProperty('eventId');
    await expect.poll(names).toEqual(['events']);
    const [event] = journal.page(0).entries;
    expect(event).toMatchObject({ kind: 'event', source: 'me', detailType, rules: ['Alarms'] });
  });

  it('put the event of a lifecycle hook: then the action waits, and the journal tells when it is completed', async () => {
    const { AWS_ENDPOINT_URL_AUTO_SCALING: endpoint = '' } = await services.listen();
    const names = { AutoScalingGroupName: 'web', LifecycleHookName: 'keepaloft' };
    const detail = { ...names, LifecycleActionToken: 'token', EC2InstanceId: instanceId(1) };
    const detailType = 'EC2 Instance-terminate Lifecycle Action';
    await services.perform({ do: 'put-event', source: 'aws.autoscaling', detailType, detail });
    const { accessKeyId, secretAccessKey } = credentials.operator();
    const keys = { accessKeyId, secretAccessKey };
    const client = new AutoScalingClient({ region: LAB_REGION, endpoint, credentials: keys });
    const words = { ...names, LifecycleActionToken: 'token', LifecycleActionResult: 'CONTINUE' };
    await client.send(new CompleteLifecycleActionCommand(words));
    expect(journal.page(0).entries.at(-1)).toMatchObject({
      kind: 'lifecycle',
      instance: instanceId(1),
      autoScalingGroup: 'web',
      hook: 'keepaloft',
    });
  });
});
