// Proves that secondary IPs keep the fabric contract against the lab's EC2 end, and EC2's own traps are known.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Vip } from '../../../../core/wire/names.ts';
import { eniA, eniB, nodeA, nodeB } from '../../fixtures.ts';
import { fabricContract, order, scopeWith } from '../contract.ts';
import { openEc2 } from './world.ts';

fabricContract('secondary-ip', openEc2);

const vip = (address: string): Vip => ({ address, fabric: 'secondary-ip' });
const toA = { node: nodeA, eni: eniA };
const toB = { node: nodeB, eni: eniB };

describe('secondary-ip on EC2', () => {
  let world: Awaited<ReturnType<typeof openEc2>>;
  beforeEach(async () => {
    world = await openEc2();
  });
  afterEach(() => world.close());

  const codeOf = async (
    vips: readonly Vip[],
    target = toA,
  ): Promise<[string | undefined, boolean | undefined]> => {
    const [result] = await world.fabric.apply(order(target, vips), scopeWith());
    return [result?.error?.code, result?.error?.permanent];
  };

  it('moves all VIPs of a group with one call', async () => {
    await world.fabric.apply(order(toA, world.vips), scopeWith());
    expect(world.changes()).toHaveLength(1);
  });

  it('a vanished interface, a full one and a primary address are permanent', async () => {
    const many = [1, 2, 3, 4].map((n) => vip(`172.31.0.21${n}`));
    expect(await codeOf(many)).toEqual(['PrivateIpAddressLimitExceeded', true]);
    expect(await codeOf([vip('172.31.0.12')])).toEqual(['InvalidParameterValue', true]);
    world.cloud.setInstanceState(nodeB, 'terminated');
    expect(await codeOf(world.vips, toB)).toEqual(['InvalidNetworkInterfaceID.NotFound', true]);
  });

  it('another VPC with the same addresses is not mistaken for ours', async () => {
    await world.fabric.apply(order(toA, world.vips), scopeWith());
    const elsewhere = { subnetId: 'subnet-0b000000000000002', vpcId: 'vpc-0b000000000000002' };
    world.cloud.addSubnet({ ...elsewhere, cidrBlock: '172.31.0.0/24', availabilityZone: 'us-east-1a' });
    world.cloud.addInstance({
      ...elsewhere,
      instanceId: 'i-0d000000000000004',
      networkInterfaceId: 'eni-0d000000000000004',
      privateIpAddress: '172.31.0.201',
      macAddress: '02:00:ac:1f:00:0e',
    });
    const seen = await world.fabric.observe(world.vips, world.roster, scopeWith());
    expect(seen.map((observation) => observation.owner)).toEqual([eniA, eniA]);
  });

  it('validate names a primary address, a reserved one and a member that is gone', async () => {
    world.cloud.setInstanceState(nodeB, 'terminated');
    const vips = [vip('172.31.0.13'), vip('172.31.0.3'), vip('172.31.0.255')];
    const findings = await world.fabric.validate(vips, world.roster, scopeWith());
    const messages = findings.map((finding) => finding.message).join('\n');
    expect(messages).toContain('172.31.0.13 is the primary address');
    expect(messages).toContain('172.31.0.3 is one of the five addresses');
    expect(messages).toContain('172.31.0.255 is one of the five addresses');
    expect(messages).toContain(`${eniB} of ${nodeB} does not exist`);
  });

  it('with no member left a look is an error, because it cannot know which VPC is meant', async () => {
    for (const { instanceId } of world.cloud.instances())
      world.cloud.setInstanceState(instanceId, 'terminated');
    await expect(world.fabric.observe(world.vips, world.roster, scopeWith())).rejects.toThrow(
      'no network interface of any member',
    );
  });
});
