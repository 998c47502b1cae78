// Proves that an IPv6 address is the same from keepaloft.yaml and from props, and brings the rights to take it and to give it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { Subnet } from 'aws-cdk-lib/aws-ec2';
import { describe, expect, it } from 'vitest';
import { type FailoverGroupProps, KeepaloftArbiter, Member, Vip } from '../../lib/index.ts';
import { scratchDirectory } from '../agent/scratch.ts';
import { named, nodeA, nodeB, ofType, someSubnet, statementsOf, templateOf } from './synthesis.ts';

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
/** What a role may change in EC2, as [actions, resources, condition]. */
const writesOf = (template: Template, role: string): unknown[][] =>
  statementsOf(template, role)
    .filter(({ Action }) => [Action].flat().some((action) => /^ec2:(?!Describe)/.test(action)))
    .map(({ Action, Resource, Condition }) =>
      Condition === undefined ? [Action, Resource] : [Action, Resource, Condition],
    );
const withGroup = (props: (stack: Stack) => FailoverGroupProps) =>
  templateOf((stack) => {
    new KeepaloftArbiter(stack, 'Ha').addGroup('edge', props(stack));
  });
const fileWith = (text: string): string => {
  const path = join(scratchDirectory(), 'keepaloft.yaml');
  writeFileSync(path, text);
  return path;
};

describe('an IPv6 address', () => {
  const V6 = '2001:db8:0:1::c9';

  it('is the same from keepaloft.yaml and from props', () => {
    const text = `
version: 1
groups:
  edge:
    vips: [{ address: "${V6}", fabric: ipv6 }]
    members: [{ instance: ${nodeA} }, { instance: ${nodeB} }]
`;
    const fromFile = templateOf((stack) =>
      new KeepaloftArbiter(stack, 'Ha').addGroupsFromFile(fileWith(text)),
    );
    expect(fromFile.toJSON()).toEqual(withGroup(() => ({ vips: [Vip.ipv6(V6)], members })).toJSON());
  });

  it('brings the rights to take and to give it, on the members’ interfaces, and reserves nothing', () => {
    const template = withGroup((stack) => ({ vips: [Vip.ipv6(V6, someSubnet(stack))], members }));
    for (const role of MOVERS) {
      expect(writesOf(template, role)).toEqual([
        [
          ['ec2:UnassignIpv6Addresses', 'ec2:AssignIpv6Addresses'],
          [eniOf(template, 'edge', 0), eniOf(template, 'edge', 1)],
        ],
      ]);
    }
    expect(ofType(template, 'AWS::EC2::SubnetCidrReservation')).toEqual([]);
  });

  it('with selected members is pinned to its subnet', () => {
    const selected = [Member.fromTag({ role: 'edge' })];
    const template = withGroup((stack) => ({ vips: [Vip.ipv6(V6, someSubnet(stack))], members: selected }));
    expect(writesOf(template, 'HaHeartbeatRole')).toEqual([
      [
        ['ec2:UnassignIpv6Addresses', 'ec2:AssignIpv6Addresses'],
        arnOf('network-interface', '*'),
        { StringEquals: { 'ec2:Subnet': arnOf('subnet', 'subnet-0a000000000000001') } },
      ],
    ]);
    expect(() => withGroup(() => ({ vips: [Vip.ipv6(V6)], members: selected }))).toThrow(
      `Vip.ipv6('${V6}', subnet)`,
    );
  });

  it.each<[string, string, (stack: Stack) => FailoverGroupProps]>([
    [
      'in another spelling',
      `an IPv6 address in its short form of RFC 5952: write ${V6}`,
      () => ({ vips: [Vip.ipv6('2001:DB8:0:1:0:0:0:C9')], members }),
    ],
    [
      'outside of the subnet that the app makes',
      `${V6} lies outside its subnet 2001:db8:0:2::/64`,
      (stack) => {
        const subnet = new Subnet(stack, 'Six', {
          vpcId: 'vpc-0a000000000000001',
          availabilityZone: 'us-east-1a',
          cidrBlock: '10.20.0.0/24',
          ipv6CidrBlock: '2001:db8:0:2::/64',
        });
        return { vips: [Vip.ipv6(V6, subnet)], members };
      },
    ],
    [
      'whose members are in two subnets',
      'an IPv6 address cannot leave its subnet',
      () => ({
        vips: [Vip.ipv6(V6)],
        members: [
          Member.fromInstanceId(nodeA, { subnetId: 'subnet-0a000000000000001' }),
          Member.fromInstanceId(nodeB, { subnetId: 'subnet-0a000000000000002' }),
        ],
      }),
    ],
  ])('%s is refused: "%s"', (_, reason, props) => {
    expect(() => withGroup(props)).toThrow(reason);
  });
});
