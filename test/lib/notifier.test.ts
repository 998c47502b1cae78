// Proves of each notifier its rule, its function's environment, every right, how often it is tried again, and that
// what goes to DingTalk is collected first.
import type { Template } from 'aws-cdk-lib/assertions';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { beforeAll, describe, expect, it } from 'vitest';
import { KeepaloftArbiter, Notifier } from '../../lib/index.ts';
import { named, ofType, statementsOf, templateOf } from './synthesis.ts';

const TOPIC = 'arn:aws:sns:us-east-1:111122223333:pager';
const secretArn = (name: string): string =>
  `arn:aws:secretsmanager:us-east-1:111122223333:secret:${name}-AbCdEf`;

let template: Template;
beforeAll(() => {
  template = templateOf((stack) => {
    const arbiter = new KeepaloftArbiter(stack, 'Ha');
    const secret = (name: string) => Secret.fromSecretCompleteArn(stack, name, secretArn(name));
    arbiter.addNotifier(Notifier.sns(Topic.fromTopicArn(stack, 'Pager', TOPIC)));
    arbiter.addNotifier(Notifier.slack({ secret: secret('slack'), link: 'https://example.com/board' }));
    arbiter.addNotifier(Notifier.dingTalk({ secret: secret('ding'), timeZone: 'Asia/Shanghai' }));
  });
});

/** The arbiter's own functions have such resources, too. */
const ofNotifiers = (type: string) =>
  ofType(template, type).flatMap(([id, { Properties }]) => (id.startsWith('HaNotifier') ? [Properties] : []));
const functionOf = (index: number) => named(template, `HaNotifier${index}Notify`, 'AWS::Lambda::Function');
const statements = (index: number) => {
  const logs = {
    'Fn::GetAtt': [named(template, `HaNotifier${index}NotifyLogs`, 'AWS::Logs::LogGroup')[0], 'Arn'],
  };
  const [first, ...rest] = statementsOf(template, `HaNotifier${index}NotifyRole`);
  expect(first).toMatchObject({ Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: logs });
  return rest.map(({ Action, Resource }) => [Action, Resource]);
};
const readsSecret = (name: string) => [
  ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
  secretArn(name),
];
const queueArn = () => ({ 'Fn::GetAtt': [named(template, 'HaNotifier3Queue', 'AWS::SQS::Queue')[0], 'Arn'] });

describe('every notifier', () => {
  it('hears what its own arbiter publishes, and nothing else', () => {
    const rules = ofNotifiers('AWS::Events::Rule');
    expect(rules).toHaveLength(3);
    for (const rule of rules) {
      expect(rule).toMatchObject({
        EventPattern: { source: ['keepaloft'], detail: { arbiter: ['Stack-Ha'] } },
        State: 'ENABLED',
        Targets: [{ RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 1800 } }],
      });
    }
  });

  it('is a function of its own that knows where to send, and no secret', () => {
    const variables = [1, 2, 3].map((index) => {
      const environment = functionOf(index)[1].Properties?.['Environment'] as {
        Variables: Record<string, unknown>;
      };
      const { LOG_LEVEL: _, ...rest } = environment.Variables;
      return rest;
    });
    expect(variables).toEqual([
      { CHANNEL: 'sns', TOPIC_ARN: TOPIC },
      { CHANNEL: 'slack', SECRET_ARN: secretArn('slack'), LINK: 'https://example.com/board' },
      { CHANNEL: 'dingtalk', SECRET_ARN: secretArn('ding'), TIME_ZONE: 'Asia/Shanghai' },
    ]);
  });

  it('keeps its lines for 90 days', () => {
    for (const index of [1, 2, 3]) {
      const [, { Properties }] = named(template, `HaNotifier${index}NotifyLogs`, 'AWS::Logs::LogGroup');
      expect(Properties).toEqual({ RetentionInDays: 90 });
    }
  });
});

describe('the rights', () => {
  it('are for its own topic', () => {
    expect(statements(1)).toEqual([['sns:Publish', TOPIC]]);
  });

  it('are for its own secret', () => {
    expect(statements(2)).toEqual([readsSecret('slack')]);
  });

  it('are for its own secret and its own queue', () => {
    expect(statements(3)).toEqual([
      readsSecret('ding'),
      [
        [
          'sqs:ReceiveMessage',
          'sqs:ChangeMessageVisibility',
          'sqs:GetQueueUrl',
          'sqs:DeleteMessage',
          'sqs:GetQueueAttributes',
        ],
        queueArn(),
      ],
    ]);
  });

  it('to invoke are those of the rule', () => {
    const permissions = ofNotifiers('AWS::Lambda::Permission');
    expect(permissions).toHaveLength(2);
    for (const one of permissions) expect(JSON.stringify(one?.['SourceArn'])).toMatch(/HaNotifier[12]Rule/u);
  });
});

describe('what comes too often', () => {
  it('is collected for ten seconds, and then told by two functions at most', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 10,
      ScalingConfig: { MaximumConcurrency: 2 },
      EventSourceArn: queueArn(),
      FunctionName: { Ref: functionOf(3)[0] },
    });
  });

  it('waits in an encrypted queue, over TLS only, and stays for a day when nobody took it', () => {
    const queues = ofType(template, 'AWS::SQS::Queue').map(([, { Properties }]) => Properties);
    expect(queues).toHaveLength(2);
    for (const queue of queues) expect(queue).toMatchObject({ SqsManagedSseEnabled: true });
    expect(named(template, 'HaNotifier3Queue', 'AWS::SQS::Queue')[1].Properties).toMatchObject({
      MessageRetentionPeriod: 1800,
      VisibilityTimeout: 250,
      RedrivePolicy: { maxReceiveCount: 4 },
    });
    expect(named(template, 'HaNotifier3Untold', 'AWS::SQS::Queue')[1].Properties).toMatchObject({
      MessageRetentionPeriod: 86_400,
    });
    const policies = ofType(template, 'AWS::SQS::QueuePolicy').map(([, { Properties }]) =>
      JSON.stringify(Properties),
    );
    expect(policies).toHaveLength(2);
    for (const policy of policies) expect(policy).toContain('"aws:SecureTransport":"false"');
  });

  it('is tried twice more where nothing is collected', () => {
    const configs = ofNotifiers('AWS::Lambda::EventInvokeConfig');
    expect(configs).toHaveLength(2);
    for (const one of configs)
      expect(one).toMatchObject({ MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 1800 });
  });
});
