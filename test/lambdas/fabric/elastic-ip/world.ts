/** The contract's world for Elastic IPs: one on the holder's primary address, one on a secondary IP. */
import type { ElasticIpVip, EniId } from '../../../../core/wire/names.ts';
import type { World } from '../contract.ts';
import { type Ec2World, openEc2World } from '../ec2/world.ts';

export const PRIVATE = '172.31.0.201';
export const PLAIN: ElasticIpVip = {
  address: '198.51.100.10',
  fabric: 'elastic-ip',
  allocation: 'eipalloc-0a000000000000001',
};
export const STANDING: ElasticIpVip = {
  address: '198.51.100.11',
  fabric: 'elastic-ip',
  allocation: 'eipalloc-0a000000000000002',
  private: PRIVATE,
};
const VIPS = [PLAIN, STANDING];

export const openElasticIp = async (): Promise<World & Ec2World> => {
  const world = await openEc2World('elastic-ip', {
    allocations: VIPS.map(({ allocation, address }) => ({ allocationId: allocation, publicIp: address })),
  });
  const { cloud } = world;
  return {
    ...world,
    isAtomic: false,
    vips: VIPS,
    impossible: {
      address: '198.51.100.99',
      fabric: 'elastic-ip',
      allocation: 'eipalloc-0a000000000000009',
    },
    prepare: (eni: EniId) => cloud.assign(eni, [PRIVATE], true),
    ownerOf: (address) => {
      const vip = VIPS.find((candidate) => candidate.address === address);
      return cloud.elasticIps.associationOf(vip?.allocation ?? '', 'control')?.networkInterfaceId;
    },
  };
};
