// Proves that IPv6 addresses are taken before they are given, visible as late as EC2 makes it, and gone with their interface.
import { describe, expect, it } from 'vitest';
import type { AppliedChange } from '../../../../lab/ends/ec2/address-book.ts';
import { metadataTree, readTree } from '../../../../lab/ends/imds/tree.ts';
import { eni, instanceId, ManualClock, SUBNET, smallCloud, VPC } from '../small-vpc.ts';

const ONE = '2001:db8:0:1::c9';
const TWO = '2001:db8:0:1::ca';

const setUp = (delays = { ackMs: 0, propagationMs: 0, describeMs: 0 }) => {
  const clock = new ManualClock(1_000_000);
  const told: AppliedChange[] = [];
  const cloud = smallCloud({
    clock,
    delays,
    addressesPerInterfaceMax: 2,
    onApplied: (change) => told.push(change),
  });
  cloud.addSubnet({
    ...cloud.subnet(SUBNET),
    vpcId: VPC,
    ipv6CidrBlock: '2001:db8:0:1::/64',
  });
  return { clock, cloud, told };
};
const codeOf = (act: () => unknown): unknown => {
  try {
    act();
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
};

describe('IPv6 addresses', () => {
  it('go to nobody else before they have been taken, and to the same interface as often as one likes', () => {
    const { cloud } = setUp();
    cloud.ipv6s.assign(eni(1), [ONE]);
    cloud.ipv6s.assign(eni(1), [ONE, TWO]);
    expect(codeOf(() => cloud.ipv6s.assign(eni(2), [ONE]))).toBe('Resource.AlreadyAssigned');
    expect(codeOf(() => cloud.ipv6s.unassign(eni(2), [ONE]))).toBe('InvalidParameterValue');
    cloud.ipv6s.unassign(eni(1), [ONE]);
    cloud.ipv6s.assign(eni(2), [ONE]);
    expect([cloud.ipv6s.of(eni(1), 'control'), cloud.ipv6s.of(eni(2), 'control')]).toEqual([[TWO], [ONE]]);
  });

  it('lie in the block of the subnet, and as many on an interface as it may have', () => {
    const { cloud } = setUp();
    for (const address of ['2001:db8:0:1::3', '2001:db8:0:2::c9', '2001:db8:0:1:ffff:ffff:ffff:ffff'])
      expect(codeOf(() => cloud.ipv6s.assign(eni(1), [address]))).toBe('InvalidParameterValue');
    expect(codeOf(() => cloud.ipv6s.assign(eni(1), [ONE, TWO, '2001:db8:0:1::cb']))).toBe(
      'PrivateIpAddressLimitExceeded',
    );
    expect(cloud.ipv6s.of(eni(1), 'control')).toEqual([]);
  });

  it('are shown when EC2 shows them, and are no secondary IPs', () => {
    const { clock, cloud, told } = setUp({ ackMs: 10, propagationMs: 20, describeMs: 100 });
    cloud.ipv6s.assign(eni(1), [ONE]);
    clock.advance(30);
    expect(told).toMatchObject([{ address: ONE, toInterfaceId: eni(1), appliedAtMs: 1_000_030 }]);
    expect([cloud.ipv6s.of(eni(1), 'fabric'), cloud.ipv6s.of(eni(1), 'describe')]).toEqual([[ONE], []]);
    clock.advance(80);
    expect(cloud.ipv6s.of(eni(1), 'describe')).toEqual([ONE]);
    expect(cloud.secondaries(eni(1), 'describe')).toEqual([]);
  });

  it('go with their interface', () => {
    const { cloud } = setUp();
    cloud.ipv6s.assign(eni(1), [ONE]);
    cloud.setInstanceState(instanceId(1), 'terminated');
    cloud.ipv6s.assign(eni(2), [ONE]);
    expect(cloud.ownerOf(ONE, 'fabric')).toBe(eni(2));
  });

  it('stand in the metadata of their instance; without any there is no such entry', () => {
    const { cloud } = setUp();
    const instance = cloud.instance(instanceId(1));
    if (instance === undefined) throw new Error('no instance');
    const at = (name: string): string | undefined => {
      const session = () => ({}) as never;
      const tree = metadataTree({ cloud, instance, role: 'Member', roleId: 'AROA', session });
      return readTree(tree ?? {}, `meta-data/network/interfaces/macs/02:00:ac:1f:00:11/${name}`);
    };
    expect(at('ipv6s')).toBeUndefined();
    cloud.ipv6s.assign(eni(1), [ONE, TWO]);
    expect(at('ipv6s')).toBe(`${ONE}\n${TWO}`);
    expect(at('subnet-ipv6-cidr-blocks')).toBe('2001:db8:0:1::/64');
    expect(at('local-ipv4s')).toBe('172.31.0.11');
  });
});
