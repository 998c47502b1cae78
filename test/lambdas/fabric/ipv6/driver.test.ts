// Proves that IPv6 addresses keep the fabric contract against the lab's EC2 end, and that nothing is lost in the gap between two calls.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Vip } from '../../../../core/wire/names.ts';
import { eniA, eniB, nodeA, nodeB } from '../../fixtures.ts';
import { fabricContract, order, scopeWith } from '../contract.ts';
import { SUBNET, VPC } from '../ec2/world.ts';
import { eniD, ONE, openIpv6, stranger, TWO, vip } from './world.ts';

fabricContract('ipv6', openIpv6);

const toA = { node: nodeA, eni: eniA };

describe('ipv6 on EC2', () => {
  let world: Awaited<ReturnType<typeof openIpv6>>;
  beforeEach(async () => {
    world = await openIpv6();
  });
  afterEach(() => world.close());

  const observed = async (...vips: Vip[]) =>
    (await world.fabric.observe(vips, world.roster, scopeWith())).map(({ owner }) => owner);

  describe('looking', () => {
    it('another VPC with the same addresses is not mistaken for ours', async () => {
      await world.fabric.apply(order(toA, world.vips), scopeWith());
      const elsewhere = { subnetId: 'subnet-0b000000000000002', vpcId: 'vpc-0b000000000000002' };
      world.cloud.addSubnet({
        ...elsewhere,
        cidrBlock: '172.31.0.0/24',
        ipv6CidrBlock: '2001:db8:0:1::/64',
        availabilityZone: 'us-east-1a',
      });
      stranger(world.cloud, elsewhere, vip('2001:db8:0:1::cb'));
      expect(await observed(ONE, TWO, vip('2001:db8:0:1::cb'))).toEqual([eniA, eniA, null]);
    });

    it('a stranger that has it is named', async () => {
      stranger(world.cloud, {}, ONE);
      expect(await observed(ONE)).toEqual([eniD]);
    });

    it('with no member left a look is an error, because it cannot know which VPC is meant', async () => {
      for (const { instanceId } of world.cloud.instances())
        world.cloud.setInstanceState(instanceId, 'terminated');
      await expect(observed(ONE)).rejects.toThrow('no network interface of any member');
    });
  });

  it('validate names a reserved address, one of a stranger, a subnet without a block and a member that is gone', async () => {
    stranger(world.cloud, {}, TWO);
    world.cloud.setInstanceState(nodeB, 'terminated');
    const vips = [TWO, vip('2001:db8:0:1::3'), vip('2001:db8:0:1:ffff:ffff:ffff:ffff')];
    const messages = (await world.fabric.validate(vips, world.roster, scopeWith()))
      .map(({ message }) => message)
      .join('\n');
    expect(messages).toContain(`${eniD} has ${TWO.address}, which is no member's`);
    expect(messages).toContain('2001:db8:0:1::3 is one of the five addresses');
    expect(messages).toContain('2001:db8:0:1:ffff:ffff:ffff:ffff is one of the five addresses');
    expect(messages).toContain(`${eniB} of ${nodeB} does not exist`);
    world.cloud.addSubnet({
      subnetId: SUBNET,
      vpcId: VPC,
      cidrBlock: '172.31.0.0/24',
      availabilityZone: 'us-east-1a',
    });
    const without = await world.fabric.validate([ONE], world.roster, scopeWith());
    expect(without.some(({ message }) => message.includes('has no IPv6 block: associate one'))).toBe(true);
  });
});
