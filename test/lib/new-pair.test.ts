// Proves that nothing that can be changed about the arbiter or a group, nor a new version of the code, touches a host:
// a change of an instance, its launch template or its interface restarts a database.

import { Template } from 'aws-cdk-lib/assertions';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';
import { type NewPairProps, NewPairStack } from '../../examples/new-pair/stack.ts';
import { Check, Transport } from '../../lib/index.ts';
import { inApp, ofType, resourcesOf } from './synthesis.ts';

const HOST_TYPES = [
  'AWS::EC2::Instance',
  'AWS::EC2::LaunchTemplate',
  'AWS::EC2::NetworkInterface',
  'AWS::EC2::Volume',
];

const pair = (props: NewPairProps = {}, agentVersion?: string): Template =>
  inApp((app) => Template.fromStack(new NewPairStack(app, 'Pair', props)), {}, agentVersion);

/** The hosts as CloudFormation would compare them, by logical id: a new id is a new host. */
const hostsOf = (template: Template): Record<string, unknown> =>
  Object.fromEntries(
    HOST_TYPES.flatMap((type) => ofType(template, type).map(([id, { Properties }]) => [id, Properties])),
  );

/** The template as it would be after a new version: every asset has another hash. */
const withNewCode = (template: Template): Template =>
  Template.fromString(
    JSON.stringify(template.toJSON()).replaceAll(/[0-9a-f]{64}\.zip/g, `${'f'.repeat(64)}.zip`),
  );

describe('the new pair', () => {
  const before = pair();

  it('is two hosts in one subnet, without NAT, whose user-data is constant', () => {
    const hosts = ofType(before, 'AWS::EC2::Instance').map(([, { Properties }]) => Properties);
    expect(hosts).toHaveLength(2);
    expect(hosts[0]?.['SubnetId']).toEqual(hosts[1]?.['SubnetId']);
    const [first, second] = hosts.map((host) => JSON.stringify(host?.['UserData']));
    expect(first).toEqual(second);
    // The bucket's name and the region, and nothing else that a deployment could change.
    expect(first?.match(/\{"Ref":"[^"]+"\}/g)).toEqual([
      expect.stringMatching(/"HaAgentBucket\w+"/),
      '{"Ref":"AWS::Region"}',
    ]);
    expect(first).not.toContain('1.2.3');
    before.resourceCountIs('AWS::EC2::NatGateway', 0);
    before.hasResourceProperties('AWS::EC2::Route', { DestinationIpv6CidrBlock: '::/0' });
  });

  it('its members are granted and believed by their own roles', () => {
    const [, heartbeat] =
      ofType(before, 'AWS::Lambda::Function').find(([id]) => id.startsWith('HaHeartbeat')) ?? [];
    expect(JSON.stringify(heartbeat?.Properties?.['Environment'])).toMatch(
      /"MEMBER_ROLES":\{"Fn::Join":\["",\[\{"Ref":"FirstInstanceRole\w+"\},",",\{"Ref":"SecondInstanceRole\w+"\}\]\]\}/,
    );
  });

  it('its document names the instances that the stack makes', () => {
    const [[, group] = ['', undefined]] = ofType(before, 'Custom::KeepaloftGroup');
    const text = JSON.stringify(group?.Properties?.['Document']);
    for (const [id] of ofType(before, 'AWS::EC2::Instance')) expect(text).toContain(`{"Ref":"${id}"}`);
  });

  it.each<[string, NewPairProps]>([
    ['log retention and verbosity', { arbiter: { logRetention: RetentionDays.ONE_DAY, verbose: true } }],
    ['reserved concurrency', { arbiter: { reservedConcurrency: { heartbeat: 12, admin: 2 } } }],
    ['the transport', { arbiter: { transport: Transport.httpApi({ accessLogs: false }) } }],
    ['a check', { checks: { mysqld: Check.process('mysqld') } }],
  ])('a change of %s touches no host', (_, props) => {
    const after = pair(props);
    expect(resourcesOf(after)).not.toEqual(resourcesOf(before));
    expect(hostsOf(after)).toEqual(hostsOf(before));
  });

  it('a new agent touches no host', () => {
    const after = pair({}, '1.3.0');
    expect(resourcesOf(after)).not.toEqual(resourcesOf(before));
    expect(hostsOf(after)).toEqual(hostsOf(before));
  });

  it('new code touches no host', () => {
    const after = withNewCode(before);
    expect(resourcesOf(after)).not.toEqual(resourcesOf(before));
    expect(hostsOf(after)).toEqual(hostsOf(before));
  });
});
