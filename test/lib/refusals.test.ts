// Proves that what cannot work is refused at synthesis, in words that name the remedy.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, type Stack } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { DocumentError } from '../../core/wire/document.ts';
import { MEMBERS_MAX } from '../../core/wire/names.ts';
import {
  DeploymentError,
  type FailoverGroupProps,
  KeepaloftArbiter,
  Member,
  Mode,
  Vip,
} from '../../lib/index.ts';
import { scratchDirectory } from '../agent/scratch.ts';
import { inApp, nodeA, nodeB, someSubnet, templateOf } from './synthesis.ts';

const A = Member.fromInstanceId(nodeA);
const B = Member.fromInstanceId(nodeB);
const props = (fields: Partial<FailoverGroupProps> = {}): FailoverGroupProps => ({
  vips: [Vip.secondaryIp('172.31.0.201')],
  members: [A, B],
  ...fields,
});
const adding = (name: string, make: (stack: Stack) => FailoverGroupProps) => () =>
  templateOf((stack) => void new KeepaloftArbiter(stack, 'Ha').addGroup(name, make(stack)));
const filled = (fill: (arbiter: KeepaloftArbiter) => unknown) => () =>
  templateOf((stack) => void fill(new KeepaloftArbiter(stack, 'Ha')));
const file = (text: string): string => {
  const path = join(scratchDirectory(), 'keepaloft.yaml');
  writeFileSync(path, text);
  return path;
};

describe('props', () => {
  it.each<[string, string, (stack: Stack) => FailoverGroupProps]>([
    [
      'a lease of less than three heartbeats',
      'group mysql: timing: lease must be at least 3 heartbeats, or one lost heartbeat moves the VIP',
      () => props({ heartbeat: Duration.seconds(2), lease: Duration.seconds(5) }),
    ],
    [
      'an exclusive lease that the kernel cannot keep',
      'group mysql: timing.lease: too short for an exclusive group',
      () => props({ exclusive: true, lease: Duration.seconds(3) }),
    ],
    [
      'a VIP twice in a group',
      'group mysql: vips: a VIP is listed twice',
      () => props({ vips: [Vip.secondaryIp('172.31.0.201'), Vip.secondaryIp('172.31.0.201')] }),
    ],
    ['a member twice', 'group mysql: members: a member is listed twice', () => props({ members: [A, A] })],
    ['nobody', 'group mysql: members: ', () => props({ members: [] })],
    [
      'a wrong instance id',
      'group mysql: members.0.instance: a member is an EC2 instance id such as i-0123456789abcdef0',
      () => props({ members: [Member.fromInstanceId('db-1')] }),
    ],
    [
      'a priority that keepalived reserves',
      'group mysql: members.0.priority: ',
      () => props({ members: [Member.fromInstanceId(nodeA, { priority: 255 })] }),
    ],
    [
      'an address that is none',
      'group mysql: vips.0.address: an IPv4 address such as 172.31.0.201',
      () => props({ vips: [Vip.secondaryIp('172.31.0.999')] }),
    ],
    [
      'a VIP outside its subnet',
      'group mysql: 172.31.0.201 lies outside its subnet 10.0.0.0/24: choose an address of that subnet',
      (stack) => props({ vips: [Vip.secondaryIp('172.31.0.201', someSubnet(stack, '10.0.0.0/24'))] }),
    ],
    [
      'members in two subnets',
      'a secondary IP cannot leave its subnet. Start the members in one subnet, or use a route',
      () =>
        props({
          members: [
            Member.fromInstanceId(nodeA, { subnetId: 'subnet-0a000000000000001' }),
            Member.fromInstanceId(nodeB, { subnetId: 'subnet-0a000000000000002' }),
          ],
        }),
    ],
    [
      'a VIP in another subnet than its members',
      'VIPs and members are in different subnets (subnet-0a000000000000009, subnet-0a000000000000001)',
      (stack) =>
        props({
          vips: [Vip.secondaryIp('172.31.0.201', someSubnet(stack, undefined, 'subnet-0a000000000000009'))],
          members: [Member.fromInstanceId(nodeA, { subnetId: 'subnet-0a000000000000001' })],
        }),
    ],
  ])('%s: "%s"', (_, reason, make) => {
    expect(adding('mysql', make)).toThrow(DeploymentError);
    expect(adding('mysql', make)).toThrow(reason);
  });

  it('a group’s name that DynamoDB, metrics and hooks could not all carry', () => {
    expect(adding('MySQL', () => props())).toThrow(/group MySQL: .*a group name is 1-32 characters/);
  });

  it('one group twice, or one VIP in two groups', () => {
    const twice = (arbiter: KeepaloftArbiter): unknown => [
      arbiter.addGroup('mysql', props()),
      arbiter.addGroup('mysql', props({ vips: [Vip.secondaryIp('172.31.0.202')] })),
    ];
    expect(filled(twice)).toThrow('group mysql is there already: give the second one another name');
    const both = (arbiter: KeepaloftArbiter): unknown => [
      arbiter.addGroup('mysql', props()),
      arbiter.addGroup('redis', props()),
    ];
    expect(filled(both)).toThrow(
      '172.31.0.201 belongs to group mysql already: a VIP belongs to one group only',
    );
  });

  it('two groups with an Elastic IP each on the address of one member, also when that is added later', () => {
    const publicAt = (last: number): Vip[] => [
      Vip.elasticIp(`eipalloc-0000000${last}`, { address: `198.51.100.${last}` }),
    ];
    const meeting =
      (over: Partial<FailoverGroupProps> = {}) =>
      (arbiter: KeepaloftArbiter): void => {
        arbiter.addGroup('edge', props({ vips: publicAt(10), members: [A] }));
        arbiter.addGroup('web', props({ vips: publicAt(11), members: [B], ...over })).addMember(A);
      };
    expect(filled(meeting())).toThrow(
      `groups edge and web may both be held by ${nodeA}, whose own address goes by one Elastic IP only`,
    );
    expect(filled(meeting({ mode: Mode.OBSERVE }))).not.toThrow();
  });

  it('a member too many, also when it is added later', () => {
    const many = (arbiter: KeepaloftArbiter): void => {
      const group = arbiter.addGroup('mysql', props());
      for (let index = 0; index < MEMBERS_MAX; index += 1) {
        group.addMember(Member.fromInstanceId(`i-0000000${index}`));
      }
    };
    expect(filled(many)).toThrow(/group mysql: members: /);
  });

  it('a reservation of nothing', () => {
    const build = () =>
      inApp(() =>
        templateOf((stack) => new KeepaloftArbiter(stack, 'Ha', { reservedConcurrency: { heartbeat: 0 } })),
      );
    expect(build).toThrow('reservedConcurrency.heartbeat is 0: 0 would stop it, leave it out instead');
  });
});

describe('keepaloft.yaml', () => {
  const loading = (text: string, options = {}) =>
    filled((arbiter) => arbiter.addGroupsFromFile(file(text), options));
  const group = `vips: [{ address: 172.31.0.201, fabric: secondary-ip }], members: [{ instance: ${nodeA} }]`;

  it('an unknown key is told with its line and column', () => {
    const text = `version: 1\ngroups:\n  mysql:\n    { ${group}, preemt: true }\n`;
    expect(loading(text)).toThrow(DocumentError);
    expect(loading(text)).toThrow(/keepaloft\.yaml:4:\d+: groups\.mysql\.preemt: unknown key/);
  });

  it('a fabric that is not built is not offered', () => {
    const text = `version: 1\ngroups: { mysql: { ${group.replace('secondary-ip', 'carrier-pigeon')} } }`;
    expect(loading(text)).toThrow(/:2:\d+: groups\.mysql\.vips\.0\.fabric: /);
  });

  it('one VIP in two groups', () => {
    const text = `version: 1\ngroups:\n  a: { ${group} }\n  b: { ${group} }\n`;
    expect(loading(text)).toThrow('a VIP belongs to one group only');
  });

  it('a file that is not there, and a group to be forced that is not in it', () => {
    expect(filled((arbiter) => arbiter.addGroupsFromFile('/nowhere.yaml'))).toThrow(
      '/nowhere.yaml cannot be read: name a readable keepaloft.yaml',
    );
    const text = `version: 1\ngroups: { mysql: { ${group} } }`;
    expect(loading(text, { forceRemoval: ['redis'] })).toThrow(
      /no group redis in .*: removal is forced by a deployment/,
    );
  });
});
