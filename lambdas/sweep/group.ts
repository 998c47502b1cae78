/** One group's turn: look at the fabric and at machines that are silent, put what was seen to `step`, and tell. */
import type { EC2Client } from '@aws-sdk/client-ec2';
import { isLeaving } from '../../core/election/instance.ts';
import type { Input, Observation } from '../../core/election/types.ts';
import { type EpochMs, since } from '../../core/time.ts';
import type { GroupConfig, GroupState, InstanceFact } from '../../core/wire/item.ts';
import type { NodeId } from '../../core/wire/names.ts';
import type { FabricLook } from '../../core/wire/sweep.ts';
import type { Deps } from '../arbiter/deps.ts';
import { observe } from '../arbiter/perform.ts';
import { arbitrate } from '../arbiter/run.ts';
import { type AskRinging, alarmInputs, memberAlarms } from '../cloudwatch/ringing.ts';
import { FabricError } from '../fabric/fabric.ts';
import { evidenceOf, factsOf } from '../instances/ask.ts';
import { gaugesOf } from './gauges.ts';

/** Until EC2 must have answered; what it has not, the next sweep asks. */
const LOOK_MS_MAX = 5000;
/** A member that has missed so many heartbeats may be on a machine that is no more. */
const SILENT_HEARTBEATS = 2.5;

export interface SweepDeps extends Deps {
  readonly ec2: EC2Client;
  readonly askRinging: AskRinging;
}

interface Seen {
  readonly state: GroupState;
  readonly config: GroupConfig;
  readonly seenAt: EpochMs;
}

/** What EC2 does not answer is not known; that must not keep the rest of the sweep from its work. */
const orNothing = async <T>(group: string, deps: Deps, ask: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await ask();
  } catch (thrown) {
    if (!(thrown instanceof FabricError)) throw thrown;
    deps.logger.warn('look-failed', { group, code: thrown.code, reason: thrown.message });
    return undefined;
  }
};

/** A silent holder, and whoever is marked: the mark may be wrong by now. */
const worthAsking = ({ state, config, seenAt }: Seen): NodeId[] =>
  Object.entries(state.members)
    .filter(([node, member]) => {
      if (config.members[node] === undefined) return false;
      const silent = since(member.at, seenAt) > SILENT_HEARTBEATS * config.heartbeatMs;
      return (node === state.holder && silent) || isLeaving(member, { now: seenAt, config, mayMove: false });
    })
    .map(([node]) => node);

const evidence = async (seen: Seen, deps: SweepDeps): Promise<Input[]> => {
  const nodes = worthAsking(seen);
  const ask = () => factsOf(deps.ec2, nodes, AbortSignal.timeout(LOOK_MS_MAX));
  const facts = (await orNothing(seen.state.group, deps, ask)) ?? new Map<NodeId, InstanceFact>();
  return [...facts].flatMap(([node, said]) => evidenceOf(seen.state, node, said) ?? []);
};

/** Alarms that are not as the group knows them. What CloudWatch does not say stays as it is known. */
const alarmsOf = async ({ state, config }: Seen, deps: SweepDeps): Promise<Input[]> => {
  const alarms = memberAlarms(config);
  if (alarms.length === 0) return [];
  try {
    const names = alarms.map(({ name }) => name);
    return alarmInputs(state, alarms, await deps.askRinging(names, AbortSignal.timeout(LOOK_MS_MAX)));
  } catch (thrown) {
    const reason = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
    deps.logger.warn('alarms-unknown', { group: state.group, reason });
    return [];
  }
};

const lookOf = ({ state, seenAt: at }: Seen, observations: readonly Observation[]): FabricLook => ({
  at,
  epoch: state.epoch,
  owners: Object.fromEntries(observations.map(({ address, owner }) => [address, owner])),
});

/**
 * @returns where the VIPs were seen, or undefined: the fabric did not say
 * @throws as `arbitrate`: this group's turn failed, and the next sweep takes it again
 */
export const sweepGroup = async (group: string, deps: SweepDeps): Promise<FabricLook | undefined> => {
  const startedAt = deps.clock();
  const state = await deps.store.load(group);
  const config = await deps.configs.of(group, state.configHash);
  const seen: Seen = { state, config, seenAt: deps.clock() };
  const errand = { group, epoch: state.epoch, config, signal: AbortSignal.timeout(LOOK_MS_MAX) };
  const [observations, asked, alarms, details] = await Promise.all([
    orNothing(group, deps, () => observe(config.vips, errand, deps)),
    evidence(seen, deps),
    alarmsOf(seen, deps),
    deps.store.details.of(group),
  ]);
  const sweep: Input = {
    kind: 'sweep',
    epoch: state.epoch,
    seenAt: seen.seenAt,
    observations: observations ?? [],
  };
  let last = state;
  for (const input of [...asked, ...alarms, sweep]) {
    const done = await arbitrate(input, { group, alone: true, startedAt, patient: true }, deps);
    if (done.kind === 'settled') last = done.state;
  }
  deps.metrics.tell(gaugesOf(last, config, details, deps.clock()), group);
  return observations === undefined ? undefined : lookOf(seen, observations);
};
