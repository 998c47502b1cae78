// Proves that routes and Elastic IPs are the same from keepaloft.yaml and from props, and that each brings its rights and no more.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, type Template } from 'aws-cdk-lib/assertions';
import {
  CfnEIP,
  CfnRouteTable,
  Instance,
  InstanceType,
  IpAddresses,
  type IVpc,
  MachineImage,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  DeploymentError,
  type FailoverGroupProps,
  KeepaloftArbiter,
  Member,
  Mode,
  Vip,
} from '../../lib/index.ts';
import { scratchDirectory } from '../agent/scratch.ts';
import { inApp, named, nodeA, nodeB, ofType, someSubnet, statementsOf, templateOf } from './synthesis.ts';

const TABLE = 'rtb-0a000000000000001';
const TABLE_2 = 'rtb-0a000000000000002';
const ALLOCATION = 'eipalloc-0a000000000000001';
const PUBLIC = '198.51.100.10';
const MOVERS = ['HaHeartbeatRole', 'HaAdminRole', 'HaSweepRole', 'HaEventsRole'];
const members = [Member.fromInstanceId(nodeA), Member.fromInstanceId(nodeB)];

const arnOf = (resource: string, id: unknown) => ({
  'Fn::Join': [
    '',
    [
      'arn:',
      { Ref: 'AWS::Partition' },
      ':ec2:',
      { Ref: 'AWS::Region' },
      ':',
      { Ref: 'AWS::AccountId' },
      ...(typeof id === 'string' ? [`:${resource}/${id}`] : [`:${resource}/`, id]),
    ],
  ],
});
const eniOf = (template: Template, group: string, index: number) => {
  const [enrolment] = named(template, `Ha${group}`, 'Custom::KeepaloftEnrolment');
  return arnOf('network-interface', { 'Fn::GetAtt': [enrolment, `Eni${index}`] });
};
/** The statements of a role that speak of EC2, as [actions, resources, condition]. */
const ec2Of = (template: Template, role: string): unknown[][] =>
  statementsOf(template, role)
    .filter(({ Action }) => [Action].flat().some((action) => action.startsWith('ec2:')))
    .map(({ Action, Resource, Condition }) =>
      Condition === undefined ? [Action, Resource] : [Action, Resource, Condition],
    );
const writesOf = (template: Template, role: string): unknown[][] =>
  ec2Of(template, role).filter(
    ([action]) => ![action].flat().every((one) => String(one).startsWith('ec2:Describe')),
  );
const withGroup = (props: (stack: Stack) => FailoverGroupProps, mode?: Mode) =>
  templateOf((stack) => {
    const arbiter = new KeepaloftArbiter(stack, 'Ha', mode === undefined ? {} : { mode });
    arbiter.addGroup('edge', props(stack));
  });
const fileWith = (text: string): string => {
  const path = join(scratchDirectory(), 'keepaloft.yaml');
  writeFileSync(path, text);
  return path;
};

const vpcOf = (stack: Stack): IVpc =>
  new Vpc(stack, 'Vpc', { ipAddresses: IpAddresses.cidr('10.20.0.0/16'), natGateways: 0 }) as IVpc;
const hostOf = (stack: Stack, sourceDestCheck?: boolean): Instance =>
  new Instance(stack, 'Host', {
    vpc: vpcOf(stack),
    vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
    instanceType: new InstanceType('t4g.small'),
    machineImage: MachineImage.genericLinux({ 'us-east-1': 'ami-0a000000000000001' }),
    ...(sourceDestCheck === undefined ? {} : { sourceDestCheck }),
  });

const MIXED = (): FailoverGroupProps => ({
  vips: [
    Vip.route('10.99.0.1', TABLE, TABLE_2),
    Vip.secondaryIp('172.31.0.201'),
    Vip.elasticIp(ALLOCATION, { address: PUBLIC, private: '172.31.0.201' }),
    // It brings no right: the tests of rights below find only those of the others.
    Vip.l2('192.168.0.100', { delay: Duration.seconds(2), repeat: 3, refresh: Duration.minutes(1) }),
  ],
  members,
  exclusive: true,
});

describe('keepaloft.yaml and the construct', () => {
  it('synthesise the identical template', () => {
    const text = `
version: 1
groups:
  edge:
    vips:
      - { address: 10.99.0.1, fabric: route, tables: [${TABLE}, ${TABLE_2}] }
      - { address: 172.31.0.201, fabric: secondary-ip }
      - { address: ${PUBLIC}, fabric: elastic-ip, allocation: ${ALLOCATION}, private: 172.31.0.201 }
      - { address: 192.168.0.100, fabric: l2, announce: { delay: 2s, repeat: 3, refresh: 1m } }
    members: [{ instance: ${nodeA} }, { instance: ${nodeB} }]
    exclusive: true
`;
    const fromFile = templateOf((stack) =>
      new KeepaloftArbiter(stack, 'Ha').addGroupsFromFile(fileWith(text)),
    );
    expect(fromFile.toJSON()).toEqual(withGroup(MIXED).toJSON());
  });

  it('what only the deployment knows is written as it will be', () => {
    const template = withGroup((stack) => {
      const eip = new CfnEIP(stack, 'Public');
      const vpc = vpcOf(stack);
      const table = new CfnRouteTable(stack, 'Table', { vpcId: vpc.vpcId });
      const [subnet] = vpc.isolatedSubnets;
      return {
        vips: [
          Vip.route('10.99.0.1', table),
          Vip.route('10.99.0.2', subnet?.routeTable ?? ''),
          Vip.elasticIp(eip),
        ],
        members,
      };
    });
    const [, { Properties }] = named(template, 'Haedge', 'Custom::KeepaloftGroup');
    const document = JSON.stringify(Properties?.['Document']);
    expect(document).toContain(JSON.stringify({ 'Fn::GetAtt': ['Public', 'AllocationId'] }));
    expect(document).toContain(JSON.stringify({ 'Fn::GetAtt': ['Public', 'PublicIp'] }));
    expect(document).toContain(JSON.stringify({ 'Fn::GetAtt': ['Table', 'RouteTableId'] }));
    expect(document).not.toMatch(/fffffffff|192\.0\.2\./);
    expect(JSON.stringify(writesOf(template, 'HaHeartbeatRole'))).toContain(
      JSON.stringify({ 'Fn::GetAtt': ['Table', 'RouteTableId'] }),
    );
  });
});

describe('the rights of a group', () => {
  it('whose VIP is a route are those on its tables, each once, and none on an interface', () => {
    const template = templateOf((stack) => {
      const arbiter = new KeepaloftArbiter(stack, 'Ha');
      arbiter.addGroup('edge', {
        vips: [Vip.route('10.99.0.1', TABLE), Vip.route('10.99.0.2', TABLE)],
        members,
      });
      arbiter.addGroup('other', { vips: [Vip.route('10.99.0.3', TABLE_2)], members });
    });
    for (const role of MOVERS) {
      expect(writesOf(template, role)).toEqual([
        [
          ['ec2:ReplaceRoute', 'ec2:CreateRoute'],
          [arnOf('route-table', TABLE), arnOf('route-table', TABLE_2)],
        ],
      ]);
      expect(ec2Of(template, role)).toContainEqual(['ec2:DescribeRouteTables', '*']);
    }
    expect(ec2Of(template, 'HaConfigureRole').slice(1)).toEqual([
      [['ec2:DescribeVpcs', 'ec2:DescribeRouteTables'], '*'],
    ]);
    expect(ec2Of(template, 'HaEnrollRole')).toEqual([['ec2:DescribeInstances', '*']]);
  });

  it('are told at synthesis that an Elastic IP may be the way to the arbiter, and what to do about it', () => {
    const said = Match.stringLikeRegexp('reaches the arbiter by that address falls silent. Let members');
    const warningsOf = (...vips: Vip[]): number =>
      inApp((app) => {
        const stack = new Stack(app, 'Stack');
        new KeepaloftArbiter(stack, 'Ha').addGroup('edge', { vips, members });
        return Annotations.fromStack(stack).findWarning('*', said).length;
      });
    expect(warningsOf(Vip.elasticIp(ALLOCATION, { address: PUBLIC }))).toBe(1);
    const onOwn = Vip.elasticIp(ALLOCATION, { address: PUBLIC, private: '172.31.0.201' });
    expect(warningsOf(Vip.secondaryIp('172.31.0.201'), onOwn)).toBe(0);
  });

  it('whose VIP is an Elastic IP are those on it and on the members’ interfaces', () => {
    const template = withGroup(() => ({ vips: [Vip.elasticIp(ALLOCATION, { address: PUBLIC })], members }));
    for (const role of MOVERS) {
      expect(writesOf(template, role)).toEqual([
        [
          'ec2:AssociateAddress',
          [arnOf('elastic-ip', ALLOCATION), eniOf(template, 'edge', 0), eniOf(template, 'edge', 1)],
        ],
      ]);
      expect(ec2Of(template, role)).toContainEqual(['ec2:DescribeAddresses', '*']);
    }
    expect(ec2Of(template, 'HaConfigureRole').slice(1)).toEqual([['ec2:DescribeAddresses', '*']]);
  });

  describe('of all kinds', () => {
    let template: Template;
    beforeAll(() => {
      template = withGroup(MIXED);
    });

    it('are the sum of theirs', () => {
      const enis = [eniOf(template, 'edge', 0), eniOf(template, 'edge', 1)];
      expect(writesOf(template, 'HaHeartbeatRole')).toEqual([
        [
          ['ec2:ReplaceRoute', 'ec2:CreateRoute'],
          [arnOf('route-table', TABLE), arnOf('route-table', TABLE_2)],
        ],
        ['ec2:AssociateAddress', [arnOf('elastic-ip', ALLOCATION), ...enis]],
        ['ec2:AssignPrivateIpAddresses', enis],
      ]);
    });

    it('are there before the group is', () => {
      const [right] = named(template, 'HaMoveRight', 'AWS::IAM::Policy');
      expect(named(template, 'Haedge', 'Custom::KeepaloftGroup')[1].DependsOn).toContain(right);
    });
  });

  it('that observes are to look, and nothing else', () => {
    const template = withGroup(MIXED, Mode.OBSERVE);
    for (const role of [...MOVERS, 'HaConfigureRole']) {
      expect(writesOf(template, role)).toEqual([]);
      expect(JSON.stringify(ec2Of(template, role))).toContain('DescribeRouteTables');
      expect(JSON.stringify(ec2Of(template, role))).toContain('DescribeAddresses');
    }
    expect(ofType(template, 'AWS::IAM::Policy').filter(([id]) => id.startsWith('HaMoveRight'))).toEqual([]);
  });

  it('of secondary IPs alone know nothing of routes and Elastic IPs', () => {
    const template = withGroup(() => ({ vips: [Vip.secondaryIp('172.31.0.201')], members }));
    expect(JSON.stringify(template.toJSON())).not.toMatch(
      /ec2:\w*(?:Route|Addresses?\b(?<!PrivateIpAddresses))/,
    );
  });

  it('with selected members are pinned to the subnet of the secondary IP; routes need no such pin', () => {
    const selected = [Member.fromTag({ role: 'edge' })];
    const standing = withGroup((stack) => ({
      vips: [
        Vip.secondaryIp('172.31.0.201', someSubnet(stack)),
        Vip.elasticIp(ALLOCATION, { address: PUBLIC, private: '172.31.0.201' }),
      ],
      members: selected,
    }));
    const condition = { StringEquals: { 'ec2:Subnet': arnOf('subnet', 'subnet-0a000000000000001') } };
    expect(writesOf(standing, 'HaHeartbeatRole')).toEqual([
      ['ec2:AssociateAddress', arnOf('elastic-ip', ALLOCATION)],
      ['ec2:AssignPrivateIpAddresses', arnOf('network-interface', '*'), condition],
      ['ec2:AssociateAddress', arnOf('network-interface', '*'), condition],
    ]);
    const routed = withGroup(() => ({ vips: [Vip.route('10.99.0.1', TABLE)], members: selected }));
    expect(writesOf(routed, 'HaHeartbeatRole')).toEqual([
      [['ec2:ReplaceRoute', 'ec2:CreateRoute'], arnOf('route-table', TABLE)],
    ]);
    expect(ec2Of(routed, 'HaEnrollRole')).toContainEqual([
      ['ec2:DescribeVpcs', 'ec2:DescribeRouteTables'],
      '*',
    ]);
  });
});

describe('what cannot work', () => {
  it.each<[string, string, (stack: Stack) => FailoverGroupProps]>([
    [
      'a route to an address of the VPC that the app makes',
      '10.20.3.4 lies inside the VPC 10.20.0.0/16, where EC2 takes no route to a single address: choose an address outside',
      (stack) => {
        const [subnet] = vpcOf(stack).isolatedSubnets;
        return { vips: [Vip.route('10.20.3.4', subnet?.routeTable ?? '')], members };
      },
    ],
    [
      'a route to a host that the app makes, and that would drop it',
      'the source/destination check of Host is on, so EC2 would drop what a route brings: give the instance sourceDestCheck: false',
      (stack) => ({ vips: [Vip.route('10.99.0.1', TABLE)], members: [Member.fromInstance(hostOf(stack))] }),
    ],
    [
      'a secondary IP whose members are in two subnets',
      'or use a route, which crosses availability zones (Vip.route, fabric: route)',
      () => ({
        vips: [Vip.secondaryIp('172.31.0.201')],
        members: [
          Member.fromInstanceId(nodeA, { subnetId: 'subnet-0a000000000000001' }),
          Member.fromInstanceId(nodeB, { subnetId: 'subnet-0a000000000000002' }),
        ],
      }),
    ],
    [
      'an Elastic IP on interfaces that nobody knows yet',
      'let the Elastic IP stand on a secondary IP of the group (private), or name the members',
      () => ({
        vips: [Vip.elasticIp(ALLOCATION, { address: PUBLIC })],
        members: [Member.fromTag({ role: 'edge' })],
      }),
    ],
    [
      'several tables without the lease as a fence',
      'more than one route table needs exclusive: true',
      () => ({ vips: [Vip.route('10.99.0.1', TABLE, TABLE_2)], members }),
    ],
    [
      'an address of a switch without the lease as a fence',
      'exclusive: l2 needs exclusive: true',
      () => ({ vips: [Vip.l2('192.168.0.100')], members }),
    ],
    [
      'an Elastic IP on an address that the group does not move',
      'private must be the address of a secondary-ip VIP of the same group',
      () => ({
        vips: [Vip.elasticIp(ALLOCATION, { address: PUBLIC, private: '172.31.0.9' })],
        members,
      }),
    ],
    [
      'an allocation without its address',
      'vips.0.address: an IPv4 address such as',
      () => ({ vips: [Vip.elasticIp(ALLOCATION)], members }),
    ],
    [
      'a table that is none',
      'a route table id looks like',
      () => ({ vips: [Vip.route('10.99.0.1', 'main')], members }),
    ],
  ])('%s: "%s"', (_, reason, props) => {
    const build = () => withGroup(props);
    expect(build).toThrow(DeploymentError);
    expect(build).toThrow(reason);
  });

  it('a host that lets through what a route brings, and an address of a VPC that is not the table’s', () => {
    const build = () =>
      withGroup((stack) => ({
        vips: [Vip.route('10.20.3.4', TABLE)],
        members: [Member.fromInstance(hostOf(stack, false))],
      }));
    expect(build).not.toThrow();
  });

  it('routes and Elastic IPs cross subnets', () => {
    const apart = [
      Member.fromInstanceId(nodeA, { subnetId: 'subnet-0a000000000000001' }),
      Member.fromInstanceId(nodeB, { subnetId: 'subnet-0a000000000000002' }),
    ];
    const vips = [Vip.route('10.99.0.1', TABLE), Vip.elasticIp(ALLOCATION, { address: PUBLIC })];
    expect(() => withGroup(() => ({ vips, members: apart }))).not.toThrow();
  });
});
