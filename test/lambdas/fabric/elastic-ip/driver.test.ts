// Proves that Elastic IPs keep the fabric contract against the lab's EC2 end, alone and on a secondary IP.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ElasticIpVip } from '../../../../core/wire/names.ts';
import { eniA, eniB, eniC, nodeA, nodeB } from '../../fixtures.ts';
import { fabricContract, order, scopeWith } from '../contract.ts';
import { openElasticIp, PLAIN, PRIVATE, STANDING } from './world.ts';

fabricContract('elastic-ip', openElasticIp);

const toA = { node: nodeA, eni: eniA };
const toB = { node: nodeB, eni: eniB };

describe('elastic-ip on EC2', () => {
  let world: Awaited<ReturnType<typeof openElasticIp>>;
  beforeEach(async () => {
    world = await openElasticIp();
  });
  afterEach(() => world.close());

  const standing = (vip: ElasticIpVip) =>
    world.cloud.elasticIps.associationOf(vip.allocation, 'control')?.privateIp;
  const ownerOf = async (vip: ElasticIpVip) =>
    (await world.fabric.observe([vip], world.roster, scopeWith())).map(({ owner }) => owner);

  it("stands on the holder's primary address, which EC2 chooses by itself", async () => {
    await world.fabric.apply(order(toA, [PLAIN]), scopeWith());
    expect(standing(PLAIN)).toBe('172.31.0.11');
    expect(world.changes()[0]?.input).not.toHaveProperty('PrivateIpAddress');
  });

  it('stands on the secondary IP that it names, and is nowhere while it stands on another address', async () => {
    world.cloud.assign(eniA, [PRIVATE], true);
    world.cloud.elasticIps.associate({ allocationId: STANDING.allocation, networkInterfaceId: eniA });
    expect(await ownerOf(STANDING)).toEqual([null]);
    await world.fabric.apply(order(toA, [STANDING]), scopeWith());
    expect(standing(STANDING)).toBe(PRIVATE);
    expect(await ownerOf(STANDING)).toEqual([eniA]);
  });

  it('has gone with its secondary IP when it is asked for, and the call changes nothing', async () => {
    world.cloud.assign(eniA, [PRIVATE], true);
    await world.fabric.apply(order(toA, [STANDING]), scopeWith());
    world.cloud.assign(eniB, [PRIVATE], true);
    expect(await ownerOf(STANDING)).toEqual([eniB]);
    const [result] = await world.fabric.apply(order(toB, [STANDING]), scopeWith());
    expect(result?.ok).toBe(true);
  });

  it('a private address that EC2 does not see there yet is waited for, and bans nobody', async () => {
    const onCall = () => world.cloud.assign(eniA, [PRIVATE], true);
    const [late] = await world.fabric.apply(order(toA, [STANDING]), scopeWith({ onCall }));
    expect(late?.ok).toBe(true);
    const [never] = await world.fabric.apply(order(toB, [STANDING], 300), scopeWith());
    expect(never?.error).toMatchObject({ code: 'InvalidParameterValue', permanent: false });
  });

  it('a vanished interface is permanent', async () => {
    world.cloud.setInstanceState(nodeB, 'terminated');
    const [result] = await world.fabric.apply(order(toB, [PLAIN]), scopeWith());
    expect(result?.error).toMatchObject({ code: 'InvalidNetworkInterfaceID.NotFound', permanent: true });
  });

  it('an Elastic IP that was released is an error and never "nowhere"', async () => {
    await expect(ownerOf({ ...PLAIN, allocation: 'eipalloc-0a000000000000009' })).rejects.toThrow(
      'does not exist',
    );
  });

  describe('validate', () => {
    it('refuses an allocation of another address, two in one place, and names a member that is gone', async () => {
      const other = { ...PLAIN, address: '198.51.100.12' };
      const second: ElasticIpVip = { ...STANDING, private: undefined };
      const findings = await world.fabric.validate([other, second], world.roster, scopeWith());
      expect(findings.map(({ message }) => message)).toEqual([
        expect.stringContaining('198.51.100.11 and 198.51.100.12 both stand on the primary address'),
        expect.stringContaining(`${PLAIN.allocation} is ${PLAIN.address} and not 198.51.100.12`),
      ]);
      world.cloud.setInstanceState(nodeB, 'terminated');
      const gone = await world.fabric.validate([PLAIN], world.roster, scopeWith());
      expect(gone).toMatchObject([
        { member: nodeB, message: expect.stringContaining(`${eniB} of ${nodeB}`) as unknown },
      ]);
    });

    it('names who loses what by the move, and refuses nothing for it', async () => {
      const { allocationId } = world.cloud.elasticIps.allocate();
      world.cloud.elasticIps.associate({ allocationId, networkInterfaceId: eniB });
      const [own] = await world.fabric.validate([PLAIN], world.roster, scopeWith());
      expect(own).toMatchObject({ member: nodeB, hint: true });
      expect(own?.message).toContain('loses its own public address');
      expect(await world.fabric.validate([STANDING], world.roster, scopeWith())).toEqual([]);
      world.cloud.elasticIps.associate({ allocationId: PLAIN.allocation, networkInterfaceId: eniC });
      const some = { [nodeA]: world.roster[nodeA], [nodeB]: world.roster[nodeB] };
      const foreign = await world.fabric.validate([PLAIN], some as typeof world.roster, scopeWith());
      expect(foreign).toContainEqual(
        expect.objectContaining({ hint: true, message: expect.stringContaining("no member's") as unknown }),
      );
    });
  });
});
