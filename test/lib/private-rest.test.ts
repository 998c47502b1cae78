// Proves that a private API has the same routes and throttles as the public one, that only named roles get in, each to its
// own routes and only through the endpoint, and that nothing else of the VPC is taken over.
import { Stack } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { InterfaceVpcEndpoint, IpAddresses, type IVpc, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import { beforeAll, describe, expect, it } from 'vitest';
import { KeepaloftArbiter, Member, Transport, Vip } from '../../lib/index.ts';
import {
  inApp,
  memberRole,
  named,
  nodeA,
  ofType,
  resourcesOf,
  statementsOf,
  templateOf,
} from './synthesis.ts';

/** A VPC without any way out. */
const vpcIn = (stack: Stack): IVpc =>
  // This project's compiler tells an absent property from an undefined one; the CDK's own types do not.
  new Vpc(stack, 'Vpc', {
    ipAddresses: IpAddresses.cidr('172.31.0.0/16'),
    maxAzs: 2,
    natGateways: 0,
    subnetConfiguration: [{ name: 'Hosts', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 }],
  }) as IVpc;
const arbiterIn = (stack: Stack, transport: Transport): KeepaloftArbiter => {
  const arbiter = new KeepaloftArbiter(stack, 'Ha', { transport });
  arbiter.addGroup('mysql', {
    vips: [Vip.secondaryIp('172.31.0.201')],
    members: [Member.fromInstanceId(nodeA, { role: memberRole(stack) })],
  });
  return arbiter;
};

let template: Template;
beforeAll(() => {
  template = templateOf((stack) => {
    const arbiter = arbiterIn(stack, Transport.privateRest(vpcIn(stack)));
    arbiter.grantOperate(new Role(stack, 'Operator', { assumedBy: new AccountRootPrincipal() }));
  });
});
const endpointId = () => ({ Ref: named(template, 'HaEndpoint', 'AWS::EC2::VPCEndpoint')[0] });
const policy = (): Record<string, unknown>[] => {
  const [, { Properties = {} }] = named(template, 'HaApi', 'AWS::ApiGateway::RestApi');
  const { Statement } = Properties['Policy'] as { Statement: Record<string, unknown>[] };
  return Statement;
};

describe('the API', () => {
  it('is private, of one endpoint that changes no other name of the VPC', () => {
    template.hasResourceProperties('AWS::ApiGateway::RestApi', {
      EndpointConfiguration: { Types: ['PRIVATE'], VpcEndpointIds: [endpointId()] },
    });
    template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
      VpcEndpointType: 'Interface',
      PrivateDnsEnabled: false,
    });
    template.resourceCountIs('AWS::ApiGatewayV2::Api', 0);
  });

  it('has three methods, each with IAM authorization and the function of its own', () => {
    const methods = ofType(template, 'AWS::ApiGateway::Method').map(([, { Properties }]) => Properties);
    expect(methods).toHaveLength(3);
    for (const method of methods) {
      expect(method).toMatchObject({
        HttpMethod: 'POST',
        AuthorizationType: 'AWS_IAM',
        Integration: { Type: 'AWS_PROXY' },
      });
    }
    const paths = ofType(template, 'AWS::ApiGateway::Resource').map(
      ([, { Properties }]) => Properties?.['PathPart'],
    );
    expect(paths.toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual([
      'admin',
      'enroll',
      'heartbeat',
      'v1',
    ]);
    const permissions = ofType(template, 'AWS::Lambda::Permission').filter(
      ([, { Properties }]) => Properties?.['Principal'] === 'apigateway.amazonaws.com',
    );
    expect(permissions).toHaveLength(3);
  });

  it('throttles each route as the public one does, and changes no setting of the account', () => {
    const [[, stage] = ['', undefined]] = ofType(template, 'AWS::ApiGateway::Stage');
    expect(stage?.Properties?.['MethodSettings']).toEqual([
      expect.objectContaining({ ResourcePath: '/*', ThrottlingRateLimit: 5, ThrottlingBurstLimit: 20 }),
      expect.objectContaining({
        ResourcePath: '/~1v1~1heartbeat',
        ThrottlingRateLimit: 200,
        ThrottlingBurstLimit: 400,
      }),
      expect.objectContaining({
        ResourcePath: '/~1v1~1admin',
        ThrottlingRateLimit: 5,
        ThrottlingBurstLimit: 20,
      }),
      expect.objectContaining({
        ResourcePath: '/~1v1~1enroll',
        ThrottlingRateLimit: 20,
        ThrottlingBurstLimit: 40,
      }),
    ]);
    template.resourceCountIs('AWS::ApiGateway::Account', 0);
  });

  it('its address names the endpoint, so that no private DNS is needed', () => {
    let address: unknown;
    templateOf((stack) => {
      address = stack.resolve(arbiterIn(stack, Transport.privateRest(vpcIn(stack))).endpoint);
    });
    expect(JSON.stringify(address)).toMatch(
      /"https:\/\/",\{"Ref":"HaApi\w+"\},"-",\{"Ref":"HaEndpoint\w+"\},"\.execute-api\.",\{"Ref":"AWS::Region"\},"\.",\{"Ref":"AWS::URLSuffix"\},"\/keepaloft"/,
    );
  });
});

describe('who gets in', () => {
  it('nobody but through the endpoint, members to their routes, operators to theirs', () => {
    const through = { StringEquals: { 'aws:SourceVpce': endpointId() } };
    const [operator] = named(template, 'Operator', 'AWS::IAM::Role');
    const [deny, member, operators, ...others] = policy();
    expect(others).toEqual([]);
    expect(deny).toEqual({
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: 'execute-api:Invoke',
      Resource: 'execute-api:/*',
      Condition: { StringNotEquals: { 'aws:SourceVpce': endpointId() } },
    });
    expect(member).toMatchObject({
      Effect: 'Allow',
      Resource: ['execute-api:/keepaloft/POST/v1/heartbeat', 'execute-api:/keepaloft/POST/v1/enroll'],
      Condition: through,
    });
    expect(JSON.stringify(member?.['Principal'])).toContain(':role/database');
    expect(operators).toEqual({
      Effect: 'Allow',
      Principal: { AWS: { 'Fn::GetAtt': [operator, 'Arn'] } },
      Action: 'execute-api:Invoke',
      Resource: 'execute-api:/keepaloft/POST/v1/admin',
      Condition: through,
    });
  });

  it('their own rights name the stage and the routes, too', () => {
    const [statement, ...more] = statementsOf(template, 'Operator');
    expect(more).toEqual([]);
    expect(JSON.stringify(statement?.Resource)).toContain('/keepaloft/POST/v1/admin');
    const [, { Properties }] = named(template, 'MemberRole', 'AWS::IAM::Policy');
    expect(JSON.stringify(Properties)).toContain('/keepaloft/POST/v1/heartbeat');
    expect(JSON.stringify(Properties)).toContain('/keepaloft/POST/v1/enroll');
  });
});

describe('the rest', () => {
  it('an endpoint that is there already is used, and none is made', () => {
    const used = templateOf((stack) => {
      const vpcEndpoint = InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(stack, 'Existing', {
        vpcEndpointId: 'vpce-0a000000000000001',
        port: 443,
      });
      arbiterIn(
        stack,
        Transport.privateRest(vpcIn(stack), { vpcEndpoint, adminThrottle: { rateLimit: 1, burstLimit: 2 } }),
      );
    });
    used.resourceCountIs('AWS::EC2::VPCEndpoint', 0);
    used.hasResourceProperties('AWS::ApiGateway::RestApi', {
      EndpointConfiguration: { Types: ['PRIVATE'], VpcEndpointIds: ['vpce-0a000000000000001'] },
    });
  });

  it('a group is there after the API and its endpoint, and gone before them', () => {
    const [groupId] = named(template, 'Hamysql', 'Custom::KeepaloftGroup');
    const before = resourcesOf(template)[groupId]?.DependsOn ?? [];
    for (const type of ['AWS::ApiGateway::Stage', 'AWS::ApiGateway::Method', 'AWS::EC2::VPCEndpoint']) {
      for (const [id] of ofType(template, type)) expect(before).toContain(id);
    }
  });

  it('cdk-nag finds nothing that is not acknowledged with a reason', () => {
    inApp((app) => {
      const stack = new Stack(app, 'Stack');
      arbiterIn(stack, Transport.privateRest(vpcIn(stack)));
      const found = new AwsSolutionsChecks(stack).validateScope(stack).violations;
      const own = found.filter(({ violatingResources }) =>
        violatingResources.some(({ constructPath }) => constructPath?.startsWith('Stack/Ha') === true),
      );
      expect(
        own.map(({ ruleName, violatingResources }) => [ruleName, violatingResources[0]?.constructPath]),
      ).toEqual([]);
    });
  });
});
