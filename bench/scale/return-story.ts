/** All groups come back at once after a blackout, some without their holder: until every VIP is served again. */
import { BenchError } from '../errors.ts';
import type { SimulatedAgent } from './agent.ts';
import { DYNAMODB_MS, EC2_MS, ENVIRONMENTS_MAX } from './assumptions.ts';
import { Chronicle } from './chronicle.ts';
import { Fleet } from './fleet.ts';
import { FrontDoor } from './front-door.ts';
import { FunctionLog } from './function-log.ts';
import { LambdaFunction } from './lambda.ts';
import type { ReturnOrder, ReturnResult } from './messages.ts';
import { playCalls, playDate, playTimers } from './played-time.ts';
import { randomOf } from './random.ts';
import { Region } from './region.ts';
import { StoryClock } from './story-clock.ts';
import { brakeItem, configItem, putItems, stateItem } from './table.ts';
import { between, operationOf, TrafficCounter } from './traffic.ts';
import { planVillage } from './village.ts';

const SEED = 20_261_120;
const HEARTBEAT_MS = 1000;
/** A story that has not come to rest by then never will. */
const PLAYED_MS_MAX = 180_000;
/** How often it is looked whether every VIP is served. */
const LOOK_MS = 100;
const ONE_SECOND_MS = 1000;

type Progress = (line: string) => void;

/** Fills the table with what a deployment writes, and the groups as the rehearsal has left them. */
const deploy = async (order: ReturnOrder, fleet: Fleet): Promise<void> => {
  const states = await fleet.rehearse();
  const configs = fleet.groups.map(({ config }) => configItem(config));
  await putItems(order.endpoint, order.table, [
    brakeItem(configs.length),
    ...configs,
    ...states.map(stateItem),
  ]);
};

/** Nobody reaches the arbiter; half-way some holders die with their hosts. */
const blackOut = async (order: ReturnOrder, fleet: Fleet, random: () => number): Promise<void> => {
  const { clock } = fleet;
  fleet.connect(undefined);
  await clock.play(clock.nowMs() + order.blackoutMs / 2);
  const holders = fleet.agents.filter((agent) => agent.isMaster);
  for (let killed = 0; killed < order.dead; killed += 1) {
    const [victim] = holders.splice(Math.floor(random() * holders.length), 1);
    victim?.die();
  }
  await clock.play(clock.nowMs() + order.blackoutMs / 2);
};

/** Groups whose VIP leads to a living host that has it bound. */
const countServed = (fleet: Fleet, agents: ReadonlyMap<string, SimulatedAgent>): number =>
  fleet.groups.filter(({ vip }) => agents.get(fleet.ownerOf(vip) ?? '')?.isServing === true).length;

interface Watch {
  readonly served: number;
  readonly allServedMs: number | null;
  readonly playedMs: number;
}

/** Plays until every group is served and nothing has moved for a while. @throws BenchError when that never comes */
const playOut = async (
  order: ReturnOrder,
  fleet: Fleet,
  chronicle: Chronicle,
  progress: Progress,
): Promise<Watch> => {
  const { clock } = fleet;
  const agents = new Map(fleet.agents.map((agent) => [agent.node, agent]));
  const returnedMs = clock.nowMs();
  let served = 0;
  let darkMs: number | null = null;
  for (let playedMs = 0; playedMs < PLAYED_MS_MAX; ) {
    await clock.play(clock.nowMs() + LOOK_MS);
    playedMs = clock.nowMs() - returnedMs;
    served = countServed(fleet, agents);
    if (served < fleet.groups.length) darkMs = playedMs;
    if (playedMs % ONE_SECOND_MS === 0)
      progress(
        `${playedMs / ONE_SECOND_MS} s after the return: ${served} of ${order.groups} groups are served`,
      );
    const movedMs = (chronicle.committedAt.at(-1) ?? returnedMs) - returnedMs;
    const isCalm = playedMs >= order.watchMs && playedMs >= Math.max(darkMs ?? 0, movedMs) + order.calmMs;
    if (isCalm) return { served, allServedMs: darkMs === null ? null : darkMs + LOOK_MS, playedMs };
  }
  throw new BenchError(`${served} of ${order.groups} groups are served ${PLAYED_MS_MAX} ms after the return`);
};

const lastFirstAnswerMs = (fleet: Fleet, door: FrontDoor): number =>
  fleet.agents
    .filter((agent) => agent.isAlive)
    .reduce((last, { node }) => {
      const firstMs = door.firstAnswerMs(node);
      if (firstMs === undefined) throw new BenchError(`${node} was never answered`);
      return Math.max(last, firstMs);
    }, 0);

/** Gives this process the story's time, and the function its environments. */
const enter = async (order: ReturnOrder, clock: StoryClock): Promise<LambdaFunction> => {
  playDate(() => clock.nowMs());
  const lambda = await LambdaFunction.load(order.heartbeat, ENVIRONMENTS_MAX, clock);
  playTimers(clock);
  playCalls(clock, (request) => (operationOf(request) === undefined ? EC2_MS : DYNAMODB_MS));
  return lambda;
};

/** @throws BenchError when the story does not come to rest */
export const tellReturn = async (order: ReturnOrder, progress: Progress): Promise<ReturnResult> => {
  const clock = new StoryClock(Date.now());
  const random = randomOf(SEED);
  const fleet = new Fleet(planVillage(order.groups, HEARTBEAT_MS), clock, random);
  const chronicle = new Chronicle();
  const log = new FunctionLog((entry) => chronicle.take(entry));
  const traffic = new TrafficCounter();
  process.env['TABLE_NAME'] = order.table;
  await deploy(order, fleet);
  const region = new Region(fleet, clock);
  try {
    Object.assign(process.env, await region.open(order.endpoint, order.table));
    const lambda = await enter(order, clock);
    progress(`${order.groups} groups are held; ${order.blackoutMs} ms without arbiter`);
    await blackOut(order, fleet, random);
    const before = traffic.count;
    const door = new FrontDoor(fleet, lambda, region.credentials, clock);
    const returnedMs = clock.nowMs();
    fleet.connect((request, reply) => door.take(request, reply));
    const watch = await playOut(order, fleet, chronicle, progress);
    fleet.connect(undefined);
    const { moves, refused, others } = region.counts();
    return {
      groups: order.groups,
      dead: order.dead,
      blackoutMs: order.blackoutMs,
      ...watch,
      requests: door.arrivals.length,
      requestsInFirstSecond: door.arrivals.filter((atMs) => atMs < ONE_SECOND_MS).length,
      statuses: door.statuses,
      lastRefusalMs: door.lastRefusalMs,
      lastFirstAnswerMs: lastFirstAnswerMs(fleet, door),
      environments: lambda.started,
      traffic: between(before, traffic.count),
      logBytes: log.bytes,
      ec2Calls: moves,
      ec2Throttled: refused,
      otherEc2Calls: others,
      transfers: chronicle.transfers,
      claimsRefused: chronicle.claimsRefused,
      committedMs: chronicle.committedAt.map((at) => at - returnedMs),
    };
  } finally {
    await region.close();
  }
};
