// Proves that nothing is lost in the gap between the two calls of a move, that nobody is robbed, and that an old look does no harm.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { epochMs } from '../../../../core/time.ts';
import type { Vip } from '../../../../core/wire/names.ts';
import type { FabricCall } from '../../../../lambdas/fabric/fabric.ts';
import { eniA, eniB, eniC, nodeA, nodeB, nodeC } from '../../fixtures.ts';
import { order, scopeWith } from '../contract.ts';
import { VPC } from '../ec2/world.ts';
import { eniD, ONE, openIpv6, stranger, TWO, vip } from './world.ts';

const toA = { node: nodeA, eni: eniA };
const toB = { node: nodeB, eni: eniB };

describe('moving an IPv6 address', () => {
  let world: Awaited<ReturnType<typeof openIpv6>>;
  beforeEach(async () => {
    world = await openIpv6();
  });
  afterEach(() => world.close());

  const move = (target = toB, vips: readonly Vip[] = world.vips, scope = scopeWith(), abortInMs = 2000) =>
    world.fabric.apply(order(target, vips, abortInMs), scope);
  const sent = () =>
    world.changes().map(({ operation, input }) => `${operation} ${String(input['NetworkInterfaceId'])}`);
  const ownerOf = (one: Vip) => world.cloud.ownerOf(one.address, 'control');
  const observed = async (...vips: Vip[]) =>
    (await world.fabric.observe(vips, world.roster, scopeWith())).map(({ owner }) => owner);

  it('takes all from an interface with one call and gives all with another', async () => {
    await move(toA);
    await move(toB);
    expect(sent()).toEqual([
      `AssignIpv6Addresses ${eniA}`,
      `UnassignIpv6Addresses ${eniA}`,
      `AssignIpv6Addresses ${eniB}`,
    ]);
  });

  it('goes on where an order before it has died: on no interface, they are given at once', async () => {
    await move(toA);
    world.cloud.ipv6s.unassign(eniA, [ONE.address, TWO.address]);
    expect(await observed(ONE, TWO)).toEqual([null, null]);
    expect((await move(toB)).every(({ ok }) => ok)).toBe(true);
    expect(sent()).toEqual([`AssignIpv6Addresses ${eniA}`, `AssignIpv6Addresses ${eniB}`]);
  });

  it('takes each from where it is', async () => {
    world.cloud.ipv6s.assign(eniA, [ONE.address]);
    world.cloud.ipv6s.assign(eniC, [TWO.address]);
    await move(toB);
    expect(sent().toSorted()).toEqual([
      `AssignIpv6Addresses ${eniB}`,
      `UnassignIpv6Addresses ${eniA}`,
      `UnassignIpv6Addresses ${eniC}`,
    ]);
    expect([ownerOf(ONE), ownerOf(TWO)]).toEqual([eniB, eniB]);
  });

  it('never takes from the target', async () => {
    world.cloud.ipv6s.assign(eniB, [ONE.address]);
    world.cloud.ipv6s.assign(eniA, [TWO.address]);
    await move(toB);
    expect(sent()).toEqual([`UnassignIpv6Addresses ${eniA}`, `AssignIpv6Addresses ${eniB}`]);
  });

  it('an old look costs a refusal and a second look, and is no fault of the target', async () => {
    await move(toA);
    world.cloud.delays.describeMs = 400;
    world.cloud.ipv6s.unassign(eniA, [ONE.address, TWO.address]);
    world.cloud.ipv6s.assign(eniC, [ONE.address, TWO.address]);
    const scope = scopeWith();
    expect((await move(toB, world.vips, scope)).every(({ ok }) => ok)).toBe(true);
    expect(sent().slice(1, 3)).toEqual([`UnassignIpv6Addresses ${eniA}`, `AssignIpv6Addresses ${eniB}`]);
    expect(sent().slice(-2)).toEqual([`UnassignIpv6Addresses ${eniC}`, `AssignIpv6Addresses ${eniB}`]);
  });

  it.each(['InvalidIPAddress.InUse', 'InvalidParameterValue'])(
    'EC2 that refuses with %s to give what is there already has given it',
    async (code) => {
      await move(toB);
      world.end.fault({ kind: 'error', action: 'AssignIpv6Addresses', code });
      expect((await move(toB)).every(({ ok }) => ok)).toBe(true);
    },
  );

  it('an old look that shows it with the target proves nothing', async () => {
    await move(toB);
    world.cloud.delays.describeMs = 500;
    world.cloud.ipv6s.unassign(eniB, [ONE.address, TWO.address]);
    world.cloud.ipv6s.assign(eniC, [ONE.address, TWO.address]);
    expect((await move(toB)).every(({ ok }) => ok)).toBe(true);
    expect([ownerOf(ONE), ownerOf(TWO)]).toEqual([eniB, eniB]);
  });

  it('EC2 that calls what another interface has an invalid parameter is looked at again, too', async () => {
    await move(toA);
    world.cloud.delays.describeMs = 300;
    world.cloud.ipv6s.unassign(eniA, [ONE.address, TWO.address]);
    world.cloud.ipv6s.assign(eniC, [ONE.address, TWO.address]);
    world.end.fault({
      kind: 'error',
      action: 'AssignIpv6Addresses',
      code: 'InvalidParameterValue',
      forMs: 300,
    });
    expect((await move(toB)).every(({ ok }) => ok)).toBe(true);
  });

  it.each<[string, () => void, string]>([
    [
      'full',
      () =>
        world.cloud.ipv6s.assign(
          eniB,
          ['a', 'b', 'c'].map((end) => `2001:db8:0:1::${end}`),
        ),
      'PrivateIpAddressLimitExceeded',
    ],
    ['gone', () => world.cloud.setInstanceState(nodeB, 'terminated'), 'InvalidNetworkInterfaceID.NotFound'],
  ])('a target that is %s is refused for good, and who had them has them still', async (_, spoil, code) => {
    await move(toA);
    spoil();
    const results = await move(toB);
    expect(results.map(({ error }) => [error?.code, error?.permanent])).toEqual([
      [code, true],
      [code, true],
    ]);
    expect([ownerOf(ONE), ownerOf(TWO)]).toEqual([eniA, eniA]);
  });

  it('nothing is taken for a target in another subnet', async () => {
    world.cloud.addSubnet({
      subnetId: 'subnet-0b000000000000002',
      vpcId: VPC,
      cidrBlock: '172.31.1.0/24',
      ipv6CidrBlock: '2001:db8:0:2::/64',
      availabilityZone: 'us-east-1b',
    });
    stranger(
      world.cloud,
      { subnetId: 'subnet-0b000000000000002', privateIpAddress: '172.31.1.99' },
      vip('2001:db8:0:2::1'.replace('::1', '::99')),
    );
    await move(toA);
    const before = sent().length;
    const results = await move({ node: nodeC, eni: eniD });
    expect(results).toMatchObject([{ error: { permanent: true } }, { error: { permanent: true } }]);
    expect(sent()).toHaveLength(before);
  });

  it('what cannot be taken stays where it is and bans nobody, and the others move', async () => {
    stranger(world.cloud, {}, ONE);
    world.cloud.ipv6s.assign(eniA, [TWO.address]);
    world.end.fault({ kind: 'error', action: ONE.address, code: 'UnauthorizedOperation' });
    const results = await move(toB);
    expect(results).toMatchObject([
      { ok: false, error: { code: 'UnauthorizedOperation', permanent: false } },
      { ok: true },
    ]);
    expect([ownerOf(ONE), ownerOf(TWO)]).toEqual([eniD, eniB]);
  });

  it('an order whose time ends after the first call gives nothing any more', async () => {
    await move(toA);
    const late = order(toB, world.vips);
    let isLate = false;
    const scope = {
      ...scopeWith({ now: () => epochMs(isLate ? late.abortAt + 1 : late.orderedAt) }),
      onCall: ({ action }: FabricCall) => {
        isLate ||= action === 'UnassignIpv6Addresses';
      },
    };
    const results = await world.fabric.apply(late, scope);
    expect(results).toMatchObject([
      { error: { code: 'MoveAborted', permanent: false } },
      { error: { code: 'MoveAborted' } },
    ]);
    expect(sent().slice(1)).toEqual([`UnassignIpv6Addresses ${eniA}`]);
    expect(await observed(ONE, TWO)).toEqual([null, null]);
  });

  it('a stale order robs nobody: what it has not just seen elsewhere it cannot get', async () => {
    await move(toA);
    world.cloud.delays.describeMs = 60_000;
    world.cloud.ipv6s.unassign(eniA, [ONE.address, TWO.address]);
    world.cloud.ipv6s.assign(eniC, [ONE.address, TWO.address]);
    const results = await move(toB, world.vips, scopeWith(), 700);
    // Refused as often as there is time for, and at last perhaps too late to be sent.
    expect(results.map(({ ok, error }) => [ok, error?.permanent])).toEqual([
      [false, false],
      [false, false],
    ]);
    expect([ownerOf(ONE), ownerOf(TWO)]).toEqual([eniC, eniC]);
  });

  it('another VPC with the same addresses keeps them', async () => {
    const elsewhere = { subnetId: 'subnet-0b000000000000002', vpcId: 'vpc-0b000000000000002' };
    world.cloud.addSubnet({
      ...elsewhere,
      cidrBlock: '172.31.0.0/24',
      ipv6CidrBlock: '2001:db8:0:1::/64',
      availabilityZone: 'us-east-1a',
    });
    stranger(world.cloud, elsewhere, ONE);
    const results = await move(toB, world.vips, scopeWith(), 300);
    // Here EC2 has one book for all VPCs, and refuses; that an interface elsewhere has it is no fault of the target.
    expect(results.map(({ error }) => error?.permanent)).toEqual([false, false]);
    expect(ownerOf(ONE)).toBe(eniD);
  });

  it('what it has taken itself, a look that shows it there still is only late', async () => {
    await move(toA, [ONE]);
    world.cloud.delays.describeMs = 60_000;
    const results = await move(toB, [ONE, vip('2001:db8:0:2::c9')]);
    expect(results.map(({ error }) => error?.permanent)).toEqual([true, true]);
    expect(ownerOf(ONE)).toBe(eniA);
  });

  it('a look that is refused does not speak of the target', async () => {
    const action = 'DescribeNetworkInterfaces';
    world.end.fault({ kind: 'error', action, code: 'UnauthorizedOperation' });
    expect(await move(toB, [ONE])).toMatchObject([
      { error: { code: 'UnauthorizedOperation', permanent: false } },
    ]);
  });
});
