// Proves what wakes the arbiter besides requests: a schedule, and events about the members' machines and no others.
import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { Check, KeepaloftArbiter, Member, Vip } from '../../lib/index.ts';
import { named, nodeA, nodeB, ofType, statementsOf, templateOf } from './synthesis.ts';

const withMembers = (instances: readonly string[]): Template =>
  templateOf((stack) => {
    const arbiter = new KeepaloftArbiter(stack, 'Ha');
    // No more than eight in a group.
    for (let from = 0; from < instances.length; from += 8) {
      const members = instances.slice(from, from + 8).map((id) => Member.fromInstanceId(id));
      arbiter.addGroup(`g${from}`, { vips: [Vip.secondaryIp(`172.31.0.${10 + from}`)], members });
    }
  });
const patternOf = (template: Template, prefix: string): unknown =>
  named(template, prefix, 'AWS::Events::Rule')[1].Properties?.['EventPattern'];

let template: Template;
beforeAll(() => {
  template = withMembers([nodeA, nodeB]);
});
const arnOf = (prefix: string) => ({
  'Fn::GetAtt': [named(template, prefix, 'AWS::Lambda::Function')[0], 'Arn'],
});

describe('the sweep', () => {
  it('comes once a minute, by its own word, and is not tried again', () => {
    const [, { Properties }] = named(template, 'HaSweepSchedule', 'AWS::Events::Rule');
    expect(Properties).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      Targets: [
        {
          Arn: arnOf('HaSweep'),
          Input: JSON.stringify({ v: 1, do: 'sweep' }),
          RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
        },
      ],
    });
    const [, config] = named(template, 'HaSweepEventInvokeConfig', 'AWS::Lambda::EventInvokeConfig');
    expect(config.Properties).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
  });
});

describe('events', () => {
  it('of states and interruptions, about the members only', () => {
    expect(patternOf(template, 'HaEventsMachines')).toEqual({
      source: ['aws.ec2'],
      'detail-type': ['EC2 Instance State-change Notification', 'EC2 Spot Instance Interruption Warning'],
      detail: { 'instance-id': [nodeA, nodeB] },
    });
  });

  it('of lifecycle actions, about the members only', () => {
    expect(patternOf(template, 'HaEventsLifecycle')).toEqual({
      source: ['aws.autoscaling'],
      'detail-type': ['EC2 Instance-terminate Lifecycle Action'],
      detail: { EC2InstanceId: [nodeA, nodeB] },
    });
  });

  it('of retirements, about the members only', () => {
    expect(patternOf(template, 'HaEventsRetirements')).toEqual({
      source: ['aws.health'],
      'detail-type': ['AWS Health Event'],
      detail: {
        service: ['EC2'],
        eventTypeCode: [
          'AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED',
          'AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED',
          'AWS_EC2_INSTANCE_STOP_SCHEDULED',
        ],
        affectedEntities: { entityValue: [nodeA, nodeB] },
      },
    });
  });

  it('go to their function, twice more when it fails, for ten minutes', () => {
    for (const name of ['Machines', 'Lifecycle', 'Retirements']) {
      const [, { Properties }] = named(template, `HaEvents${name}`, 'AWS::Events::Rule');
      expect(Properties).toMatchObject({
        Targets: [
          {
            Arn: arnOf('HaEvents'),
            RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 600 },
          },
        ],
      });
    }
    const [, config] = named(template, 'HaEventsEventInvokeConfig', 'AWS::Lambda::EventInvokeConfig');
    expect(config.Properties).toMatchObject({ MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 600 });
  });

  it('about every machine where more are members than a pattern holds, or none is known', () => {
    const id = (index: number): string => `i-0123456789abc${index.toString(16).padStart(4, '0')}`;
    const many = withMembers(Array.from({ length: 76 }, (_, index) => id(index)));
    expect(patternOf(many, 'HaEventsMachines')).not.toHaveProperty('detail');
    const most = patternOf(
      withMembers(Array.from({ length: 75 }, (_, index) => id(index))),
      'HaEventsRetirements',
    );
    expect(JSON.stringify(most).length).toBeLessThanOrEqual(2048);
    expect(patternOf(withMembers([]), 'HaEventsLifecycle')).not.toHaveProperty('detail');
  });

  it('about every machine when members come and go', () => {
    const any = templateOf((stack) => new KeepaloftArbiter(stack, 'Ha').eventsFunction.watchAll());
    expect(patternOf(any, 'HaEventsMachines')).not.toHaveProperty('detail');
  });
});

describe('who may invoke', () => {
  it('each rule its one function, and nobody else', () => {
    const permissions = ofType(template, 'AWS::Lambda::Permission')
      .map(([, { Properties }]) => Properties)
      .filter((properties) => properties?.['Principal'] === 'events.amazonaws.com');
    expect(permissions).toHaveLength(4);
    for (const permission of permissions) {
      const source = permission?.['SourceArn'] as { 'Fn::GetAtt': string[] } | undefined;
      const [rule] = source?.['Fn::GetAtt'] ?? [];
      const functionName = rule?.startsWith('HaSweep') === true ? 'HaSweep' : 'HaEvents';
      expect(permission).toMatchObject({
        Action: 'lambda:InvokeFunction',
        FunctionName: arnOf(functionName),
      });
    }
  });
});

describe('alarms that are checks', () => {
  const withChecks = (checks: Record<string, Check>): Template =>
    templateOf((stack) => {
      const arbiter = new KeepaloftArbiter(stack, 'Ha');
      const members = [nodeA, nodeB].map((id) => Member.fromInstanceId(id));
      arbiter.addGroup('mysql', { vips: [Vip.secondaryIp('172.31.0.201')], members, checks });
      arbiter.addGroup('redis', { vips: [Vip.secondaryIp('172.31.0.202')], members, checks });
    });
  const asksAbout = (from: Template, role: string): unknown[] =>
    statementsOf(from, role).flatMap(({ Action, Resource }) =>
      Action === 'cloudwatch:DescribeAlarms' ? [Resource] : [],
    );

  it('are heard of and asked about by the beginning of their names, and no others', () => {
    const lag = withChecks({ lag: Check.alarm('replica-lag-{instance}'), db: Check.tcp('127.0.0.1:3306') });
    expect(patternOf(lag, 'HaAlarmChecks')).toEqual({
      source: ['aws.cloudwatch'],
      'detail-type': ['CloudWatch Alarm State Change'],
      detail: { alarmName: [{ prefix: 'replica-lag-' }] },
    });
    for (const role of ['HaSweepRole', 'HaEventsRole'])
      expect(JSON.stringify(asksAbout(lag, role))).toMatch(/:alarm:replica-lag-\*"\]\]\}\]$/);
    for (const role of ['HaHeartbeatRole', 'HaEnrollRole', 'HaConfigureRole'])
      expect(asksAbout(lag, role)).toEqual([]);
  });

  it('may begin with the member’s id: then every alarm is heard of', () => {
    const any = withChecks({ lag: Check.alarm('{instance}-lag', { weight: -50 }) });
    expect(patternOf(any, 'HaAlarmChecks')).toEqual({
      source: ['aws.cloudwatch'],
      'detail-type': ['CloudWatch Alarm State Change'],
    });
  });

  it('need a rule and rights only where there are any', () => {
    const rules = ofType(template, 'AWS::Events::Rule').map(([id]) => id);
    expect(rules.filter((id) => id.startsWith('HaAlarmChecks'))).toEqual([]);
    expect(asksAbout(template, 'HaSweepRole')).toEqual([]);
  });

  it('are about one member each', () => {
    expect(() => withChecks({ lag: Check.alarm('replica-lag') })).toThrow(/must contain \{instance\}/);
  });
});
