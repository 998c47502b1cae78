// Proves what `npx cdk deploy -c config=…` makes of its context, and what it says when it is wrong.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { build } from '../../bin/app.ts';
import { DeploymentError } from '../../lib/index.ts';
import { inApp, ofType } from '../lib/synthesis.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
/** Every keepaloft.yaml of an example; what is played in the lab besides is no group file. */
const FILES = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.yaml') && !name.endsWith('scenario.yaml'),
);
const config = join(EXAMPLES, 'existing-instances.yaml');

const built = (context: Record<string, unknown>): Template =>
  inApp((app) => Template.fromStack(build(app)), context);

describe('the app', () => {
  it('is tried with every example that has a file', () => {
    expect(FILES.toSorted()).toEqual([
      'edge-bfd/keepaloft.yaml',
      'existing-instances.yaml',
      'mysql-redis-mongodb/keepaloft.yaml',
      'overlay-route-eip/keepaloft.yaml',
      'tomcat-l2/keepaloft.yaml',
    ]);
  });

  it.each(FILES)('synthesises examples/%s', (name) => {
    const template = built({ config: join(EXAMPLES, name) });
    expect(ofType(template, 'Custom::KeepaloftGroup').length).toBeGreaterThan(0);
    template.hasOutput('Endpoint', {});
    template.hasOutput('TableName', {});
  });

  it('takes roles, a subnet and a name for its stack', () => {
    const context = {
      config,
      memberRoles: 'database, cache',
      subnet: 'subnet-0a000000000000001',
      stack: 'Ha',
    };
    const template = inApp((app) => {
      const stack = build(app);
      expect(stack.stackName).toBe('Ha');
      return Template.fromStack(stack);
    }, context);
    const [, heartbeat] =
      ofType(template, 'AWS::Lambda::Function').find(([id]) => id.includes('Heartbeat')) ?? [];
    expect(heartbeat?.Properties).toMatchObject({
      Environment: { Variables: { MEMBER_ROLES: 'database,cache' } },
    });
    template.hasResourceProperties('AWS::EC2::SubnetCidrReservation', {
      SubnetId: 'subnet-0a000000000000001',
    });
    const grants = ofType(template, 'AWS::IAM::Policy').filter(([id]) => id.startsWith('Member'));
    expect(grants.map(([, { Properties }]) => Properties?.['Roles'])).toEqual([['database'], ['cache']]);
  });

  it('a group may be removed by force only where it is asked for', () => {
    const forced = ofType(built({ config, forceRemoval: 'mysql' }), 'Custom::KeepaloftGroup');
    expect(forced.map(([, { Properties }]) => Properties?.['ForceRemoval'])).toEqual(['true']);
  });

  it('observes where it is asked to, and then may change nothing in EC2', () => {
    const documents = (context: Record<string, unknown>): string =>
      JSON.stringify(ofType(built({ config, ...context }), 'Custom::KeepaloftGroup'));
    expect(documents({ mode: 'observe' })).toContain('\\"mode\\":\\"observe\\"');
    expect(JSON.stringify(built({ config, mode: 'observe' }).toJSON())).not.toContain('AssignPrivateIp');
    expect(JSON.stringify(built({ config }).toJSON())).toContain('ec2:AssignPrivateIpAddresses');
    expect(built({ config, mode: 'enforce' }).toJSON()).toEqual(built({ config }).toJSON());
  });

  it('has alarms and a dashboard where they are asked for, and neither by itself', () => {
    const alarms = 'arn:aws:sns:us-east-1:111122223333:pager';
    const count = (context: Record<string, unknown>): number[] => {
      const template = built({ config, ...context });
      return ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::Dashboard'].map(
        (type) => ofType(template, type).length,
      );
    };
    const groups = ofType(built({ config }), 'Custom::KeepaloftGroup').length;
    expect(count({})).toEqual([0, 0]);
    expect(count({ alarms })).toEqual([2 + 10 * groups, 0]);
    expect(count({ dashboard: 'view' })).toEqual([0, 1]);
    const console = (dashboard: string): unknown =>
      ofType(built({ config, dashboard }), 'AWS::Lambda::Function').find(([id]) =>
        id.includes('Console'),
      )?.[1].Properties;
    expect(console('view')).toMatchObject({ Environment: { Variables: { OPERATE: 'false' } } });
    expect(console('operate')).toMatchObject({ Environment: { Variables: { OPERATE: 'true' } } });
  });

  it('tells those that are named, each by what it needs and nothing else', () => {
    const secret = (name: string): string =>
      `arn:aws:secretsmanager:us-east-1:111122223333:secret:${name}-AbCdEf`;
    const context = {
      notify: 'arn:aws:sns:us-east-1:111122223333:news',
      slack: secret('slack'),
      dingTalk: secret('ding'),
    };
    const channels = ofType(built({ config, ...context }), 'AWS::Lambda::Function')
      .filter(([id]) => id.includes('Notifier'))
      .map(
        ([, { Properties }]) => (Properties?.['Environment'] as { Variables: object } | undefined)?.Variables,
      );
    expect(channels).toMatchObject([
      { CHANNEL: 'sns', TOPIC_ARN: context.notify },
      { CHANNEL: 'slack', SECRET_ARN: context.slack },
      { CHANNEL: 'dingtalk', SECRET_ARN: context.dingTalk },
    ]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no file', {}, 'name the groups’ file'.replace('’', "'")],
    ['a list where a text belongs', { config: ['a.yaml'] }, '-c config: a text, not ["a.yaml"]'],
    ['a file that is not there', { config: '/nowhere.yaml' }, '/nowhere.yaml cannot be read'],
    ['a group that is not in the file', { config, forceRemoval: 'redis' }, 'no group redis in'],
    ['a topic that is none', { config, alarms: 'pager' }, '-c alarms: the ARN of an SNS topic, not pager'],
    [
      'a topic to tell that is none',
      { config, notify: 'news' },
      '-c notify: the ARN of an SNS topic, not news',
    ],
    ['a secret’s name', { config, slack: 'hook' }, '-c slack: the whole ARN of a secret, not hook'],
    ['a mode that is none', { config, mode: 'Observe' }, '-c mode: observe or enforce, not Observe'],
    ['a dashboard of another kind', { config, dashboard: 'yes' }, '-c dashboard: view or operate, not yes'],
  ])('%s is told with what to do', (_, context, reason) => {
    expect(() => built(context)).toThrow(DeploymentError);
    expect(() => built(context)).toThrow(reason);
  });
});
