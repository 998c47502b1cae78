/** One event about machines, taken into every group that they are members of. */
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { GroupState, InstanceFact } from '../../core/wire/item.ts';
import type { NodeId } from '../../core/wire/names.ts';
import type { Deps } from '../arbiter/deps.ts';
import { arbitrate } from '../arbiter/run.ts';
import { asArbiterError } from '../errors.ts';
import { logFailure } from '../http/log-failure.ts';
import { evidenceOf, factsOf } from '../instances/ask.ts';
import { allGroups } from '../store/groups.ts';
import type { Occurrence } from './event.ts';

/** EC2 may describe for a moment what was before the event. */
const ASKS_MAX = 3;
const ASK_PAUSE_MS = 1000;
const ASK_MS_MAX = 4000;
/** A notice that comes later than this has been overtaken by what it announced. A retirement is weeks ahead. */
const NOTICE_MS_MAX = 300_000;

export interface EventDeps extends Deps {
  readonly ec2: EC2Client;
  /** Waits, milliseconds. */
  readonly pause: (ms: number) => Promise<unknown>;
  /** Takes a machine that is gone off the rosters that a selector had put it on; see `enroll/depart.ts`. */
  readonly depart: (node: NodeId) => Promise<unknown>;
}

export interface EventAnswer {
  /** Groups that have the machine as a member. */
  readonly groups: readonly string[];
}

interface Member {
  readonly group: string;
  readonly node: NodeId;
  /** The item as it was before EC2 was asked: what EC2 says is put beside its heartbeats. */
  readonly state: GroupState;
}

const membersOf = async (group: string, nodes: readonly NodeId[], deps: EventDeps): Promise<Member[]> => {
  const state = await deps.store.load(group);
  const config = await deps.configs.of(group, state.configHash);
  return nodes.filter((node) => config.members[node] !== undefined).map((node) => ({ group, node, state }));
};

/** Which groups it is about. One that cannot be read keeps none of the others from being asked. */
const allMembers = async ({ nodes }: Occurrence, deps: EventDeps): Promise<Member[]> => {
  const groups = await allGroups(deps.store);
  const found = await Promise.all(
    groups.map(async (group) => {
      try {
        return await membersOf(group, nodes, deps);
      } catch (thrown) {
        logFailure(asArbiterError(thrown), { group, about: 'event' }, deps);
        return [];
      }
    }),
  );
  return found.flat();
};

/** What a description that is not behind the event can say: the state of the event, or one that follows it. */
const isBehind = (said: InstanceFact | undefined, { state }: Occurrence): boolean =>
  said === 'running' && state !== undefined && state !== 'running' && state !== 'pending';

const askUntilNew = async (
  occurrence: Occurrence,
  nodes: readonly NodeId[],
  deps: EventDeps,
): Promise<ReadonlyMap<NodeId, InstanceFact>> => {
  for (let asks = 1; ; asks += 1) {
    const facts = await factsOf(deps.ec2, nodes, AbortSignal.timeout(ASK_MS_MAX));
    const behind = nodes.some((node) => isBehind(facts.get(node), occurrence));
    if (!behind || asks >= ASKS_MAX) return facts;
    await deps.pause(ASK_PAUSE_MS);
  }
};

const isOverdue = ({ notice, atMs }: Occurrence, deps: EventDeps): boolean =>
  notice !== undefined && notice !== 'retiring' && deps.clock() - atMs > NOTICE_MS_MAX;

/**
 * Takes one event. Safe to repeat, late or out of order: what it says is only a reason to ask EC2.
 * @throws FabricError when EC2 does not answer, StoreUnavailable, Contended: Lambda delivers it again
 */
export const takeEvent = async (occurrence: Occurrence, deps: EventDeps): Promise<EventAnswer> => {
  const members = occurrence.nodes.length === 0 ? [] : await allMembers(occurrence, deps);
  if (members.length === 0) return { groups: [] };
  const nodes = [...new Set(members.map(({ node }) => node))];
  const facts = await askUntilNew(occurrence, nodes, deps);
  const { eventId, state, notice } = occurrence;
  const overdue = isOverdue(occurrence, deps);
  await Promise.all(
    members.map(async (member) => {
      const described = facts.get(member.node);
      const said = described === 'running' && !overdue ? (notice ?? described) : described;
      const { group, node } = member;
      deps.logger.info('cloud-event', { group, node, eventId, event: notice ?? state, described, overdue });
      const input = said === undefined ? undefined : evidenceOf(member.state, node, said);
      if (input === undefined) return;
      const on = { group, alone: true, startedAt: deps.clock(), patient: true };
      await arbitrate(input, on, deps);
    }),
  );
  // After its VIPs have moved, not before: a holder off the roster would be replaced without regard to who is best.
  if (state === 'terminated') for (const node of nodes) await deps.depart(node);
  return { groups: [...new Set(members.map(({ group }) => group))] };
};
