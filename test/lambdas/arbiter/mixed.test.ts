// Proves that a group with a secondary IP, a route and Elastic IPs is moved, retried and repaired as one, on the lab's EC2 end.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GroupReport } from '../../../core/wire/heartbeat.ts';
import type { GroupState } from '../../../core/wire/item.ts';
import type { EniId, NodeId, Vip } from '../../../core/wire/names.ts';
import { arbitrate } from '../../../lambdas/arbiter/run.ts';
import { createFabrics } from '../../../lambdas/fabric/fabrics.ts';
import { createStore } from '../../../lambdas/store/store.ts';
import { sweepGroup } from '../../../lambdas/sweep/group.ts';
import { type TestDeps, testDeps } from '../deps.ts';
import { type Ec2World, openEc2World, VPC } from '../fabric/ec2/world.ts';
import { config, eniA, nodeA, nodeB, nodeC, report, stranger } from '../fixtures.ts';
import { startTable, TABLE, type Table } from '../table.ts';

const ROUTES = 'rtb-0a000000000000001';
const WAY = '10.99.0.1/32';
const STANDING = 'eipalloc-0a000000000000001';
const PLAIN = 'eipalloc-0a000000000000002';
const VIPS: readonly Vip[] = [
  { address: '198.51.100.10', fabric: 'elastic-ip', allocation: STANDING, private: '172.31.0.201' },
  { address: '172.31.0.201', fabric: 'secondary-ip' },
  { address: '10.99.0.1', fabric: 'route', tables: [ROUTES] },
  { address: '198.51.100.11', fabric: 'elastic-ip', allocation: PLAIN },
];

let table: Table;
let world: Ec2World;
let deps: TestDeps;
let group: string;
let groups = 0;
let seq = 0;

beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table.close());
beforeEach(async () => {
  world = await openEc2World('secondary-ip', {
    vpcs: [{ vpcId: VPC, cidrBlocks: ['172.31.0.0/16'] }],
    routeTables: [{ routeTableId: ROUTES, vpcId: VPC }],
    allocations: [
      { allocationId: STANDING, publicIp: '198.51.100.10' },
      { allocationId: PLAIN, publicIp: '198.51.100.11' },
    ],
    sourceDestCheck: false,
  });
  const store = createStore({ client: table.client, tableName: TABLE });
  deps = testDeps(store, world.fabric, { fabricOf: createFabrics(world.client) });
  group = `mixed-${(groups += 1)}`;
  await deps.store.putConfig({ ...config, group, vips: [...VIPS] });
});
afterEach(() => world.close());

const beat = async (node: NodeId, fields: Partial<GroupReport> = {}): Promise<GroupState> => {
  const { epoch, holder } = await deps.store.load(group);
  const vips = Object.fromEntries(
    VIPS.map(({ address }) => [address, { bound: node === holder, inFabric: node === holder }]),
  );
  const input = {
    kind: 'report',
    node,
    beat: { boot: 1, seq: (seq += 1) },
    report: report({ name: group, epochSeen: epoch, vips, ...fields }),
  } as const;
  const done = await arbitrate(input, { group, alone: true, startedAt: deps.clock() }, deps);
  if (done.kind === 'refused') throw new Error(done.refusal.message);
  return done.state;
};
/** Everybody is heard, a lease passes, everybody is heard again. */
const elect = async (): Promise<GroupState> => {
  const all = async (): Promise<GroupState> => {
    let state = await beat(nodeA);
    for (const node of [nodeB, nodeC]) state = await beat(node);
    return state;
  };
  await all();
  deps.advance(config.leaseMs);
  await all();
  return deps.store.load(group);
};
const eniOf = ({ holder }: GroupState): EniId | undefined => config.members[holder ?? stranger]?.eni;
/** Where the cloud itself has each VIP, in their order. */
const places = (): (string | undefined)[] => {
  const { elasticIps, routeTables } = world.cloud;
  const at = (allocation: string) => elasticIps.associationOf(allocation, 'control')?.networkInterfaceId;
  const way = routeTables.routes(ROUTES, 'control').find(({ destination }) => destination === WAY);
  return [at(STANDING), world.cloud.ownerOf('172.31.0.201', 'control'), way?.target, at(PLAIN)];
};

describe('a group of all kinds', () => {
  it('is moved by one order and committed', async () => {
    const state = await elect();
    expect(state).toMatchObject({ phase: 'held', epoch: 1 });
    expect(places()).toEqual(VIPS.map(() => eniOf(state)));
    const calls = world.changes().map(({ operation }) => operation);
    expect(calls.toSorted()).toEqual([
      'AssignPrivateIpAddresses',
      'AssociateAddress',
      'AssociateAddress',
      'CreateRoute',
      'ReplaceRoute',
    ]);
    expect(calls.at(-1)).toBe('AssociateAddress');
  });

  it('is ordered again when a part has not moved, and nobody is blamed for what stood on it', async () => {
    world.end.fault({ kind: 'throttle', action: '172.31.0.201' });
    const { info } = deps.logger;
    // The order's two seconds are over with the first refusal; then EC2 takes the call.
    const onRefusal: typeof info = (message, fields) => {
      info(message, fields);
      if (fields['code'] !== 'RequestLimitExceeded') return;
      deps.advance(2500);
      world.heal();
    };
    deps = { ...deps, logger: { ...deps.logger, info: onRefusal } };
    const state = await elect();
    const events = deps.lines.flatMap(({ message, fields }) =>
      message === 'group-event' ? [fields['type']] : [],
    );
    expect(events).toEqual(['transfer', 'move-failed', 'committed']);
    expect(state).toMatchObject({ phase: 'held', epoch: 1 });
    expect(places()).toEqual(VIPS.map(() => eniOf(state)));
    expect(Object.values(state.members).some(({ banUntil }) => banUntil !== undefined)).toBe(false);
  });

  it('is repaired by the sweep where another hand has changed a route and an Elastic IP', async () => {
    const state = await elect();
    const foreign = Object.values(config.members).find(({ eni }) => eni !== eniOf(state))?.eni ?? eniA;
    world.cloud.routeTables.replace(ROUTES, WAY, foreign);
    world.cloud.elasticIps.associate({ allocationId: PLAIN, networkInterfaceId: foreign });
    deps.advance(60_000);
    for (const node of [nodeA, nodeB, nodeC]) await beat(node);
    await sweepGroup(group, { ...deps, ec2: world.client, askRinging: async () => new Set<string>() });
    expect(places()).toEqual(VIPS.map(() => eniOf(state)));
    expect(deps.counted).toContainEqual({ name: 'DriftRepaired', value: 2, group });
  });
});
