/** A group of three that is held, on a real table and the lab's EC2 end, for tests of what no member asks for. */
import type { GroupReport } from '../../core/wire/heartbeat.ts';
import type { GroupConfig, GroupState } from '../../core/wire/item.ts';
import type { NodeId } from '../../core/wire/names.ts';
import { arbitrate } from '../../lambdas/arbiter/run.ts';
import { createStore } from '../../lambdas/store/store.ts';
import { type TestDeps, testDeps } from './deps.ts';
import { openEc2 } from './fabric/secondary-ip/world.ts';
import { config, nodeA, nodeB, nodeC, report, VIP } from './fixtures.ts';
import type { Table } from './table.ts';
import { TABLE } from './table.ts';

let villages = 0;

export interface Village {
  readonly group: string;
  readonly world: Awaited<ReturnType<typeof openEc2>>;
  readonly deps: TestDeps;
  /** One heartbeat. The holder's says that it has its VIP. */
  beat(node: NodeId, fields?: Partial<GroupReport>): Promise<GroupState>;
  state(): Promise<GroupState>;
}

export const openVillage = async (table: Table, over: Partial<GroupConfig> = {}): Promise<Village> => {
  const world = await openEc2();
  const deps = testDeps(createStore({ client: table.client, tableName: TABLE }), world.fabric);
  const group = `village-${String((villages += 1)).padStart(3, '0')}`;
  await deps.store.putConfig({ ...config, group, ...over });
  let seq = 0;
  const state = () => deps.store.load(group);
  const beat: Village['beat'] = async (node, fields = {}) => {
    const { holder, epoch } = await state();
    const vips = { [VIP]: { bound: holder === node, inFabric: holder === node } };
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
  return { group, world, deps, beat, state };
};

/** The same, with `nodeA` holding since a while and everybody just heard of. */
export const heldVillage = async (table: Table, over: Partial<GroupConfig> = {}): Promise<Village> => {
  const village = await openVillage(table, over);
  const { deps, beat } = village;
  const all = async (): Promise<void> => {
    for (const node of [nodeA, nodeB, nodeC]) await beat(node, { priority: node === nodeA ? 200 : 100 });
  };
  await all();
  deps.advance(2800);
  await all();
  deps.advance(300);
  await beat(nodeA, { priority: 200 });
  deps.advance(30_000);
  await all();
  return village;
};
