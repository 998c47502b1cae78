// Proves that the example of an Auto Scaling group is what its README says, and that nothing that can be changed about the
// arbiter or its group, nor a new version of the code, starts or replaces a host.

import { Template } from 'aws-cdk-lib/assertions';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';
import { type ScaledProps, ScaledStack } from '../../examples/asg/stack.ts';
import { Check, Transport } from '../../lib/index.ts';
import { inApp, named, ofType, resourcesOf, statementsOf } from './synthesis.ts';

const HOST_TYPES = ['AWS::AutoScaling::AutoScalingGroup', 'AWS::EC2::LaunchTemplate', 'AWS::EC2::Instance'];

const scaled = (props: ScaledProps = {}, agentVersion = '1.2.3'): Template =>
  inApp((app) => Template.fromStack(new ScaledStack(app, 'Scaled', props)), {}, agentVersion);
const hostsOf = (template: Template): Record<string, unknown> =>
  Object.fromEntries(
    HOST_TYPES.flatMap((type) => ofType(template, type).map(([id, { Properties }]) => [id, Properties])),
  );
const withNewCode = (template: Template): Template =>
  Template.fromString(
    JSON.stringify(template.toJSON()).replaceAll(/[0-9a-f]{64}\.zip/g, `${'f'.repeat(64)}.zip`),
  );

describe('the Auto Scaling group', () => {
  const before = scaled();
  const [subnet] = named(before, 'VpcHostsSubnet1', 'AWS::EC2::Subnet');
  const [group] = named(before, 'Group', 'AWS::AutoScaling::AutoScalingGroup');

  it('is in the one subnet of the VIP, which is reserved there, without NAT', () => {
    before.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', {
      VPCZoneIdentifier: [{ Ref: subnet }],
      MinSize: '2',
      MaxSize: '3',
    });
    before.hasResourceProperties('AWS::EC2::SubnetCidrReservation', {
      SubnetId: { Ref: subnet },
      Cidr: '10.30.0.200/32',
    });
    before.resourceCountIs('AWS::EC2::NatGateway', 0);
  });

  it('is named in the document, and waits before an instance goes', () => {
    const [, { Properties }] = named(before, 'Haweb', 'Custom::KeepaloftGroup');
    expect(JSON.stringify(Properties?.['Document'])).toContain(JSON.stringify({ Ref: group }));
    before.hasResourceProperties('AWS::AutoScaling::LifecycleHook', {
      AutoScalingGroupName: { Ref: group },
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
    });
  });

  it('its hosts may call the arbiter, and are believed by their role', () => {
    const [role] = named(before, 'HostRole', 'AWS::IAM::Role');
    for (const prefix of ['HaHeartbeat', 'HaEnroll']) {
      const [, { Properties }] = named(before, prefix, 'AWS::Lambda::Function');
      expect(Properties?.['Environment']).toMatchObject({ Variables: { MEMBER_ROLES: { Ref: role } } });
    }
    expect(statementsOf(before, 'HostRole').map(({ Action }) => Action)).toEqual([
      'execute-api:Invoke',
      's3:GetObject',
    ]);
  });

  it('the arbiter moves to interfaces of that subnet, and to no other', () => {
    const moves = statementsOf(before, 'HaHeartbeatRole').filter(
      ({ Action }) => Action === 'ec2:AssignPrivateIpAddresses',
    );
    expect(moves).toHaveLength(1);
    expect(JSON.stringify(moves[0]?.Condition)).toContain(JSON.stringify({ Ref: subnet }));
  });

  it('its hosts install the agent at their first boot, by lines that no version of it changes', () => {
    const [, { Properties }] = named(before, 'Host', 'AWS::EC2::LaunchTemplate');
    expect(JSON.stringify(Properties?.['LaunchTemplateData'])).toContain('# The agent of Keepaloft');
    const after = scaled({}, '9.9.9');
    expect(resourcesOf(after)).not.toEqual(resourcesOf(before));
    expect(hostsOf(after)).toEqual(hostsOf(before));
  });

  it('its first host boots once there is something to fetch', () => {
    const [, resource] = named(before, 'Group', 'AWS::AutoScaling::AutoScalingGroup');
    expect(resource.DependsOn).toContainEqual(expect.stringMatching(/^HaAgentChannelCustomResource/));
  });

  it.each<[string, ScaledProps]>([
    ['log retention and verbosity', { arbiter: { logRetention: RetentionDays.ONE_DAY, verbose: true } }],
    ['the transport', { arbiter: { transport: Transport.httpApi({ accessLogs: false }) } }],
    ['a check', { checks: { haproxy: Check.process('haproxy') } }],
  ])('a change of %s touches no host', (_, props) => {
    const after = scaled(props);
    expect(resourcesOf(after)).not.toEqual(resourcesOf(before));
    expect(hostsOf(after)).toEqual(hostsOf(before));
  });

  it('new code touches no host', () => {
    const after = withNewCode(before);
    expect(resourcesOf(after)).not.toEqual(resourcesOf(before));
    expect(hostsOf(after)).toEqual(hostsOf(before));
  });
});
