// Proves, in a lab with real processes, that a function of the template hears what the rules of the template let it hear, and that an alarm of the template fires, tells, and clears. The function is the test's own: it stands in a template made of the built one.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { statusResponseSchema } from '../../core/wire/admin.ts';
import { TEMPLATE_PATH } from '../../lab/cloud/template.ts';
import type { JournalEntry } from '../../lab/control/types.ts';
import { Session } from '../../lab/session.ts';

const keepaloft = fileURLToPath(new URL('../../cli/keepaloft', import.meta.url));
const MINUTE_MS = 60_000;
/** A function starts within a second; on a busy machine it takes its time. */
const HEARD_MS_MAX = 20_000;
const TOPIC = 'arn:aws:sns:us-east-1:111122223333:pages';

/** Says what it was told, and counts its schedule for the group that the template was stamped for. */
const WATCHER = `
export const handler = async (event) => {
  const { source, detail, 'detail-type': type } = event;
  const line = { level: 'INFO', message: 'heard', source, type, detail, where: process.env.WHERE };
  process.stdout.write(JSON.stringify(line) + '\\n');
  if (type === 'Scheduled Event') process.stdout.write(JSON.stringify({
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: [
      { Namespace: 'Test', Dimensions: [['Arbiter', 'Group']], Metrics: [{ Name: 'Heard', Unit: 'Count' }] },
    ] },
    Arbiter: 'Ha', Group: 'demo', Heard: 1,
  }) + '\\n');
};
`;

const documentSchema = z.object({
  group: z.string(),
  template: z.looseObject({ Resources: z.record(z.string(), z.unknown()) }),
});

const watcherArn = { 'Fn::GetAtt': ['Watcher', 'Arn'] };
const target = [{ Id: 'Target0', Arn: watcherArn, RetryPolicy: { MaximumRetryAttempts: 2 } }];

/** The built template, with a function that hears what is to be heard. */
const templateWith = (folder: string): string => {
  const { group, template } = documentSchema.parse(JSON.parse(readFileSync(TEMPLATE_PATH, 'utf8')));
  writeFileSync(join(folder, 'index.mjs'), WATCHER);
  Object.assign(template.Resources, {
    WatcherRole: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } },
    Watcher: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        FunctionName: 'watcher',
        Role: { 'Fn::GetAtt': ['WatcherRole', 'Arn'] },
        Environment: { Variables: { WHERE: { 'Fn::Join': ['/', [{ Ref: 'AWS::Region' }, 'lab']] } } },
      },
      Metadata: { 'aws:asset:path': folder },
    },
    InstanceRule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventPattern: {
          source: ['aws.ec2'],
          'detail-type': ['EC2 Instance State-change Notification', 'EC2 Spot Instance Interruption Warning'],
        },
        State: 'ENABLED',
        Targets: target,
      },
    },
    OwnRule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventPattern: { source: ['keepaloft'], detail: { group: [{ prefix: 'my' }] } },
        Targets: target,
      },
    },
    AlarmRule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventPattern: { source: ['aws.cloudwatch'], detail: { state: { value: ['ALARM'] } } },
        Targets: target,
      },
    },
    Sweep: {
      Type: 'AWS::Events::Rule',
      // Only the test runs it.
      Properties: { ScheduleExpression: 'rate(1 minute)', State: 'DISABLED', Targets: target },
    },
    [`${group}HeardAlarm`]: {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: {
        AlarmName: `Ha-${group}-Heard`,
        Namespace: 'Test',
        MetricName: 'Heard',
        Dimensions: [
          { Name: 'Arbiter', Value: 'Ha' },
          { Name: 'Group', Value: group },
        ],
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 2,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'notBreaching',
        AlarmActions: [TOPIC],
        OKActions: [TOPIC],
      },
    },
  });
  const path = join(folder, 'template.json');
  writeFileSync(path, JSON.stringify({ group, template }));
  return path;
};

describe('the cloud of a lab', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keepaloft-test-'));
  let session: Session;
  beforeAll(async () => {
    session = await Session.open({ hosts: 2, template: templateWith(folder) });
  });
  afterAll(async () => {
    await session.close();
    rmSync(folder, { recursive: true });
  });

  const credentials = () => ({
    accessKeyId: session.info.env['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: session.info.env['AWS_SECRET_ACCESS_KEY'] ?? '',
  });
  const clientOptions = (service: string) => ({
    region: 'us-east-1',
    endpoint: session.info.env[`AWS_ENDPOINT_URL_${service}`] ?? '',
    credentials: credentials(),
  });
  const entries = async (kind: string, from: number): Promise<JournalEntry[]> =>
    (await session.journal(from)).filter((entry) => entry.kind === kind);
  /** What the function has said it heard since then. */
  const heard = async (from: number): Promise<unknown[]> =>
    (await entries('lambda', from))
      .filter((entry) => entry['function'] === 'watcher' && entry['message'] === 'heard')
      .map((entry) => entry['fields']);
  const hears = (from: number, count: number): Promise<void> =>
    session.until(
      `the function hears ${count} events`,
      async () => (await heard(from)).length >= count,
      HEARD_MS_MAX,
    );

  it('tells a function that an instance stops, and that it runs again', async () => {
    const from = await session.mark();
    const instanceId = session.info.hosts.find(({ name }) => name === 'host2')?.instanceId;
    await session.fault({ kind: 'instance-stop', target: 'host2' });
    await hears(from, 2);
    await session.heal();
    await hears(from, 4);
    const states = (await heard(from)).map(
      (fields) => (fields as { detail: { state: string } }).detail.state,
    );
    expect(states.toSorted()).toEqual(['pending', 'running', 'stopped', 'stopping']);
    expect((await heard(from))[0]).toMatchObject({
      source: 'aws.ec2',
      type: 'EC2 Instance State-change Notification',
      detail: { 'instance-id': instanceId },
      where: 'us-east-1/lab',
    });
  });

  it('announces that a spot instance goes', async () => {
    const from = await session.mark();
    const instanceId = session.info.hosts.find(({ name }) => name === 'host1')?.instanceId;
    await session.fault({ kind: 'spot-notice', target: 'host1' });
    await hears(from, 1);
    expect((await heard(from))[0]).toMatchObject({
      type: 'EC2 Spot Instance Interruption Warning',
      detail: { 'instance-id': instanceId, 'instance-action': 'terminate' },
    });
    await session.heal();
  });

  it('delivers what somebody publishes by the rule that it matches, unless it is lost', async () => {
    const client = new EventBridgeClient(clientOptions('EVENTBRIDGE'));
    const publish = (group: string) =>
      client.send(
        new PutEventsCommand({
          Entries: [{ Source: 'keepaloft', DetailType: 'Change', Detail: JSON.stringify({ group }) }],
        }),
      );
    const from = await session.mark();
    await publish('redis');
    await publish('mysql');
    await hears(from, 1);
    await session.fault({ kind: 'events-drop', target: 'Change' });
    await publish('mysql');
    await session.heal();
    await session.client.cloud({
      do: 'put-event',
      source: 'keepaloft',
      detailType: 'Change',
      detail: { group: 'my' },
    });
    await hears(from, 2);
    expect((await heard(from)).map((fields) => (fields as { detail: unknown }).detail)).toEqual([
      { group: 'mysql' },
      { group: 'my' },
    ]);
    // What is told of a delivery comes after what the function says.
    // The product publishes, too, by other rules.
    const delivered = async (): Promise<JournalEntry[]> =>
      (await entries('delivery', from)).filter((entry) => String(entry['rule']).includes('OwnRule'));
    await session.until('all are told of', async () => (await delivered()).length >= 3);
    const outcomes = (await delivered()).map((entry) => String(entry['outcome']));
    expect(outcomes.toSorted()).toEqual(['lost', 'ok', 'ok']);
  });

  it('runs a schedule at command, by the name of its rule', async () => {
    const from = await session.mark();
    expect(await session.client.cloud({ do: 'run-schedule', name: 'Sweep' })).toEqual({ ran: ['Sweep'] });
    await hears(from, 1);
    await expect(session.client.cloud({ do: 'run-schedule', name: 'nobody' })).rejects.toMatchObject({
      code: 'no-such-schedule',
    });
  });

  it('tells operators how many heartbeats come, how long one takes, and how many alarms watch', async () => {
    await session.quiet();
    // What was measured until now is of a whole minute then.
    await session.client.cloud({ do: 'advance', ms: MINUTE_MS });
    // It may end with 1: the machine of a member has been said to stop.
    const argv = ['status', '--lab', session.info.lab, '--json'];
    const ran = promisify(execFile)(keepaloft, argv).catch((error: unknown) => error as { stdout: string });
    const { stdout } = await ran;
    const { pulse } = z.pick(statusResponseSchema, { pulse: true }).parse(JSON.parse(stdout));
    expect(pulse?.beats?.perSecond).toBeGreaterThan(0);
    expect(pulse?.beats?.p99Ms).toBeGreaterThan(0);
    expect(pulse?.alarms.known).toBeGreaterThanOrEqual(12);
  });

  it('lets an alarm fire, tells people and functions, and lets it clear', async () => {
    const client = new CloudWatchClient(clientOptions('CLOUDWATCH'));
    const state = async (): Promise<string | undefined> => {
      const { MetricAlarms } = await client.send(
        new DescribeAlarmsCommand({ AlarmNames: ['Ha-demo-Heard'] }),
      );
      return MetricAlarms?.[0]?.StateValue;
    };
    const sweep = () => session.client.cloud({ do: 'run-schedule', name: 'Sweep' });
    /** Minutes in which nobody hears anything. */
    const silence = (minutes: number) => session.client.cloud({ do: 'advance', ms: minutes * MINUTE_MS });
    await silence(5);
    expect(await state()).toBe('OK');
    const from = await session.mark();
    await sweep();
    await silence(1);
    expect(await state()).toBe('OK');
    await sweep();
    await sweep();
    await silence(1);
    expect(await state()).toBe('ALARM');
    await session.until('the function hears the alarm', async () =>
      (await heard(from)).some((fields) => (fields as { source: string }).source === 'aws.cloudwatch'),
    );
    await silence(5);
    expect(await state()).toBe('OK');
    const told = (await entries('notification', from)).map((entry) => [entry['topic'], entry['subject']]);
    expect(told).toEqual([
      [TOPIC, 'ALARM: "Ha-demo-Heard" in US East (N. Virginia)'],
      [TOPIC, 'OK: "Ha-demo-Heard" in US East (N. Virginia)'],
    ]);
  });
});
