// Proves that routes keep the fabric contract against the lab's EC2 end: created, replaced, never half believed.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { epochMs } from '../../../../core/time.ts';
import type { FabricCall } from '../../../../lambdas/fabric/fabric.ts';
import { eniA, eniB, eniC, nodeA, nodeB, nodeC } from '../../fixtures.ts';
import { fabricContract, order, scopeWith } from '../contract.ts';
import { ONE, openRoute, type RouteWorld, TABLE_1, TABLE_2, TABLE_ABSENT, TWO, vip } from './world.ts';

fabricContract('route', openRoute);

const toA = { node: nodeA, eni: eniA };
const toB = { node: nodeB, eni: eniB };

describe('route on EC2', () => {
  let world: RouteWorld;
  beforeEach(async () => {
    world = await openRoute();
  });
  afterEach(() => world.close());

  const outcomes = (calls: readonly FabricCall[]) => calls.map(({ action, code }) => `${action} ${code}`);
  const ownerOf = async (...vips: (typeof ONE)[]) =>
    (await world.fabric.observe(vips, world.roster, scopeWith())).map(({ owner }) => owner);

  describe('moving', () => {
    it('creates the route that is not there yet, and replaces it ever after', async () => {
      const first = scopeWith();
      await world.fabric.apply(order(toA, [ONE]), first);
      const second = scopeWith();
      await world.fabric.apply(order(toB, [ONE]), second);
      expect(outcomes(first.calls)).toEqual(['ReplaceRoute InvalidParameterValue', 'CreateRoute ok']);
      expect(outcomes(second.calls)).toEqual(['ReplaceRoute ok']);
      expect(world.wayOf(TABLE_1, ONE.address)).toBe(eniB);
    });

    it('also where EC2 says so as it is documented', async () => {
      world.end.fault({ kind: 'error', action: 'ReplaceRoute', code: 'InvalidRoute.NotFound' });
      const [result] = await world.fabric.apply(order(toA, [ONE]), scopeWith());
      expect(result).toEqual({ address: ONE.address, ok: true });
    });

    it('replaces after all when somebody else was faster to create it', async () => {
      world.cloud.routeTables.create(TABLE_1, `${ONE.address}/32`, eniC);
      world.end.fault({ kind: 'error', action: 'ReplaceRoute', code: 'InvalidRoute.NotFound' });
      const calls: FabricCall[] = [];
      const onCall = (call: FabricCall) => {
        calls.push(call);
        world.heal();
      };
      const [result] = await world.fabric.apply(order(toA, [ONE]), scopeWith({ onCall }));
      expect(result?.ok).toBe(true);
      expect(outcomes(calls)).toEqual([
        'ReplaceRoute InvalidRoute.NotFound',
        'CreateRoute RouteAlreadyExists',
        'ReplaceRoute ok',
      ]);
    });

    it('sends no CreateRoute for an order that has expired meanwhile', async () => {
      const move = order(toA, [ONE]);
      let isLate = false;
      const scope = {
        ...scopeWith({ now: () => epochMs(isLate ? move.abortAt + 1 : move.orderedAt) }),
        onCall: () => (isLate = true),
      };
      const [result] = await world.fabric.apply(move, scope);
      expect(result).toMatchObject({ ok: false, error: { permanent: false } });
      expect(world.changes().map(({ operation }) => operation)).toEqual(['ReplaceRoute']);
    });

    it('a VIP whose tables fail in part has failed, for good if one of them has, and the others are moved', async () => {
      const half = vip('10.99.0.7', TABLE_1, TABLE_ABSENT);
      const results = await world.fabric.apply(order(toA, [half, ONE]), scopeWith());
      expect(results).toMatchObject([
        {
          address: half.address,
          ok: false,
          error: { code: 'InvalidRouteTableID.NotFound', permanent: true },
        },
        { address: ONE.address, ok: true },
      ]);
      expect(world.wayOf(TABLE_1, half.address)).toBe(eniA);
    });

    it('an address of the VPC and a vanished interface are permanent', async () => {
      const inside = await world.fabric.apply(order(toA, [vip('172.31.9.9', TABLE_1)]), scopeWith());
      expect(inside).toMatchObject([{ error: { code: 'InvalidParameterValue', permanent: true } }]);
      world.cloud.setInstanceState(nodeB, 'terminated');
      const gone = await world.fabric.apply(order(toB, [ONE]), scopeWith());
      expect(gone).toMatchObject([
        { error: { code: 'InvalidNetworkInterfaceID.NotFound', permanent: true } },
      ]);
    });

    it('moves many routes with at most eight calls at a time', async () => {
      const vips = Array.from({ length: 12 }, (_, n) => vip(`10.99.1.${n + 1}`, TABLE_1, TABLE_2));
      const results = await world.fabric.apply(order(toA, vips), scopeWith());
      expect(results.every(({ ok }) => ok)).toBe(true);
      expect(vips.every(({ address }) => world.wayOf(TABLE_2, address) === eniA)).toBe(true);
    });
  });

  describe('looking', () => {
    it('a set of tables that is moved in part is nowhere', async () => {
      await world.fabric.apply(order(toA, [TWO]), scopeWith());
      world.cloud.routeTables.replace(TABLE_2, `${TWO.address}/32`, eniB);
      expect(await ownerOf(TWO)).toEqual([null]);
      world.cloud.routeTables.delete(TABLE_2, `${TWO.address}/32`);
      expect(await ownerOf(TWO)).toEqual([null]);
    });

    it('a black hole is nowhere, and a gateway is no owner', async () => {
      await world.fabric.apply(order(toB, [ONE]), scopeWith());
      world.cloud.setInstanceState(nodeB, 'terminated');
      expect(await ownerOf(ONE)).toEqual([null]);
      world.cloud.routeTables.replace(TABLE_1, `${ONE.address}/32`, 'igw-0a000000000000001');
      expect(await ownerOf(ONE)).toEqual([null]);
    });

    it('a table that is gone is an error and never "nowhere"', async () => {
      await expect(ownerOf(ONE, vip('10.99.0.9', TABLE_ABSENT))).rejects.toThrow('does not exist');
    });
  });

  describe('validate', () => {
    const messages = async (...vips: (typeof ONE)[]) =>
      (await world.fabric.validate(vips, world.roster, scopeWith())).map(
        ({ message, hint }) => `${hint === true ? 'hint: ' : ''}${message}`,
      );

    it('refuses an address of any block of the VPC, and those that no host accepts', async () => {
      const found = await messages(
        vip('172.31.9.9', TABLE_1),
        vip('10.50.0.1', TABLE_1),
        vip('169.254.1.1', TABLE_1),
        vip('224.0.0.18', TABLE_1),
      );
      expect(found).toHaveLength(4);
      expect(found.join('\n')).toContain('172.31.9.9 lies inside 172.31.0.0/16');
      expect(found.join('\n')).toContain('10.50.0.1 lies inside 10.50.0.0/16');
      expect(found.join('\n')).toContain('169.254.1.1 is link-local');
      expect(found.join('\n')).toContain('224.0.0.18 is multicast');
    });

    it('refuses a table that is not there, and one of another VPC', async () => {
      const other = { routeTableId: 'rtb-0b000000000000001', vpcId: 'vpc-0b000000000000002' };
      world.cloud.addVpc({ vpcId: other.vpcId, cidrBlocks: ['10.60.0.0/16'] });
      world.cloud.routeTables.add(other);
      expect(await messages(vip('10.99.0.9', TABLE_ABSENT, other.routeTableId))).toEqual([
        expect.stringContaining(`${TABLE_ABSENT} does not exist`),
        expect.stringContaining(`${other.routeTableId} belongs to ${other.vpcId}`),
      ]);
    });

    it('refuses members whose source/destination check is on, with the command that turns it off', async () => {
      world.cloud.setSourceDestCheck(eniB, true);
      const findings = await world.fabric.validate([ONE], world.roster, scopeWith());
      expect(findings).toMatchObject([
        {
          address: ONE.address,
          member: nodeB,
          message: expect.stringContaining(
            `modify-network-interface-attribute --network-interface-id ${eniB} --no-source-dest-check`,
          ) as unknown,
        },
      ]);
    });

    it("refuses somebody else's route, names one to a foreign interface, and takes a black hole over", async () => {
      const { routeTables } = world.cloud;
      routeTables.create(TABLE_1, `${ONE.address}/32`, 'igw-0a000000000000001');
      expect(await messages(ONE)).toEqual([expect.stringMatching(/^rtb-\w+ leads 10\.99\.0\.1\/32 to igw-/)]);
      routeTables.replace(TABLE_1, `${ONE.address}/32`, eniC);
      expect(await messages(ONE)).toEqual([]);
      const { [nodeC]: _, ...others } = world.roster;
      const hints = await world.fabric.validate([ONE], others, scopeWith());
      expect(hints).toMatchObject([
        { hint: true, message: expect.stringContaining("no member's") as unknown },
      ]);
      world.cloud.setInstanceState(nodeC, 'terminated');
      expect(await world.fabric.validate([ONE], others, scopeWith())).toEqual([]);
    });

    it('names a member whose interface is gone', async () => {
      world.cloud.setInstanceState(nodeB, 'terminated');
      expect(await messages(ONE)).toEqual([expect.stringContaining(`${eniB} of ${nodeB} does not exist`)]);
    });
  });
});
