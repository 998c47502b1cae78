// Proves that a group is the same whether it comes from keepaloft.yaml or from props, and that CloudFormation meets its
// parts in an order in which nothing that a group needs is missing, or taken away before the group is.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, Stack } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { AutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import { Port, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { keepaloftFileSchema } from '../../core/wire/config.ts';
import { fileOfGroup } from '../../core/wire/group-document.ts';
import { groupFileOf, propsOf } from '../../lib/group-file.ts';
import {
  Check,
  Drift,
  type FailoverGroup,
  Handover,
  KeepaloftArbiter,
  KernelExpiry,
  Member,
  Mode,
  Vip,
} from '../../lib/index.ts';
import { scratchDirectory } from '../agent/scratch.ts';
import { keepaloftFiles } from '../fuzz/arbitraries/files.ts';
import { memberRole, named, nodeA, nodeB, ofType, resourcesOf, someSubnet, templateOf } from './synthesis.ts';

const YAML = `
version: 1
groups:
  mysql:
    vips: [{ address: 172.31.0.201, fabric: secondary-ip }, { address: 172.31.0.202, fabric: secondary-ip }]
    members: [{ instance: ${nodeA}, priority: 200 }, { instance: ${nodeB} }]
    timing: { heartbeat: 1s, lease: 6s }
    exclusive: true
    kernelExpiry: nft
    adopt: false
    drift: alarm
    election: { preempt: true, preemptDelay: 1m, holdDown: 2m }
    handover: reset-first
    checks:
      mysqld: { tcp: 127.0.0.1:3306, interval: 500ms, fall: 3 }
      page: { http: "http://127.0.0.1/health", status: 204, weight: -20 }
      proxy: { process: haproxy, initFail: true }
      own: { script: [/etc/keepaloft/hooks.d/check, --fast], timeout: 2s, rise: 1 }
      link: { interface: eth1, weight: -5, reverse: true }
      way: { ping: gateway, count: 5, loss: 60 }
      router: { ping: 172.31.0.1 }
      load: { file: /run/load, reverse: true }
      drain: { file: /run/drain, weight: 0 }
    hooks: { beforeMaster: [/etc/keepaloft/hooks.d/ready], beforeRelease: [/etc/keepaloft/hooks.d/demote], onMaster: [/etc/keepaloft/hooks.d/promote, now], notify: [/etc/keepaloft/hooks.d/tell], timeout: 10s }
    hostRoutes: [{ to: 10.0.0.0/8, via: 172.31.0.1, src: 172.31.0.201, metric: 5, dev: eth0, onlink: true }, { to: default, dev: eth1, table: 7 }]
    hostRules: [{ from: 172.31.0.201, table: 7 }, { to: 10.9.0.0/16, table: 7, priority: 100 }]
  redis:
    vips: [{ address: 172.31.0.203, fabric: secondary-ip }]
    members: [{ instance: ${nodeA} }]
    mode: observe
    drift: adopt
`;

const byProps = (arbiter: KeepaloftArbiter): FailoverGroup[] => [
  arbiter.addGroup('mysql', {
    vips: [Vip.secondaryIp('172.31.0.201'), Vip.secondaryIp('172.31.0.202')],
    members: [Member.fromInstanceId(nodeA, { priority: 200 }), Member.fromInstanceId(nodeB)],
    heartbeat: Duration.seconds(1),
    lease: Duration.seconds(6),
    exclusive: true,
    kernelExpiry: KernelExpiry.NFT,
    adopt: false,
    drift: Drift.ALARM,
    preempt: true,
    preemptDelay: Duration.minutes(1),
    holdDown: Duration.minutes(2),
    checks: {
      mysqld: Check.tcp('127.0.0.1:3306', { interval: Duration.millis(500), fall: 3 }),
      page: Check.http('http://127.0.0.1/health', { status: 204, weight: -20 }),
      proxy: Check.process('haproxy', { initFail: true }),
      own: Check.script(['/etc/keepaloft/hooks.d/check', '--fast'], {
        timeout: Duration.seconds(2),
        rise: 1,
      }),
      link: Check.networkInterface('eth1', { weight: -5, reverse: true }),
      way: Check.ping('gateway', { count: 5, loss: 60 }),
      router: Check.ping('172.31.0.1'),
      load: Check.file('/run/load', { reverse: true }),
      drain: Check.file('/run/drain', { weight: 0 }),
    },
    handover: Handover.RESET_FIRST,
    hooks: {
      beforeMaster: ['/etc/keepaloft/hooks.d/ready'],
      beforeRelease: ['/etc/keepaloft/hooks.d/demote'],
      onMaster: ['/etc/keepaloft/hooks.d/promote', 'now'],
      notify: ['/etc/keepaloft/hooks.d/tell'],
      timeout: Duration.seconds(10),
    },
    hostRoutes: [
      { to: '10.0.0.0/8', via: '172.31.0.1', src: '172.31.0.201', metric: 5, dev: 'eth0', onlink: true },
      { to: 'default', dev: 'eth1', table: 7 },
    ],
    hostRules: [
      { from: '172.31.0.201', table: 7 },
      { to: '10.9.0.0/16', table: 7, priority: 100 },
    ],
  }),
  arbiter.addGroup('redis', {
    hostRoutes: [],
    vips: [Vip.secondaryIp('172.31.0.203')],
    members: [Member.fromInstanceId(nodeA)],
    mode: Mode.OBSERVE,
    drift: Drift.ADOPT,
  }),
];

const fileWith = (text: string): string => {
  const path = join(scratchDirectory(), 'keepaloft.yaml');
  writeFileSync(path, text);
  return path;
};

describe('keepaloft.yaml and the construct', () => {
  it('synthesise the identical template', () => {
    const fromFile = templateOf((stack) =>
      new KeepaloftArbiter(stack, 'Ha').addGroupsFromFile(fileWith(YAML)),
    );
    const fromProps = templateOf((stack) => void byProps(new KeepaloftArbiter(stack, 'Ha')));
    expect(fromFile.toJSON()).toEqual(fromProps.toJSON());
    expect(ofType(fromFile, 'Custom::KeepaloftGroup')).toHaveLength(2);
  });

  it('also where the whole arbiter observes', () => {
    const fromFile = templateOf((stack) =>
      new KeepaloftArbiter(stack, 'Ha', { mode: Mode.OBSERVE }).addGroupsFromFile(fileWith(YAML)),
    );
    const fromProps = templateOf(
      (stack) => void byProps(new KeepaloftArbiter(stack, 'Ha', { mode: Mode.OBSERVE })),
    );
    expect(fromFile.toJSON()).toEqual(fromProps.toJSON());
    for (const [, { Properties }] of ofType(fromFile, 'Custom::KeepaloftGroup')) {
      expect(JSON.stringify(Properties?.['Document'])).toContain('observe');
    }
  });

  it('also where members are selected', () => {
    const text = `
version: 1
groups:
  mysql:
    vips: [{ address: 172.31.0.201, fabric: secondary-ip }]
    members: [{ tag: { role: db }, priority: 150 }, { instance: ${nodeA} }, { autoScalingGroup: web }]
  redis:
    vips: [{ address: 172.31.0.202, fabric: secondary-ip }]
    members: { autoScalingGroup: web }
`;
    const fromFile = templateOf((stack) =>
      new KeepaloftArbiter(stack, 'Ha').addGroupsFromFile(fileWith(text), { subnet: someSubnet(stack) }),
    );
    const fromProps = templateOf((stack) => {
      const arbiter = new KeepaloftArbiter(stack, 'Ha');
      const subnet = someSubnet(stack);
      const web = AutoScalingGroup.fromAutoScalingGroupName(stack, 'Web', 'web');
      arbiter.addGroup('mysql', {
        vips: [Vip.secondaryIp('172.31.0.201', subnet)],
        members: [
          Member.fromTag({ role: 'db' }, { priority: 150 }),
          Member.fromInstanceId(nodeA),
          Member.fromAutoScalingGroup(web),
        ],
      });
      arbiter.addGroup('redis', {
        vips: [Vip.secondaryIp('172.31.0.202', subnet)],
        members: [Member.fromAutoScalingGroup(web)],
      });
    });
    expect(fromFile.toJSON()).toEqual(fromProps.toJSON());
  });

  it('also with roles, a subnet and a forced removal', () => {
    const fromFile = templateOf((stack) => {
      const options = {
        memberRoles: [memberRole(stack)],
        subnet: someSubnet(stack),
        forceRemoval: ['redis'],
      };
      new KeepaloftArbiter(stack, 'Ha').addGroupsFromFile(fileWith(YAML), options);
    });
    expect(ofType(fromFile, 'AWS::EC2::SubnetCidrReservation')).toHaveLength(2);
    expect(
      ofType(fromFile, 'Custom::KeepaloftGroup').map(([, { Properties }]) => Properties?.['ForceRemoval']),
    ).toEqual(['false', 'true']);
  });

  it('any file means as props what it means by itself', () => {
    fc.assert(
      fc.property(keepaloftFiles, (file) => {
        const { groups } = keepaloftFileSchema.parse(JSON.parse(JSON.stringify(file)));
        for (const [name, group] of Object.entries(groups)) {
          expect(groupFileOf(name, propsOf(group))).toEqual(fileOfGroup(name, group));
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('the parts of a group', () => {
  let template: Template;
  beforeAll(() => {
    template = templateOf((stack) => {
      const arbiter = new KeepaloftArbiter(stack, 'Ha');
      const group = arbiter.addGroup('mysql', {
        vips: [Vip.secondaryIp('172.31.0.201', someSubnet(stack, '172.31.0.0/24'))],
        members: [Member.fromInstanceId(nodeA)],
      });
      group.addMember(Member.fromInstanceId(nodeB, { priority: 7 }));
      arbiter.grantHeartbeat(memberRole(stack));
    });
  });

  it('the VIP is reserved in its subnet', () => {
    template.hasResourceProperties('AWS::EC2::SubnetCidrReservation', {
      Cidr: '172.31.0.201/32',
      ReservationType: 'explicit',
      SubnetId: 'subnet-0a000000000000001',
    });
  });

  it('a member added later is in the document, and its interface may be moved to', () => {
    const [id, { Properties }] = named(template, 'Hamysql', 'Custom::KeepaloftEnrolment');
    const document: unknown = JSON.parse(String(Properties?.['Document']));
    expect(document).toMatchObject({
      groups: {
        mysql: {
          members: [
            { instance: nodeA, priority: 100 },
            { instance: nodeB, priority: 7 },
          ],
        },
      },
    });
    const [, right] = named(template, 'HaMoveRight', 'AWS::IAM::Policy');
    expect(JSON.stringify(right)).toContain(JSON.stringify({ 'Fn::GetAtt': [id, 'Eni1'] }));
  });

  it('both resources carry the same document, and the group says whether it may be forced', () => {
    const [, enrolment] = named(template, 'Hamysql', 'Custom::KeepaloftEnrolment');
    const [, group] = named(template, 'Hamysql', 'Custom::KeepaloftGroup');
    expect(group.Properties).toEqual({ ...enrolment.Properties, ForceRemoval: 'false' });
  });

  it('the group comes last and goes first: a removal that is refused leaves nothing broken', () => {
    const resources = resourcesOf(template);
    const [groupId] = named(template, 'Hamysql', 'Custom::KeepaloftGroup');
    const reached = new Set<string>();
    const open = [groupId];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (reached.has(id) || resources[id] === undefined) continue;
      reached.add(id);
      const text = JSON.stringify(resources[id]);
      open.push(...(resources[id]?.DependsOn ?? []));
      for (const match of text.matchAll(/"(?:Ref|Fn::GetAtt)":\[?"([A-Za-z0-9]+)"/g))
        open.push(match[1] ?? '');
    }
    // How the agent gets to the hosts is no part of a group: they have it already when the group goes.
    const delivery = /^HaAgent|^CustomCDKBucketDeployment/;
    expect(Object.keys(resources).filter((id) => !reached.has(id) && !delivery.test(id))).toEqual([]);
  });
});

describe('what is known of members', () => {
  it('their security groups let clients in', () => {
    const template = templateOf((stack) => {
      const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
        vpcId: 'vpc-0a000000000000001',
        availabilityZones: ['a'],
      });
      const mine = SecurityGroup.fromSecurityGroupId(stack, 'Mine', 'sg-0a000000000000001');
      const clients = new SecurityGroup(stack, 'Clients', { vpc });
      const group = new KeepaloftArbiter(stack, 'Ha').addGroup('mysql', {
        vips: [Vip.secondaryIp('172.31.0.201')],
        members: [Member.fromInstanceId(nodeA, { securityGroups: [mine] })],
      });
      group.connections.allowFrom(clients, Port.tcp(3306));
    });
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      GroupId: 'sg-0a000000000000001',
      FromPort: 3306,
      ToPort: 3306,
    });
  });

  it('no reservation where it is switched off or the subnet is unknown', () => {
    const template = templateOf((stack) => {
      const arbiter = new KeepaloftArbiter(stack, 'Ha');
      const members = [Member.fromInstanceId(nodeA)];
      const vips = [Vip.secondaryIp('172.31.0.201', someSubnet(stack))];
      arbiter.addGroup('off', { vips, members, reserveAddresses: false });
      arbiter.addGroup('unknown', { vips: [Vip.secondaryIp('172.31.0.202')], members });
    });
    template.resourceCountIs('AWS::EC2::SubnetCidrReservation', 0);
  });

  it('an arbiter without groups is a stack, too', () => {
    const template = templateOf((stack: Stack) => void new KeepaloftArbiter(stack, 'Ha'));
    expect(ofType(template, 'AWS::IAM::Policy').filter(([id]) => id.startsWith('HaMoveRight'))).toEqual([]);
    expect(JSON.stringify(template.toJSON())).not.toContain('AssignPrivateIpAddresses');
  });

  it('a file as people write it reads as its YAML says', () => {
    const document = {
      version: 1,
      groups: {
        redis: { vips: [{ address: '172.31.0.9', fabric: 'secondary-ip' }], members: [{ instance: nodeA }] },
      },
    };
    const template = templateOf((stack) => {
      new KeepaloftArbiter(stack, 'Ha').addGroupsFromFile(fileWith(stringify(document)));
    });
    const [, { Properties }] = named(template, 'Haredis', 'Custom::KeepaloftGroup');
    expect(JSON.parse(String(Properties?.['Document']))).toMatchObject(document);
  });
});
