// Proves what an arbiter consists of in CloudFormation: table, functions, API, log groups, and every right.
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { beforeAll, describe, expect, it } from 'vitest';
import { KeepaloftArbiter, Member, Transport, Vip } from '../../lib/index.ts';
import {
  memberRole,
  named,
  nodeA,
  nodeB,
  ofType,
  type Statement,
  statementsOf,
  templateOf,
} from './synthesis.ts';

const members = (role?: ReturnType<typeof memberRole>) => [
  Member.fromInstanceId(nodeA, role === undefined ? {} : { role }),
  Member.fromInstanceId(nodeB),
];

let template: Template;
beforeAll(() => {
  template = templateOf((stack) => {
    const arbiter = new KeepaloftArbiter(stack, 'Ha');
    const role = memberRole(stack);
    arbiter.addGroup('mysql', { vips: [Vip.secondaryIp('172.31.0.201')], members: members(role) });
    arbiter.addGroup('redis', { vips: [Vip.secondaryIp('172.31.0.202')], members: members() });
    arbiter.grantOperate(new Role(stack, 'Operator', { assumedBy: new AccountRootPrincipal() }));
    arbiter.grantView(new Role(stack, 'Viewer', { assumedBy: new AccountRootPrincipal() }));
  });
});

/** A function is what its artefact makes it: its own logical id. */
const idOf = (prefix: string, type: string): string => named(template, prefix, type)[0];
const tableArn = () => ({ 'Fn::GetAtt': [idOf('HaTable', 'AWS::DynamoDB::Table'), 'Arn'] });
const logArn = (prefix: string) => ({ 'Fn::GetAtt': [idOf(prefix, 'AWS::Logs::LogGroup'), 'Arn'] });
const allow = (Action: string | string[], Resource: unknown): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
});
const arn = (service: string, ...rest: unknown[]) => ({
  'Fn::Join': [
    '',
    [
      'arn:',
      { Ref: 'AWS::Partition' },
      `:${service}:`,
      { Ref: 'AWS::Region' },
      ':',
      { Ref: 'AWS::AccountId' },
      ...rest,
    ],
  ],
});
/** Decisions, on the default bus, as what they are. */
const publishes = (): Statement => ({
  ...allow('events:PutEvents', arn('events', ':event-bus/default')),
  Condition: { StringEquals: { 'events:source': 'keepaloft' } },
});
const writesLogs = (prefix: string) => allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logArn(prefix));

/** A group by its name and by its ARN, which ends in `:*`: some of the reading calls know only one of them. */
const logLines = (prefix: string) => [
  arn('logs', ':log-group:', { Ref: idOf(prefix, 'AWS::Logs::LogGroup') }),
  logArn(prefix),
];

describe('the table', () => {
  it('is keyed by texts, on demand, encrypted, recoverable, and survives its stack', () => {
    template.resourceCountIs('AWS::DynamoDB::Table', 1);
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        SSESpecification: { SSEEnabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      },
    });
  });
});

describe('the functions', () => {
  it.each([
    ['HaHeartbeat', 10],
    ['HaAdmin', 10],
    ['HaEnroll', 10],
    ['HaConfigure', 60],
    ['HaSweep', 50],
    ['HaEvents', 30],
  ])('%s runs its artefact on Node 24 and arm64, and logs JSON into its own group', (prefix, Timeout) => {
    const { Properties } = named(template, prefix, 'AWS::Lambda::Function')[1];
    expect(Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: 256,
      Timeout,
      Handler: 'index.handler',
      LoggingConfig: {
        LogFormat: 'JSON',
        SystemLogLevel: 'WARN',
        ApplicationLogLevel: 'INFO',
        LogGroup: { Ref: idOf(`${prefix}Logs`, 'AWS::Logs::LogGroup') },
      },
      Environment: {
        Variables: { TABLE_NAME: { Ref: idOf('HaTable', 'AWS::DynamoDB::Table') }, LOG_LEVEL: 'INFO' },
      },
    });
  });

  it('those that decide know what the deployment is called, and where decisions are published', () => {
    for (const prefix of ['HaHeartbeat', 'HaAdmin', 'HaSweep', 'HaEvents']) {
      const { Properties } = named(template, prefix, 'AWS::Lambda::Function')[1];
      expect(Properties).toMatchObject({
        Environment: { Variables: { ARBITER: 'Stack-Ha', EVENT_BUS: 'default' } },
      });
    }
    const [, configure] = named(template, 'HaConfigure', 'AWS::Lambda::Function');
    expect(JSON.stringify(configure)).not.toContain('EVENT_BUS');
  });

  it('only the functions that hosts call know the roles of members', () => {
    const variables = (prefix: string) =>
      named(template, prefix, 'AWS::Lambda::Function')[1].Properties?.['Environment'];
    for (const prefix of ['HaHeartbeat', 'HaEnroll']) {
      expect(variables(prefix)).toMatchObject({ Variables: { MEMBER_ROLES: 'database' } });
    }
    expect(JSON.stringify([variables('HaAdmin'), variables('HaConfigure')])).not.toContain('MEMBER_ROLES');
  });

  it('reserves no concurrency, which an account with a limit of 10 could not give', () => {
    for (const [, { Properties }] of ofType(template, 'AWS::Lambda::Function')) {
      expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions');
    }
  });

  it('every log group keeps its lines for 90 days', () => {
    const groups = ofType(template, 'AWS::Logs::LogGroup');
    expect(groups).toHaveLength(9);
    for (const [, { Properties }] of groups) expect(Properties).toEqual({ RetentionInDays: 90 });
  });
});

describe('the API', () => {
  it('answers over IPv4 and IPv6, and has three routes, each with IAM authorization', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', {
      ProtocolType: 'HTTP',
      IpAddressType: 'dualstack',
    });
    const routes = ofType(template, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties);
    expect(routes).toHaveLength(3);
    expect(routes).toMatchObject([
      { RouteKey: 'POST /v1/heartbeat', AuthorizationType: 'AWS_IAM' },
      { RouteKey: 'POST /v1/admin', AuthorizationType: 'AWS_IAM' },
      { RouteKey: 'POST /v1/enroll', AuthorizationType: 'AWS_IAM' },
    ]);
    for (const [, { Properties }] of ofType(template, 'AWS::ApiGatewayV2::Integration')) {
      expect(Properties).toMatchObject({ PayloadFormatVersion: '2.0' });
    }
  });

  it('throttles each route and logs who asked, without bodies or headers', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 20 },
      RouteSettings: {
        'POST /v1/heartbeat': { ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 },
        'POST /v1/admin': { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 20 },
        'POST /v1/enroll': { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 },
      },
      AccessLogSettings: {
        DestinationArn: logArn('HaAccessLogs'),
        Format: Match.serializedJson(
          Match.objectEquals({
            id: '$context.requestId',
            t: '$context.requestTimeEpoch',
            ip: '$context.identity.sourceIp',
            who: '$context.identity.userArn',
            route: '$context.routeKey',
            status: '$context.status',
            ms: '$context.responseLatency',
            error: '$context.error.message',
          }),
        ),
      },
    });
  });

  it('only API Gateway may invoke, and only for the route', () => {
    const permissions = ofType(template, 'AWS::Lambda::Permission')
      .map(([, { Properties }]) => Properties)
      .filter((properties) => properties?.['Principal'] !== 'events.amazonaws.com');
    expect(permissions).toHaveLength(3);
    for (const permission of permissions) {
      expect(permission).toMatchObject({ Principal: 'apigateway.amazonaws.com' });
      expect(JSON.stringify(permission?.['SourceArn'])).toMatch(/\/v1\/(heartbeat|admin|enroll)/);
    }
  });
});

describe('every right', () => {
  const eni = (index: number) => {
    const enrolment = idOf('Hamysql', 'Custom::KeepaloftEnrolment');
    return arn('ec2', ':network-interface/', { 'Fn::GetAtt': [enrolment, `Eni${index}`] });
  };
  const mover = (logs: string, ...more: string[]): Statement[] => [
    writesLogs(logs),
    allow(['dynamodb:GetItem', 'dynamodb:PutItem', ...more], tableArn()),
    allow('ec2:DescribeNetworkInterfaces', '*'),
    publishes(),
    // An instance in two groups is named once.
    allow('ec2:AssignPrivateIpAddresses', [eni(0), eni(1)]),
  ];

  it('sweep and events, too; they find all groups, and ask about machines', () => {
    for (const name of ['HaSweep', 'HaEvents']) {
      const [logs, items, , ...rest] = mover(`${name}Logs`, 'dynamodb:Query');
      const describes = allow(['ec2:DescribeInstances', 'ec2:DescribeNetworkInterfaces'], '*');
      expect(statementsOf(template, `${name}Role`)).toEqual([logs, items, describes, ...rest]);
    }
  });

  it('heartbeat and admin move addresses to the members’ interfaces, and to no other', () => {
    expect(statementsOf(template, 'HaHeartbeatRole')).toEqual(mover('HaHeartbeatLogs'));
    // Who shows a status asks CloudWatch, too.
    const [logs, items, describes, ...rest] = mover('HaAdminLogs', 'dynamodb:Query');
    const watches = allow(['cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData'], '*');
    expect(statementsOf(template, 'HaAdminRole')).toEqual([logs, items, describes, watches, ...rest]);
  });

  it('enroll reads items and looks at instances, and writes nothing', () => {
    expect(statementsOf(template, 'HaEnrollRole')).toEqual([
      writesLogs('HaEnrollLogs'),
      allow(['dynamodb:GetItem', 'dynamodb:Query'], tableArn()),
      allow('ec2:DescribeInstances', '*'),
    ]);
  });

  it('configure looks in EC2 and writes items', () => {
    expect(statementsOf(template, 'HaConfigureRole')).toEqual([
      writesLogs('HaConfigureLogs'),
      allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem'], tableArn()),
      allow(['ec2:DescribeInstances', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'], '*'),
    ]);
  });

  it('the framework invokes configure, and nothing else', () => {
    const configure = { 'Fn::GetAtt': [idOf('HaConfigure', 'AWS::Lambda::Function'), 'Arn'] };
    expect(statementsOf(template, 'HaProviderRole')).toEqual([
      writesLogs('HaProviderLogs'),
      allow('lambda:InvokeFunction', [configure, { 'Fn::Join': ['', [configure, ':*']] }]),
      allow('lambda:GetFunction', configure),
    ]);
  });

  it('a member may send heartbeats, fetch its configuration and the agent, and nothing else', () => {
    const api = { Ref: idOf('HaApi', 'AWS::ApiGatewayV2::Api') };
    const [, { Properties }] = named(template, 'MemberRole', 'AWS::IAM::Policy');
    expect(Properties).toMatchObject({
      Roles: ['database'],
      PolicyDocument: {
        Statement: [
          allow(
            'execute-api:Invoke',
            ['heartbeat', 'enroll'].map((path) => arn('execute-api', ':', api, `/$default/POST/v1/${path}`)),
          ),
          allow('s3:GetObject', {
            'Fn::Join': [
              '',
              [{ 'Fn::GetAtt': [idOf('HaAgentBucket', 'AWS::S3::Bucket'), 'Arn'] }, '/agent/*'],
            ],
          }),
        ],
      },
    });
  });

  it('an operator may give orders; a viewer may look', () => {
    const api = { Ref: idOf('HaApi', 'AWS::ApiGatewayV2::Api') };
    expect(statementsOf(template, 'Operator')).toEqual([
      allow('execute-api:Invoke', arn('execute-api', ':', api, '/$default/POST/v1/admin')),
    ]);
    const viewer = statementsOf(template, 'Viewer');
    expect(viewer[0]).toEqual(allow(['dynamodb:GetItem', 'dynamodb:Query'], [tableArn()]));
    expect(viewer.slice(1).map(({ Resource }) => Resource)).toEqual([
      logLines('HaHeartbeatLogs'),
      logLines('HaAdminLogs'),
      logLines('HaEnrollLogs'),
      logLines('HaSweepLogs'),
      logLines('HaEventsLogs'),
    ]);
    for (const { Action } of viewer.slice(1)) {
      for (const action of [Action].flat()) expect(action).toMatch(/^logs:(Get|Describe|Filter)/);
    }
  });

  it('there is no other role, and no managed policy', () => {
    const roles = ofType(template, 'AWS::IAM::Role');
    // The last eight characters of a logical id are a hash.
    expect(roles.map(([id]) => id.slice(0, -8)).sort()).toEqual([
      'HaAdminRole',
      'HaAgentPublishRole',
      'HaConfigureRole',
      'HaEnrollRole',
      'HaEventsRole',
      'HaHeartbeatRole',
      'HaProviderRole',
      'HaSweepRole',
      'Operator',
      'Viewer',
    ]);
    for (const [, { Properties }] of roles) expect(Properties).not.toHaveProperty('ManagedPolicyArns');
    template.resourceCountIs('AWS::IAM::ManagedPolicy', 0);
  });
});

describe('what can be set', () => {
  it('concurrency, retention, verbosity, throttles and access logs', () => {
    const set = templateOf(
      (stack) =>
        new KeepaloftArbiter(stack, 'Ha', {
          reservedConcurrency: { heartbeat: 12, admin: 2 },
          logRetention: RetentionDays.ONE_WEEK,
          verbose: true,
          transport: Transport.httpApi({
            accessLogs: false,
            heartbeatThrottle: { rateLimit: 900, burstLimit: 1800 },
            adminThrottle: { rateLimit: 1, burstLimit: 2 },
            enrollThrottle: { rateLimit: 3, burstLimit: 4 },
          }),
        }),
    );
    const properties = (prefix: string) => named(set, prefix, 'AWS::Lambda::Function')[1].Properties;
    expect(properties('HaHeartbeat')).toMatchObject({
      ReservedConcurrentExecutions: 12,
      Environment: { Variables: { LOG_LEVEL: 'DEBUG' } },
      LoggingConfig: { ApplicationLogLevel: 'DEBUG', SystemLogLevel: 'WARN' },
    });
    expect(properties('HaAdmin')).toMatchObject({ ReservedConcurrentExecutions: 2 });
    expect(properties('HaConfigure')).not.toHaveProperty('ReservedConcurrentExecutions');
    const [[, stage] = ['', undefined]] = ofType(set, 'AWS::ApiGatewayV2::Stage');
    expect(stage?.Properties).not.toHaveProperty('AccessLogSettings');
    expect(stage?.Properties).toMatchObject({
      RouteSettings: {
        'POST /v1/heartbeat': { ThrottlingRateLimit: 900, ThrottlingBurstLimit: 1800 },
        'POST /v1/admin': { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 2 },
        'POST /v1/enroll': { ThrottlingRateLimit: 3, ThrottlingBurstLimit: 4 },
      },
    });
    for (const [, { Properties }] of ofType(set, 'AWS::Logs::LogGroup')) {
      expect(Properties).toEqual({ RetentionInDays: 7 });
    }
  });

  it('an arbiter of another stack grants the same routes of its own API', () => {
    const other = templateOf((stack) => {
      const arbiter = KeepaloftArbiter.fromArbiterAttributes(stack, 'Ha', {
        endpoint: 'https://abc123.execute-api.us-east-1.amazonaws.com',
        apiId: 'abc123',
      });
      arbiter.grantHeartbeat(new Role(stack, 'Host', { assumedBy: new AccountRootPrincipal() }));
      arbiter.grantOperate(new Role(stack, 'Operator', { assumedBy: new AccountRootPrincipal() }));
    });
    const route = (path: string) => arn('execute-api', `:abc123/$default/POST${path}`);
    expect(statementsOf(other, 'Host')).toEqual([
      allow('execute-api:Invoke', [route('/v1/heartbeat'), route('/v1/enroll')]),
    ]);
    expect(statementsOf(other, 'Operator')).toEqual([allow('execute-api:Invoke', route('/v1/admin'))]);
  });
});
