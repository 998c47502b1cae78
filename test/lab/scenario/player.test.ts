// Proves that the player performs steps in order, waits for conditions, stops at the first failure, and ends its probe.
import { describe, expect, it } from 'vitest';
import type { FaultOrder, JournalEntry, LabStatus } from '../../../lab/control/types.ts';
import { LabError } from '../../../lab/errors.ts';
import type { Question } from '../../../lab/probe/question.ts';
import { parseScenario } from '../../../lab/scenario/file.ts';
import { type PlayedStep, playScenario } from '../../../lab/scenario/player.ts';
import type { Stage } from '../../../lab/scenario/stage.ts';
import { silence, silenceSeen } from '../timeline/story.ts';
import { labInfo, labStatus, member } from './fixtures.ts';

/** A stage in which time passes only when somebody sleeps. */
const fakeStage = () => {
  const world = {
    nowMs: 0,
    status: (): LabStatus => labStatus(),
    orders: [] as FaultOrder[],
    healed: [] as (string | undefined)[],
    ran: [] as [string | null, readonly string[]][],
    assigned: [] as (string | undefined)[][],
    journal: [] as JournalEntry[],
    steadySinceMs: 0,
    asked: [] as (readonly Question[])[],
    probeStops: 0,
    exit: 0,
  };
  const stage: Stage = {
    info: labInfo(),
    client: {
      info: async () => labInfo(),
      status: async () => world.status(),
      journal: async (from = 0) => {
        const entries = world.journal.filter((_entry, index) => index >= from);
        return { next: world.journal.length, entries };
      },
      fault: async (order) => {
        if (order.target === 'host9') {
          throw new LabError('unknown-host', 'no host9', { remedy: 'name another' });
        }
        world.orders.push(order);
        return { id: `f${world.orders.length}`, kind: order.kind, targets: [order.target], startedAt: 0 };
      },
      heal: async (id) => {
        world.healed.push(id);
        return id === undefined ? ['f1'] : [id];
      },
      alarms: async () => [],
      cloud: async () => ({ ran: [] }),
      down: async () => undefined,
    },
    watch: (questions) => ({
      probes: {
        pid: 1,
        ready: Promise.resolve().then(() => void world.asked.push(questions)),
        finished: Promise.resolve([]),
        stop: async () => {
          world.probeStops += 1;
          return [{ ...silenceSeen(), outageMs: 2358 }];
        },
      },
      sights: () => [],
      isSteady: (forMs, nowMs = 0) => nowMs - world.steadySinceMs >= forMs,
    }),
    run: async (netns, argv) => {
      world.ran.push([netns, argv]);
      return { exit: world.exit, output: 'first\nlast' };
    },
    assign: async (...words) => {
      world.assigned.push(words);
    },
    nowMs: () => world.nowMs,
    sleep: async (ms) => {
      world.nowMs += ms;
    },
  };
  return { world, stage };
};

const scenario = (steps: string) =>
  parseScenario('s.yaml', `name: x\ndescription: y\nsteps:\n${steps}`).scenario;
const details = (steps: readonly PlayedStep[]): [boolean, string][] =>
  steps.map(({ ok, detail }) => [ok, detail]);

describe('playScenario', () => {
  it('plays every kind of step and passes', async () => {
    const { world, stage } = fakeStage();
    const result = await playScenario(
      scenario(
        [
          '  - wait: { held: demo }',
          '  - probe: start',
          '  - fault: { kind: loss, target: original, percent: 20, for: 8s }',
          '  - sleep: 2s',
          '  - run: { on: holder, argv: [ip, addr, del, "{vip}/32"] }',
          '  - run: { on: shell, argv: [aws] }',
          '  - assign: { to: standby }',
          '  - heal: all',
          '  - probe: stop',
          '  - expect: { holder: original, moves: 0, outageMsMax: 2400, owners: [host1, host2] }',
        ].join('\n'),
      ),
      stage,
    );
    expect(result.ok).toBe(true);
    expect(world.orders).toEqual([{ kind: 'loss', target: 'host1', forMs: 8000, percent: 20 }]);
    expect(world.ran).toEqual([
      ['kl12ab-host1', ['ip', 'addr', 'del', '172.31.0.201/32']],
      [null, ['aws']],
    ]);
    expect(world.assigned).toEqual([['172.31.0.201', 'eni-00000000000000002', undefined]]);
    expect(world.healed).toEqual([undefined]);
    expect(result.steps[3]).toMatchObject({ n: 4, tookMs: 2000, text: 'let 2.00 s pass' });
    expect(result.probes).toHaveLength(1);
    expect(world.probeStops).toBe(1);
  });

  it('waits until a move is committed and the new holder has bound the address', async () => {
    const { world, stage } = fakeStage();
    const moved = { epoch: 2, holder: 'i-00000000000000002', holderHost: 'host2' };
    const unbound = { ...moved, vips: [{ address: '172.31.0.201', fabric: 'secondary-ip', owner: 'host2' }] };
    world.status = () => {
      if (world.nowMs < 500) return labStatus();
      if (world.nowMs < 900) return labStatus(unbound);
      const members =
        labStatus().groups[0]?.members.map((one) => ({ ...one, bound: one.host === 'host2' })) ?? [];
      return labStatus({ ...unbound, members });
    };
    const result = await playScenario(scenario('  - wait: { held: all }\n  - wait: { moved: 1 }'), stage);
    expect(result.ok).toBe(true);
    expect(world.nowMs).toBeGreaterThanOrEqual(900);
  });

  it('counts being served from when all else is true', async () => {
    const { world, stage } = fakeStage();
    world.steadySinceMs = -60_000;
    const steps = '  - wait: { held: all }\n  - probe: start\n  - wait: { held: all, served: 1s }';
    expect((await playScenario(scenario(steps), stage)).ok).toBe(true);
    expect(world.nowMs).toBeGreaterThanOrEqual(1000);
  });

  it('gives up a wait at its time-out, says what was missing, and plays no further', async () => {
    const { world, stage } = fakeStage();
    const steps = '  - probe: start\n  - wait: { moved: 1, timeout: 2s }\n  - heal: all';
    const result = await playScenario(scenario(steps), stage);
    expect(result.ok).toBe(false);
    expect(details(result.steps)).toEqual([
      [true, 'every 2 ms to 172.31.0.201'],
      [false, '0 moves so far'],
    ]);
    expect(world.nowMs).toBeGreaterThanOrEqual(2000);
    expect(world.healed).toEqual([]);
    expect(world.probeStops).toBe(1);
  });

  it.each([
    ['an order that the lab refuses', '  - fault: { kind: kill, target: host9 }', 'no host9 (name another)'],
    [
      'a program with another exit code',
      '  - run: { on: client, argv: [x], exit: 3 }',
      'it ended with 0, expected 3: last',
    ],
    ['the end of a probe that does not run', '  - probe: stop', 'no probe runs'],
    ['an expectation that does not hold', '  - expect: { moves: 1 }', '0 moves, expected 1'],
    ['a wait for a client that is not there', '  - wait: { served: 1s, timeout: 1s }', 'no probe runs'],
  ])('fails at %s', async (_name, step, detail) => {
    const { stage } = fakeStage();
    const result = await playScenario(scenario(step), stage);
    expect(details(result.steps)).toEqual([[false, detail]]);
  });

  it('asks the services that a scenario has questions for, and strikes one of them on whoever holds its group', async () => {
    const { world, stage } = fakeStage();
    const text = [
      'name: x',
      'description: y',
      'lab:',
      '  services:',
      '    web: { package: busybox, run: [busybox], ask: { group: demo, port: 80, send: GET, answer: "(?<host>h.)" } }',
      'steps:',
      '  - say: the beginning',
      '  - probe: start',
      '  - fault: { kind: service, target: demo.holder, service: web }',
      '  - wait: { standby: demo }',
      '  - run: { on: client, argv: [wget, "{demo.vip}"], output: "first\\nlast" }',
      '  - run: { on: client, argv: [wget], output: "{demo.holder.name}" }',
    ].join('\n');
    const result = await playScenario(parseScenario('s.yaml', text).scenario, stage);
    const question = { name: 'web', vip: '172.31.0.201', port: 80, send: 'GET', answer: '(?<host>h.)' };
    expect(world.asked).toEqual([[question]]);
    expect(world.orders).toEqual([{ kind: 'service', target: 'host1', service: 'web' }]);
    expect(world.ran[0]).toEqual(['kl12ab-client', ['wget', '172.31.0.201']]);
    expect(details(result.steps)).toEqual([
      [true, ''],
      [true, 'every 20 ms to web 172.31.0.201:80'],
      [true, 'host1'],
      [true, ''],
      [true, 'last'],
      [false, "it said 'first\nlast', expected 'host1'"],
    ]);
    expect(result.steps[0]?.text).toBe('the beginning');
  });

  it('waits for a standby, and asks no group that is not there', async () => {
    const { world, stage } = fakeStage();
    world.status = () =>
      labStatus({ members: [member(1, 'MASTER'), member(2, world.nowMs < 500 ? 'FAULT' : 'BACKUP')] });
    expect((await playScenario(scenario('  - wait: { standby: all }'), stage)).ok).toBe(true);
    expect(world.nowMs).toBeGreaterThanOrEqual(500);
    const text =
      'name: x\ndescription: y\nlab: { services: { web: { package: xy, run: [x], ask: { port: 1, answer: "(?<host>h)" } } } }\nsteps: [{ probe: start }]';
    const [step] = (await playScenario(parseScenario('s.yaml', text).scenario, stage)).steps;
    expect(step?.detail).toContain('the service web asks the group web, and the lab has none');
  });

  it('asks each VIP of a group where it is told to, and leads a route to another host', async () => {
    const { world, stage } = fakeStage();
    const vips = ['10.99.0.1', '203.0.113.5'].map((address) => ({
      address,
      fabric: 'route',
      owner: 'host1',
    }));
    world.status = () => labStatus({ vips });
    const text =
      'name: x\ndescription: y\nlab: { services: { web: { package: xy, run: [x], ask: { group: demo, vips: all, port: 1, answer: "(?<host>h)" } } } }\n' +
      'steps: [{ probe: start }, { assign: { vip: 10.99.0.1, table: rtb-0123456789abcdef0, to: host2 } }]';
    const result = await playScenario(parseScenario('s.yaml', text).scenario, stage);
    expect(world.asked.flat().map(({ vip }) => vip)).toEqual(['10.99.0.1', '203.0.113.5']);
    expect(world.assigned).toEqual([['10.99.0.1', 'eni-00000000000000002', 'rtb-0123456789abcdef0']]);
    expect(result.steps[1]?.text).toBe('somebody routes 10.99.0.1 to host2');
  });

  it('waits until a group is held by a host that was not hit, and remembers who held it then', async () => {
    const { world, stage } = fakeStage();
    const moved = {
      epoch: 2,
      holder: 'i-00000000000000002',
      holderHost: 'host2',
      vips: [{ address: '172.31.0.201', fabric: 'secondary-ip', owner: 'host2' }],
      members: [member(1, 'FAULT'), member(2, 'MASTER')],
    };
    world.status = () => labStatus(world.nowMs < 500 ? {} : moved);
    const steps = [
      '  - fault: { kind: loss, target: host1/arbiter, percent: 1 }',
      '  - wait: { rescued: [demo] }',
      '  - expect: { groups: { demo: { moved: if-struck } } }',
      '  - heal: all',
      '  - expect: { groups: { demo: { moved: false } } }',
      '  - assign: { to: host1 }',
      '  - expect: { groups: { demo: { moved: true } } }',
    ];
    const result = await playScenario(scenario(steps.join('\n')), stage);
    expect(world.nowMs).toBeGreaterThanOrEqual(500);
    expect(details(result.steps)).toEqual([
      [true, 'host1/arbiter'],
      [true, 'by host2'],
      [true, 'demo went from host1 to host2'],
      [true, 'f1'],
      [true, 'demo stayed with host2'],
      [true, 'to host1'],
      [false, 'demo stayed with host2, expected another host'],
    ]);
  });

  it('waits until nothing has moved for a while', async () => {
    const { world, stage } = fakeStage();
    world.status = () =>
      labStatus({ epoch: world.nowMs < 700 ? 1 : 2, phase: world.nowMs < 300 ? 'moving' : 'held' });
    expect((await playScenario(scenario('  - wait: { settled: 1s }'), stage)).ok).toBe(true);
    expect(world.nowMs).toBeGreaterThanOrEqual(1700);
    const gave = await playScenario(scenario('  - wait: { settled: 2s, timeout: 1s }'), stage);
    expect(gave.steps[0]?.detail).toBe('the groups are not at rest');
  });

  it('tells the timeline of what moved since the beginning', async () => {
    const { world, stage } = fakeStage();
    world.journal = silence();
    const result = await playScenario(scenario('  - probe: start\n  - probe: stop'), stage);
    expect(result.timeline).toMatchObject({ from: 'host1', to: 'host2', outageMs: 2358 });
  });

  it('ends with its signal, and ends the probe', async () => {
    const { world, stage } = fakeStage();
    const controller = new AbortController();
    const played = playScenario(scenario('  - probe: start\n  - sleep: 1s\n  - heal: all'), stage, {
      signal: controller.signal,
      onStep: () => controller.abort(new Error('enough')),
    });
    await expect(played).rejects.toThrow('enough');
    expect(world.probeStops).toBe(1);
  });
});
