/** The contract's world for secondary IPs. */
import type { World } from '../contract.ts';
import { type Ec2World, openEc2World } from '../ec2/world.ts';

const ADDRESSES_MAX = 4;

const vip = (address: string) => ({ address, fabric: 'secondary-ip' as const });

export const openEc2 = async (): Promise<World & Ec2World> => {
  const world = await openEc2World('secondary-ip', { addressesPerInterfaceMax: ADDRESSES_MAX });
  return {
    ...world,
    isAtomic: true,
    vips: [vip('172.31.0.201'), vip('172.31.0.202')],
    impossible: vip('10.9.9.9'),
    ownerOf: (address) => world.cloud.ownerOf(address, 'control'),
  };
};
