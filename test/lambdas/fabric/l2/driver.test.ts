// Proves that addresses of a switch are moved by no call, and that nothing is ever said of where they are.
import { describe, expect, it } from 'vitest';
import type { Vip } from '../../../../core/wire/names.ts';
import { eniA, nodeA } from '../../fixtures.ts';
import { order, plainContract, scopeWith } from '../contract.ts';
import { type Ec2World, openEc2World } from '../ec2/world.ts';

const vip = (address: string): Vip => ({ address, fabric: 'l2' });
const VIPS = [vip('192.168.0.100'), vip('192.168.0.101')];

/** EC2 is there, so that a call would be seen. */
const open = async (): Promise<Ec2World & { vips: readonly Vip[]; impossible: Vip }> => ({
  ...(await openEc2World('l2')),
  vips: VIPS,
  impossible: vip('224.0.0.18'),
});

plainContract('l2', open);

describe('l2', () => {
  it('asks EC2 nothing, and says nothing of where a VIP is: not that it is nowhere', async () => {
    const world = await open();
    const calls = scopeWith();
    await world.fabric.apply(order({ node: nodeA, eni: eniA }, VIPS), calls);
    expect(await world.fabric.observe(VIPS, world.roster, calls)).toEqual([]);
    // With EC2 away it is all the same.
    const moved = await world.unreachable.apply(order({ node: nodeA, eni: eniA }, VIPS), calls);
    expect(moved.every(({ ok }) => ok)).toBe(true);
    expect(await world.unreachable.observe(VIPS, world.roster, calls)).toEqual([]);
    expect([calls.calls, world.changes()]).toEqual([[], []]);
    await world.close();
  });

  it('refuses what no host accepts as the address of a service, and a VIP of another kind', async () => {
    const world = await open();
    const bad = ['127.0.0.1', '0.0.0.0', '169.254.1.1', '224.0.0.18', '255.255.255.255'].map(vip);
    const findings = await world.fabric.validate([...VIPS, ...bad], world.roster, scopeWith());
    expect(findings.map(({ address }) => address)).toEqual(bad.map(({ address }) => address));
    const other: Vip = { address: '172.31.0.201', fabric: 'secondary-ip' };
    expect(() => world.fabric.apply(order({ node: nodeA, eni: eniA }, [other]), scopeWith())).toThrow(
      'another kind',
    );
    await world.close();
  });
});
