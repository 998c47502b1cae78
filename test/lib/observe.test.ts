// Proves that a deployment that observes can change nothing in EC2, because its template grants no such right and holds no
// such resource; that it hears and tells as much as any other; and that only what enforces brings the rights.
import { Stack } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import {
  DeploymentError,
  Drift,
  type FailoverGroupProps,
  KeepaloftArbiter,
  type KeepaloftArbiterProps,
  Member,
  Mode,
  Vip,
} from '../../lib/index.ts';
import {
  inApp,
  memberRole,
  named,
  nodeA,
  nodeB,
  ofType,
  type Statement,
  someSubnet,
  statementsOf,
  templateOf,
} from './synthesis.ts';

const MOVERS = ['HaHeartbeatRole', 'HaAdminRole', 'HaSweepRole', 'HaEventsRole'];

/** Named members, and selected ones: every way in which a right to move comes into a template. */
const fill = (stack: Stack, arbiterProps: KeepaloftArbiterProps, own: Partial<FailoverGroupProps>): void => {
  const arbiter = new KeepaloftArbiter(stack, 'Ha', arbiterProps);
  const subnet = someSubnet(stack);
  const named = arbiter.addGroup('named', {
    vips: [Vip.secondaryIp('172.31.0.201', subnet)],
    members: [Member.fromInstanceId(nodeA, { role: memberRole(stack) })],
    ...own,
  });
  named.addMember(Member.fromInstanceId(nodeB));
  arbiter.addGroup('selected', {
    vips: [Vip.secondaryIp('172.31.0.202', subnet)],
    members: [Member.fromTag({ role: 'db' }), Member.fromAutoScalingGroupName('web')],
    ...own,
  });
};
const filled = (arbiter: KeepaloftArbiterProps, own: Partial<FailoverGroupProps> = {}): Template =>
  templateOf((stack) => fill(stack, arbiter, own));

const actionsOf = (template: Template): string[] =>
  ofType(template, 'AWS::IAM::Policy').flatMap(([, { Properties = {} }]) => {
    const { Statement } = Properties['PolicyDocument'] as { Statement: Statement[] };
    return Statement.flatMap(({ Action }) => Action);
  });
/** Of EC2, and of whatever else changes machines. */
const changes = (template: Template): string[] =>
  actionsOf(template).filter((action) => /^(ec2|autoscaling):/.test(action) && !/^\w+:Describe/.test(action));
const modesOf = (template: Template): unknown[] =>
  ofType(template, 'Custom::KeepaloftGroup').map(([, { Properties }]) => {
    const { groups } = JSON.parse(String(Properties?.['Document'])) as {
      groups: Record<string, { mode: unknown }>;
    };
    return Object.values(groups)[0]?.mode;
  });

const observing: [string, Template][] = [
  ['an arbiter that observes', filled({ mode: Mode.OBSERVE })],
  ['an arbiter whose groups all observe', filled({}, { mode: Mode.OBSERVE })],
  [
    'an arbiter that observes, whatever its groups say',
    filled({ mode: Mode.OBSERVE }, { mode: Mode.ENFORCE }),
  ],
];

describe.each(observing)('%s', (_, template) => {
  it('may change nothing in EC2: no statement grants it', () => {
    expect(changes(template)).toEqual([]);
    expect(actionsOf(template).filter((action) => action.includes('*'))).toEqual(
      // Of the function that publishes the agent, in S3.
      actionsOf(template).filter((action) => action.startsWith('s3:') && action.includes('*')),
    );
    expect(JSON.stringify(template.toJSON())).not.toMatch(/AssignPrivateIpAddresses/);
  });

  it('brings no policy to move, no reservation and no hook', () => {
    expect(ofType(template, 'AWS::IAM::Policy').filter(([id]) => id.startsWith('HaMoveRight'))).toEqual([]);
    template.resourceCountIs('AWS::EC2::SubnetCidrReservation', 0);
    template.resourceCountIs('AWS::AutoScaling::LifecycleHook', 0);
    const foreign = Object.values(template.toJSON()['Resources'] as Record<string, { Type: string }>)
      .map(({ Type }) => Type)
      .filter((type) => /^AWS::(EC2|AutoScaling)::/.test(type));
    expect(foreign).toEqual([]);
  });

  it('says so in every document, and depends on nothing that is not there', () => {
    expect(modesOf(template)).toEqual(['observe', 'observe']);
    const resources = template.toJSON()['Resources'] as Record<string, { DependsOn?: string[] }>;
    for (const { DependsOn = [] } of Object.values(resources)) {
      for (const id of DependsOn) expect(resources).toHaveProperty(id);
    }
  });

  it('decides, looks and tells as any other', () => {
    for (const role of MOVERS) {
      const actions = statementsOf(template, role).flatMap(({ Action }) => Action);
      expect(actions).toEqual(
        expect.arrayContaining([
          'dynamodb:GetItem',
          'dynamodb:PutItem',
          'ec2:DescribeNetworkInterfaces',
          'events:PutEvents',
        ]),
      );
    }
    const [, machines] = named(template, 'HaEventsMachines', 'AWS::Events::Rule');
    expect(machines.Properties?.['EventPattern']).not.toHaveProperty('detail');
    const enroll = statementsOf(template, 'HaEnrollRole').flatMap(({ Action }) => Action);
    expect(enroll).toContain('dynamodb:PutItem');
  });
});

describe('a group that observes beside one that enforces', () => {
  const template = templateOf((stack) => {
    const arbiter = new KeepaloftArbiter(stack, 'Ha');
    const group = (name: string, last: number, node: string, mode?: Mode) =>
      arbiter.addGroup(name, {
        vips: [Vip.secondaryIp(`172.31.0.${last}`)],
        members: [Member.fromInstanceId(node)],
        ...(mode === undefined ? {} : { mode }),
      });
    group('watched', 201, nodeA, Mode.OBSERVE);
    group('moved', 202, nodeB);
  });
  const [watched] = named(template, 'Hawatched', 'Custom::KeepaloftEnrolment');
  const [moved] = named(template, 'Hamoved', 'Custom::KeepaloftEnrolment');

  it.each(MOVERS)('%s may move to the interfaces of that one’s members only', (role) => {
    const moves = statementsOf(template, role).filter(
      ({ Action }) => Action === 'ec2:AssignPrivateIpAddresses',
    );
    expect(moves).toHaveLength(1);
    expect(JSON.stringify(moves)).toContain(JSON.stringify({ 'Fn::GetAtt': [moved, 'Eni0'] }));
    expect(JSON.stringify(moves)).not.toContain(watched);
    expect(changes(template)).toEqual(['ec2:AssignPrivateIpAddresses']);
  });

  it('both machines are heard of', () => {
    const [, machines] = named(template, 'HaEventsMachines', 'AWS::Events::Rule');
    expect(machines.Properties).toMatchObject({
      EventPattern: { detail: { 'instance-id': [nodeA, nodeB] } },
    });
  });

  it('an instance of both is moved to for the one that enforces', () => {
    const both = templateOf((stack) => {
      const arbiter = new KeepaloftArbiter(stack, 'Ha');
      const members = [Member.fromInstanceId(nodeA)];
      arbiter.addGroup('watched', { vips: [Vip.secondaryIp('172.31.0.201')], members, mode: Mode.OBSERVE });
      arbiter.addGroup('moved', { vips: [Vip.secondaryIp('172.31.0.202')], members });
    });
    const [, right] = named(both, 'HaMoveRight', 'AWS::IAM::Policy');
    const [enrolment] = named(both, 'Hamoved', 'Custom::KeepaloftEnrolment');
    expect(JSON.stringify(right)).toContain(JSON.stringify({ 'Fn::GetAtt': [enrolment, 'Eni0'] }));
  });
});

describe('mode enforce', () => {
  it('is the default, and of an arbiter each group’s own', () => {
    const plain = filled({}).toJSON();
    expect(filled({ mode: Mode.ENFORCE }).toJSON()).toEqual(plain);
    expect(filled({}, { mode: Mode.ENFORCE }).toJSON()).toEqual(plain);
    const own = filled({ mode: Mode.ENFORCE }, { mode: Mode.OBSERVE });
    expect(modesOf(own)).toEqual(['observe', 'observe']);
  });

  it('brings what observing leaves out', () => {
    const template = filled({});
    expect(changes(template).toSorted()).toEqual([
      'autoscaling:CompleteLifecycleAction',
      'ec2:AssignPrivateIpAddresses',
      'ec2:AssignPrivateIpAddresses',
    ]);
    template.resourceCountIs('AWS::EC2::SubnetCidrReservation', 2);
    template.resourceCountIs('AWS::AutoScaling::LifecycleHook', 1);
  });

  it('the right is there before the group enforces', () => {
    const template = filled({});
    const [right] = named(template, 'HaMoveRight', 'AWS::IAM::Policy');
    for (const [, { DependsOn }] of ofType(template, 'Custom::KeepaloftGroup')) {
      expect(DependsOn).toContain(right);
    }
  });
});

describe('what cannot work', () => {
  it('selected members without the VIPs’ subnet are refused while the group observes, not when it enforces at last', () => {
    const build = (): Template =>
      templateOf((stack) => {
        new KeepaloftArbiter(stack, 'Ha', { mode: Mode.OBSERVE }).addGroup('mysql', {
          vips: [Vip.secondaryIp('172.31.0.201')],
          members: [Member.fromTag({ role: 'db' })],
        });
      });
    expect(build).toThrow(DeploymentError);
    expect(build).toThrow('need the subnet of 172.31.0.201');
  });

  it('an exclusive group adopts no drift', () => {
    const build = (): Template => filled({}, { exclusive: true, drift: Drift.ADOPT });
    expect(build).toThrow(DeploymentError);
    expect(build).toThrow('group named: drift: adopt is for groups that the fabric fences');
  });
});

describe('cdk-nag', () => {
  it('finds nothing in an arbiter that observes', () => {
    inApp((app) => {
      const stack = new Stack(app, 'Stack');
      fill(stack, { mode: Mode.OBSERVE }, {});
      const found = new AwsSolutionsChecks(stack).validateScope(stack).violations;
      expect(found).toEqual([]);
    });
  });
});
