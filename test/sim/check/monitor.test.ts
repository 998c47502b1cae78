/** Promises that no seeded bug breaks can still be broken: each by a happening made by hand. */
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../core/election/types.ts';
import { epochMs } from '../../../core/time.ts';
import type { GroupState } from '../../../core/wire/item.ts';
import type { Host } from '../../../sim/model/host.ts';
import { drawPlan, settledMs } from '../../../sim/plan/draw.ts';
import type { Plan, Settings } from '../../../sim/plan/settings.ts';
import { runPlan } from '../../../sim/run.ts';
import { World } from '../../../sim/world.ts';
import { report } from '../../core/fixtures.ts';

const settingsWhere = (over: Partial<Settings>): Settings => {
  const drawn = Array.from({ length: 400 }, (_, index) => drawPlan(index + 1).settings).find(
    (settings) => !settings.exclusive && settings.heartbeatMs === 1000 && settings.members >= 2,
  );
  if (drawn === undefined) throw new RangeError('no seed has such a group');
  return { ...drawn, preempt: false, shared: false, solo: true, ...over };
};

const worldWith = (over: Partial<Settings> = {}): World =>
  new World({ settings: settingsWhere(over), faults: [] });

const hostOf = (world: World, index: number): Host => {
  const host = world.hosts[index];
  if (host === undefined) throw new RangeError(`no host ${index}`);
  return host;
};

/** A write of the item that turns `before` into itself with these changes. */
const write = (
  world: World,
  before: Partial<GroupState>,
  after: Partial<GroupState>,
  epochSeen = 0,
): string | undefined => {
  const now = epochMs(1_790_000_000_000);
  const state: GroupState = {
    ...world.store.state,
    epoch: 3,
    holder: 'i-00000001',
    phase: 'held',
    ...before,
  };
  const outcome: Outcome = { state: { ...state, rev: state.rev + 1, ...after }, effects: [] };
  const input = {
    kind: 'report',
    node: 'i-00000002',
    beat: { boot: 1, seq: 1 },
    report: report({ epochSeen }),
  } as const;
  world.monitor.written(state, outcome, input, { now, config: world.firstConfig, mayMove: true }, 'lambda1');
  return world.monitor.violation?.invariant;
};

describe('a write', () => {
  test('that changes nothing breaks nothing', () => {
    expect(write(worldWith(), {}, {})).toBeUndefined();
  });

  test.each([
    ['S2-rev-rises', { rev: 9 }, { rev: 11 }],
    ['S2-epoch-rises', { epoch: 3 }, { epoch: 2 }],
    ['S1-one-holder', {}, { holder: 'i-00000002' }],
    ['L5-last-holder', {}, { epoch: 4, holder: null, phase: 'vacant' }],
  ] as const)('breaks %s', (invariant, before, after) => {
    expect(write(worldWith(), before, after)).toBe(invariant);
  });

  test('breaks S2-seen when it issues what an agent has told of, and not once the item was restored', () => {
    expect(write(worldWith(), {}, { epoch: 4 }, 4)).toBe('S2-seen');
    const world = worldWith();
    expect(write(world, {}, {}, 4)).toBeUndefined();
    world.monitor.restored();
    expect(write(world, {}, { epoch: 4, holder: 'i-00000001' })).not.toBe('S2-seen');
  });
});

describe('an agent', () => {
  test('breaks A1-given-up when it binds at an epoch that it gave up', () => {
    const world = worldWith();
    const host = hostOf(world, 0);
    host.startAgent();
    const { agent } = host;
    if (agent === undefined) throw new RangeError('no agent');
    world.monitor.bindOrdered(host, { kind: 'bind', vips: [], epoch: 2 }, { ...agent.state, relEpoch: 2 });
    expect(world.monitor.violation?.invariant).toBe('A1-given-up');
  });

  test('breaks A4-identity when it thinks that another speaks for its host', () => {
    const world = worldWith();
    world.monitor.superseded(hostOf(world, 1));
    expect(world.monitor.violation?.invariant).toBe('A4-identity');
  });
});

describe('a run', () => {
  const cutFor = (ms: number, settings: Settings): Plan => {
    const at = Math.round(settledMs(settings)) + 5000;
    return { settings, faults: [{ kind: 'cut-host', at, until: at + ms, host: 0, x: 0.5, y: 0.5 }] };
  };

  test('breaks L1-served when nobody is there to take over', () => {
    const lonely = settingsWhere({ members: 1, priorities: [100], rates: [1] });
    expect(runPlan(cutFor(40_000, lonely)).violation?.invariant).toBe('L1-served');
  });
});
