/** The contract's world for IPv6 addresses. */
import type { EniId, Vip } from '../../../../core/wire/names.ts';
import type { Cloud } from '../../../../lab/ends/ec2/cloud.ts';
import type { World } from '../contract.ts';
import { type Ec2World, openEc2World, SUBNET } from '../ec2/world.ts';

const ADDRESSES_MAX = 4;

export const vip = (address: string): Vip => ({ address, fabric: 'ipv6' });
export const ONE = vip('2001:db8:0:1::c9');
export const TWO = vip('2001:db8:0:1::ca');

export const openIpv6 = async (): Promise<World & Ec2World> => {
  const world = await openEc2World('ipv6', { addressesPerInterfaceMax: ADDRESSES_MAX });
  return {
    ...world,
    isAtomic: true,
    vips: [ONE, TWO],
    impossible: vip('2001:db8:0:2::c9'),
    ownerOf: (address) => world.cloud.ownerOf(address, 'control'),
  };
};

export const eniD: EniId = 'eni-0d000000000000004';

/** Another instance, whose interface has an address. */
export const stranger = (
  cloud: Cloud,
  place: Partial<{ subnetId: string; vpcId: string; privateIpAddress: string }>,
  { address }: Vip,
): void => {
  cloud.addInstance({
    subnetId: SUBNET,
    privateIpAddress: '172.31.0.99',
    ...place,
    instanceId: 'i-0d000000000000004',
    networkInterfaceId: eniD,
    macAddress: '02:00:ac:1f:00:0e',
  });
  cloud.ipv6s.assign(eniD, [address]);
};
