// Proves what members by tag and by Auto Scaling group bring into a template: rights that reach no further than the VIPs'
// subnet, one hook for each Auto Scaling group, and nothing of it where no member is selected.
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import {
  InstanceClass,
  InstanceSize,
  InstanceType,
  IpAddresses,
  type IVpc,
  LaunchTemplate,
  MachineImage,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import { beforeAll, describe, expect, it } from 'vitest';
import { DeploymentError, type FailoverGroup, KeepaloftArbiter, Member, Vip } from '../../lib/index.ts';
import {
  inApp,
  memberRole,
  named,
  nodeA,
  ofType,
  someSubnet,
  statementsOf,
  templateOf,
} from './synthesis.ts';

const SUBNET = 'subnet-0a000000000000001';

/** An Auto Scaling group of the same app, over as many zones as its VPC has. */
const scaled = (stack: Stack, maxAzs: number) => {
  const made = new Vpc(stack, 'Vpc', {
    ipAddresses: IpAddresses.cidr('10.20.0.0/16'),
    maxAzs,
    natGateways: 0,
    subnetConfiguration: [{ name: 'Hosts', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 }],
  });
  // This project's compiler tells an absent property from an undefined one; the CDK's own types do not.
  const vpc = made as IVpc;
  const securityGroup = new SecurityGroup(stack, 'Hosts', { vpc });
  const role = new Role(stack, 'HostRole', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
  const launchTemplate = new LaunchTemplate(stack, 'Template', {
    instanceType: InstanceType.of(InstanceClass.T4G, InstanceSize.MICRO),
    machineImage: MachineImage.genericLinux({ 'us-east-1': 'ami-0123456789abcdef0' }),
    securityGroup,
    role,
  });
  const group = new AutoScalingGroup(stack, 'Web', {
    vpc,
    launchTemplate,
    vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
  });
  return { subnets: vpc.isolatedSubnets, group };
};
const inRegion = (build: (stack: Stack) => unknown): Template =>
  inApp((app) => {
    const stack = new Stack(app, 'Stack', { env: { region: 'us-east-1', account: '111122223333' } });
    build(stack);
    return Template.fromStack(stack);
  });

let template: Template;
let names: string[];
beforeAll(() => {
  template = templateOf((stack) => {
    const arbiter = new KeepaloftArbiter(stack, 'Ha');
    const subnet = someSubnet(stack, undefined, SUBNET);
    arbiter.addGroup('mysql', {
      vips: [Vip.secondaryIp('172.31.0.201', subnet)],
      members: [
        Member.fromTag({ role: 'db' }, { role: memberRole(stack) }),
        Member.fromInstanceId(nodeA),
        Member.fromAutoScalingGroupName('web'),
      ],
    });
    arbiter.addGroup('redis', {
      vips: [Vip.secondaryIp('172.31.0.202', subnet)],
      members: [Member.fromAutoScalingGroupName('web')],
    });
    names = arbiter.autoScalingGroupNames;
  });
});

const arn = (resource: string, service = 'ec2') => ({
  'Fn::Join': [
    '',
    [
      'arn:',
      { Ref: 'AWS::Partition' },
      `:${service}:`,
      { Ref: 'AWS::Region' },
      ':',
      { Ref: 'AWS::AccountId' },
      `:${resource}`,
    ],
  ],
});

describe('rights', () => {
  it.each(['HaHeartbeatRole', 'HaAdminRole'])(
    '%s moves to interfaces of the VIPs’ subnet, and to those that are named',
    (role) => {
      const moves = statementsOf(template, role).filter(
        ({ Action }) => Action === 'ec2:AssignPrivateIpAddresses',
      );
      expect(moves).toHaveLength(2);
      expect(moves).toContainEqual({
        Effect: 'Allow',
        Action: 'ec2:AssignPrivateIpAddresses',
        Resource: arn('network-interface/*'),
        Condition: { StringEquals: { 'ec2:Subnet': arn(`subnet/${SUBNET}`) } },
      });
      const [enrolment] = named(template, 'Hamysql', 'Custom::KeepaloftEnrolment');
      expect(JSON.stringify(moves)).toContain(JSON.stringify({ 'Fn::GetAtt': [enrolment, 'Eni0'] }));
    },
  );

  it('the enroll function may write a roster, and see whether a VIP fits', () => {
    const actions = statementsOf(template, 'HaEnrollRole').flatMap(({ Action }) => Action);
    expect(actions).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'dynamodb:GetItem',
      'dynamodb:Query',
      'ec2:DescribeInstances',
      'dynamodb:PutItem',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
    ]);
  });
});

describe('the function that lets instances go', () => {
  const hook = (): string | undefined => ofType(template, 'AWS::AutoScaling::LifecycleHook')[0]?.[0];

  it('runs its artefact for as long as an instance waits, and logs into its own group', () => {
    const [, { Properties }] = named(template, 'HaLifecycle', 'AWS::Lambda::Function');
    const [logs] = named(template, 'HaLifecycleLogs', 'AWS::Logs::LogGroup');
    expect(Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Timeout: 60,
      LoggingConfig: { SystemLogLevel: 'WARN', LogGroup: { Ref: logs } },
      Environment: { Variables: { LOG_LEVEL: 'INFO' } },
    });
    expect(named(template, 'HaLifecycleLogs', 'AWS::Logs::LogGroup')[1].Properties).toEqual({
      RetentionInDays: 90,
    });
    const [, config] = named(template, 'HaLifecycleEventInvokeConfig', 'AWS::Lambda::EventInvokeConfig');
    expect(config.Properties).toMatchObject({ MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 60 });
  });

  it('reads the table and answers the hook’s group, and may do nothing else', () => {
    const table = { 'Fn::GetAtt': [named(template, 'HaTable', 'AWS::DynamoDB::Table')[0], 'Arn'] };
    const logs = { 'Fn::GetAtt': [named(template, 'HaLifecycleLogs', 'AWS::Logs::LogGroup')[0], 'Arn'] };
    const group = arn('autoScalingGroup:*:autoScalingGroupName/web', 'autoscaling');
    expect(statementsOf(template, 'HaLifecycleRole')).toEqual([
      { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: logs },
      { Effect: 'Allow', Action: ['dynamodb:GetItem', 'dynamodb:Query'], Resource: table },
      { Effect: 'Allow', Action: 'autoscaling:CompleteLifecycleAction', Resource: group },
    ]);
  });

  it('hears of its own hooks only, and nobody else may invoke it', () => {
    const [rule, { Properties }] = named(template, 'HaLifecycleWaiting', 'AWS::Events::Rule');
    const [fn] = named(template, 'HaLifecycle', 'AWS::Lambda::Function');
    expect(Properties).toMatchObject({
      EventPattern: {
        source: ['aws.autoscaling'],
        'detail-type': ['EC2 Instance-terminate Lifecycle Action'],
        detail: { LifecycleHookName: [{ Ref: hook() }] },
      },
      Targets: [
        {
          Arn: { 'Fn::GetAtt': [fn, 'Arn'] },
          RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 60 },
        },
      ],
    });
    const permissions = ofType(template, 'AWS::Lambda::Permission').filter(([, permission]) =>
      JSON.stringify(permission.Properties?.['FunctionName']).includes(`"${fn}"`),
    );
    expect(permissions.map(([, permission]) => permission.Properties)).toMatchObject([
      { Principal: 'events.amazonaws.com', SourceArn: { 'Fn::GetAtt': [rule, 'Arn'] } },
    ]);
  });

  it('is there before the group is, and answers every hook where there are several', () => {
    const [fn] = named(template, 'HaLifecycle', 'AWS::Lambda::Function');
    for (const [, { DependsOn }] of ofType(template, 'Custom::KeepaloftGroup'))
      expect(DependsOn).toContain(fn);
    const two = templateOf((stack) => {
      new KeepaloftArbiter(stack, 'Ha').addGroup('mysql', {
        vips: [Vip.secondaryIp('172.31.0.201', someSubnet(stack))],
        members: ['web', 'db'].map((name) => Member.fromAutoScalingGroupName(name)),
      });
    });
    const hooks = ofType(two, 'AWS::AutoScaling::LifecycleHook').map(([id]) => ({ Ref: id }));
    expect(hooks).toHaveLength(2);
    expect(named(two, 'HaLifecycleWaiting', 'AWS::Events::Rule')[1].Properties).toMatchObject({
      EventPattern: { detail: { LifecycleHookName: hooks } },
    });
    expect(JSON.stringify(statementsOf(two, 'HaLifecycleRole'))).toMatch(/GroupName\/web.*GroupName\/db/);
  });

  it('is not there where nobody waits', () => {
    const none = templateOf((stack) => {
      new KeepaloftArbiter(stack, 'Ha').addGroup('mysql', {
        vips: [Vip.secondaryIp('172.31.0.201')],
        members: [Member.fromInstanceId(nodeA)],
      });
    });
    expect(JSON.stringify(none.toJSON())).not.toMatch(/HaLifecycle|CompleteLifecycleAction/);
  });
});

describe('an Auto Scaling group', () => {
  it('waits for a minute before it terminates an instance, once for all groups', () => {
    const hooks = ofType(template, 'AWS::AutoScaling::LifecycleHook');
    expect(names).toEqual(['web']);
    expect(hooks.map(([, { Properties }]) => Properties)).toEqual([
      {
        AutoScalingGroupName: 'web',
        LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
        HeartbeatTimeout: 60,
        DefaultResult: 'CONTINUE',
      },
    ]);
    for (const [, { DependsOn }] of ofType(template, 'Custom::KeepaloftGroup')) {
      expect(DependsOn).toContain(hooks[0]?.[0]);
    }
  });

  it('of the same app brings its role and its security group', () => {
    let group: FailoverGroup | undefined;
    const own = inRegion((stack) => {
      const {
        subnets: [subnet],
        group: web,
      } = scaled(stack, 1);
      if (subnet === undefined) throw new Error('no subnet');
      group = new KeepaloftArbiter(stack, 'Ha').addGroup('web', {
        vips: [Vip.secondaryIp('10.20.0.200', subnet)],
        members: [Member.fromAutoScalingGroup(web)],
      });
      group.connections.allowFromAnyIpv4(Port.tcp(80));
    });
    expect(group?.members[0]?.autoScalingGroupName).toBeDefined();
    expect(
      JSON.stringify(named(own, 'HaEnroll', 'AWS::Lambda::Function')[1].Properties?.['Environment']),
    ).toMatch(/"MEMBER_ROLES":\{"Ref":"HostRole/);
    expect(statementsOf(own, 'HostRole').map(({ Action }) => Action)).toEqual([
      'execute-api:Invoke',
      's3:GetObject',
    ]);
    const [asg] = named(own, 'Web', 'AWS::AutoScaling::AutoScalingGroup');
    const [, { Properties }] = named(own, 'Haweb', 'Custom::KeepaloftGroup');
    expect(JSON.stringify(Properties?.['Document'])).toContain(JSON.stringify({ Ref: asg }));
    own.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: [{ FromPort: 80, ToPort: 80, CidrIp: '0.0.0.0/0' }],
    });
  });

  it('over two zones is refused: a secondary IP cannot leave its subnet', () => {
    const build = (): Template =>
      inRegion((stack) => {
        const {
          subnets: [subnet],
          group,
        } = scaled(stack, 2);
        if (subnet === undefined) throw new Error('no subnet');
        new KeepaloftArbiter(stack, 'Ha').addGroup('web', {
          vips: [Vip.secondaryIp('10.20.0.200', subnet)],
          members: [Member.fromAutoScalingGroup(group)],
        });
      });
    expect(build).toThrow(DeploymentError);
    expect(build).toThrow('a secondary IP cannot leave its subnet');
  });
});

describe('what is refused', () => {
  it('a VIP whose subnet nobody knows, in words that name the remedy', () => {
    const build = (): Template =>
      templateOf((stack) => {
        new KeepaloftArbiter(stack, 'Ha').addGroup('mysql', {
          vips: [Vip.secondaryIp('172.31.0.201')],
          members: [Member.fromTag({ role: 'db' })],
        });
      });
    expect(build).toThrow(DeploymentError);
    expect(build).toThrow(
      "need the subnet of 172.31.0.201, to which the right to move is pinned: Vip.secondaryIp('172.31.0.201', subnet)",
    );
  });
});

describe('cdk-nag', () => {
  it('finds nothing: the interfaces of one subnet are acknowledged with the reason', () => {
    inApp((app) => {
      const stack = new Stack(app, 'Stack');
      new KeepaloftArbiter(stack, 'Ha').addGroup('mysql', {
        vips: [Vip.secondaryIp('172.31.0.201', someSubnet(stack))],
        members: [
          Member.fromTag({ role: 'db' }, { role: memberRole(stack) }),
          Member.fromAutoScalingGroupName('web'),
        ],
      });
      const found = new AwsSolutionsChecks(stack).validateScope(stack).violations;
      expect(found.map(({ ruleName }) => ruleName)).toEqual([]);
    });
  });
});
