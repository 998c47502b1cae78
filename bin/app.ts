/** The app of `npx cdk deploy -c config=keepaloft.yaml`: one stack with one arbiter and the groups of one file. */
import { type App, CfnOutput, Stack, Validations } from 'aws-cdk-lib';
import { type ISubnet, Subnet } from 'aws-cdk-lib/aws-ec2';
import { Role } from 'aws-cdk-lib/aws-iam';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { DeploymentError, type FailoverGroup, KeepaloftArbiter, Mode, Notifier } from '../lib/index.ts';

const STACK_DEFAULT = 'Keepaloft';

/** What `-c` may say besides `config`. The CDK refuses no unknown key of its context: others use it, too. */
const USAGE = `name the groups' file: npx cdk deploy -c config=keepaloft.yaml
  -c stack=NAME               of the stack (${STACK_DEFAULT})
  -c memberRoles=ROLE,ROLE    of the instances: granted their heartbeats, and nobody else is believed
  -c subnet=subnet-…          of all VIPs: they are reserved there
  -c forceRemoval=GROUP,…     groups that may be removed even while somebody holds them
  -c mode=observe|enforce     observe: every group observes, and nothing in EC2 is changed; enforce: as the file says
  -c alarms=TOPIC_ARN         the default alarms of every group, told to an SNS topic
  -c dashboard=view|operate   a CloudWatch dashboard; operate: with buttons that move VIPs
  -c notify=TOPIC_ARN         what the arbiter decides, told to an SNS topic
  -c slack=SECRET_ARN         the same told to Slack, by the webhook in a secret
  -c dingTalk=SECRET_ARN      the same told to DingTalk, by the robot in a secret`;

/** @throws DeploymentError for a value that is no text, as in a cdk.json of one's own */
const text = (app: App, key: string): string | undefined => {
  const value: unknown = app.node.tryGetContext(key);
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw new DeploymentError(`-c ${key}: a text, not ${JSON.stringify(value)}`);
  return value;
};

const list = (app: App, key: string): string[] =>
  (text(app, key) ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** @throws DeploymentError for anything else than what USAGE says */
const addDashboard = (arbiter: KeepaloftArbiter, wanted: string | undefined): void => {
  if (wanted === undefined) return;
  if (wanted !== 'view' && wanted !== 'operate') {
    throw new DeploymentError(`-c dashboard: view or operate, not ${wanted}`);
  }
  arbiter.addDashboard({ operate: wanted === 'operate' });
};

/** @throws DeploymentError for anything else than what USAGE says */
const modeOf = (wanted: string | undefined): Mode => {
  if (wanted === undefined || wanted === 'enforce') return Mode.ENFORCE;
  if (wanted === 'observe') return Mode.OBSERVE;
  throw new DeploymentError(`-c mode: observe or enforce, not ${wanted}`);
};

/** @throws DeploymentError when it is no topic's ARN */
const topicOf = (stack: Stack, id: string, key: string, arn: string): ITopic => {
  if (!/^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]+$/u.test(arn)) {
    throw new DeploymentError(`-c ${key}: the ARN of an SNS topic, not ${arn}`);
  }
  return Topic.fromTopicArn(stack, id, arn);
};

/** @throws DeploymentError when it is no secret's ARN */
const secretOf = (stack: Stack, id: string, key: string, arn: string): ISecret => {
  // With the six characters that Secrets Manager adds, or the right to read it could not be named.
  if (!/^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]+-\w{6}$/u.test(arn)) {
    throw new DeploymentError(`-c ${key}: the whole ARN of a secret, not ${arn}`);
  }
  return Secret.fromSecretCompleteArn(stack, id, arn);
};

const addNotifiers = (app: App, stack: Stack, arbiter: KeepaloftArbiter): void => {
  const [notify, slack, dingTalk] = ['notify', 'slack', 'dingTalk'].map((key) => text(app, key));
  if (notify !== undefined) {
    arbiter.addNotifier(Notifier.sns(topicOf(stack, 'NotifyTopic', 'notify', notify)));
  }
  if (slack !== undefined) {
    arbiter.addNotifier(Notifier.slack({ secret: secretOf(stack, 'SlackSecret', 'slack', slack) }));
  }
  if (dingTalk !== undefined) {
    arbiter.addNotifier(
      Notifier.dingTalk({ secret: secretOf(stack, 'DingTalkSecret', 'dingTalk', dingTalk) }),
    );
  }
};

const addAlarms = (stack: Stack, groups: readonly FailoverGroup[], topicArn: string | undefined): void => {
  if (topicArn === undefined) return;
  const topic = topicOf(stack, 'AlarmTopic', 'alarms', topicArn);
  for (const group of groups) group.addDefaultAlarms(topic);
};

/** Only its id is known, and only its id is needed. */
const subnetOf = (stack: Stack, id: string): ISubnet => {
  const subnet = Subnet.fromSubnetId(stack, 'Subnet', id);
  Validations.of(subnet).acknowledge({
    id: '@aws-cdk/aws-ec2:noSubnetRouteTableId',
    reason: 'Addresses are reserved in it; its routes are not touched.',
  });
  return subnet;
};

/**
 * Builds the stack that the app's context asks for.
 * @throws DeploymentError, DocumentError: their messages are for whoever deploys
 */
export const build = (app: App): Stack => {
  const config = text(app, 'config');
  if (config === undefined) throw new DeploymentError(USAGE);
  const stack = new Stack(app, text(app, 'stack') ?? STACK_DEFAULT, {
    description: 'Keepaloft: virtual IPs that survive a host',
  });
  const arbiter = new KeepaloftArbiter(stack, 'Arbiter', { mode: modeOf(text(app, 'mode')) });
  const subnet = text(app, 'subnet');
  const groups = arbiter.addGroupsFromFile(config, {
    memberRoles: list(app, 'memberRoles').map((name) => Role.fromRoleName(stack, `Member-${name}`, name)),
    forceRemoval: list(app, 'forceRemoval'),
    ...(subnet === undefined ? {} : { subnet: subnetOf(stack, subnet) }),
  });
  addAlarms(stack, groups, text(app, 'alarms'));
  addDashboard(arbiter, text(app, 'dashboard'));
  addNotifiers(app, stack, arbiter);
  new CfnOutput(stack, 'Endpoint', { value: arbiter.endpoint, description: '`endpoint` of agent.yaml' });
  new CfnOutput(stack, 'TableName', { value: arbiter.table.tableName });
  return stack;
};
