/**
 * What a host has to do with one group: it is named there, or a selector lets it in, or neither. A host that is let in
 * changes the roster, and a changed roster is another configuration: the group's state is pointed to it under the one
 * condition, exactly as by a deployment, so that whoever decides meanwhile decides by the one or by the other.
 */
import type { EC2Client } from '@aws-sdk/client-ec2';
import { type EpochMs, since } from '../../core/time.ts';
import { compileGroup, type Enrolment } from '../../core/wire/compile.ts';
import type { GroupFile } from '../../core/wire/config.ts';
import type { GroupConfig, GroupState } from '../../core/wire/item.ts';
import { selectorFor } from '../../core/wire/members.ts';
import { MEMBERS_MAX, type NodeId } from '../../core/wire/names.ts';
import type { Deps } from '../arbiter/deps.ts';
import { BadRequest, Contended, NotEnrolled } from '../errors.ts';
import { admitted, isNamed, isSame, withEnrolled } from '../roster/enrolled.ts';
import { enrolmentOf, lookAt, type Sight, type Sights } from '../roster/instances.ts';
import { type Fits, misfitsOf } from '../roster/misfits.ts';
import type { Documents, Enrolled, GroupDocument } from '../store/documents.ts';
import type { Rosters } from '../store/rosters.ts';

export interface SeatDeps extends Pick<Deps, 'store' | 'configs' | 'clock' | 'random' | 'logger'>, Fits {
  readonly ec2: EC2Client;
  readonly documents: Documents;
  readonly rosters: Rosters;
  /** Waits, milliseconds. */
  readonly pause: (ms: number) => Promise<unknown>;
}

/** A group as one of its members is to know it, and where the members are. */
export interface Seat {
  readonly file: GroupFile;
  readonly members: GroupConfig['members'];
}

/** A host that asks, as EC2 shows it. */
export interface Asker {
  readonly node: NodeId;
  readonly sight: Sight;
}

/** Tries to slip in between heartbeats and other hosts that join. */
const TRIES_MAX = 12;
const PAUSE_MS_MAX = 50;
/** EC2 shows a terminated instance for about an hour. */
const FORGOTTEN_MS = 3_600_000;

/** @param silent counts also who never sent anything: asked only when there is no room left */
const forgottenIn =
  ({ holder, members }: GroupState, now: EpochMs, silent: boolean) =>
  (node: NodeId): boolean => {
    const member = members[node];
    if (node === holder) return false;
    return member === undefined ? silent : since(member.at, now) > FORGOTTEN_MS;
  };

interface View {
  readonly state: GroupState;
  readonly config: GroupConfig;
  readonly document: GroupDocument;
}

/** The interface by which the arbiter moves addresses to a member must be the one that it has. */
const checkInterface = ({ node, sight }: Asker, { config }: View): void => {
  const { eni, address } = enrolmentOf(node, sight);
  const known = config.members[node];
  if (known?.eni === eni && known.address === address) return;
  throw new BadRequest(
    `group ${config.group} was deployed with ${known?.eni ?? 'no interface'} of ${node}, whose first interface is ${eni} (${address}): deploy again`,
  );
};

/** Everybody who may be in the group once this host has knocked. */
const rosterWith = async (
  { node, sight }: Asker,
  { state, document: { declared, enrolled } }: View,
  deps: SeatDeps,
  signal: AbortSignal,
): Promise<{ next: Enrolled; sights: Sights }> => {
  const mine = { [node]: sight };
  if (enrolled[node] !== undefined) {
    // It asks again: only what EC2 says of itself may have changed.
    return { next: admitted(declared, enrolled, mine, () => false), sights: mine };
  }
  const others = await lookAt(Object.keys(enrolled), signal, deps.ec2);
  const sights = { ...others, ...mine };
  const now = deps.clock();
  const counted = (silent: boolean): Enrolled =>
    admitted(declared, enrolled, sights, forgottenIn(state, now, silent));
  const all = counted(false);
  const isFull = declared.members.length + Object.keys(all).length > MEMBERS_MAX;
  return { next: isFull ? counted(true) : all, sights };
};

const checkRoom = (node: NodeId, { config, document: { declared } }: View, next: Enrolled): void => {
  const count = declared.members.length + Object.keys(next).length;
  if (count <= MEMBERS_MAX) return;
  const others = Object.keys(next).filter((other) => other !== node);
  throw new NotEnrolled(
    `group ${config.group} has ${MEMBERS_MAX} members already, ${others.join(', ')} among them: terminate one, or take the tag from it`,
  );
};

/** @throws BadRequest when the group's VIPs can never live on the host's interface; FabricError */
const checkFit = async (
  { node, sight }: Asker,
  { config }: View,
  next: Enrolled,
  deps: SeatDeps,
  signal: AbortSignal,
): Promise<void> => {
  const priority = next[node]?.priority ?? 0;
  const roster = { [node]: { ...enrolmentOf(node, sight), priority } };
  const misfits = await misfitsOf(config.vips, roster, signal, deps);
  if (misfits !== undefined) throw new BadRequest(`group ${config.group} cannot be served: ${misfits}`);
};

const enrolmentsOf = ({ members }: GroupConfig, sights: Sights): Record<NodeId, Enrolment> => ({
  ...members,
  ...Object.fromEntries(
    Object.entries(sights).flatMap(([node, { enrolment }]) =>
      enrolment === undefined ? [] : [[node, enrolment]],
    ),
  ),
});

const viewOf = async (group: string, deps: SeatDeps): Promise<View | GroupConfig> => {
  const state = await deps.store.load(group);
  const [config, document] = await Promise.all([
    deps.configs.of(group, state.configHash),
    deps.documents.load(group, state.configHash),
  ]);
  return document === undefined ? config : { state, config, document };
};

/** The group as this host is to know it; undefined: it is none of its members. */
const sit = async (
  asker: Asker,
  view: View,
  deps: SeatDeps,
  signal: AbortSignal,
): Promise<Seat | undefined | 'overtaken'> => {
  const { node, sight } = asker;
  const { config, document } = view;
  const { declared, enrolled } = document;
  if (isNamed(declared, node)) {
    checkInterface(asker, view);
    return { file: withEnrolled(declared, enrolled), members: config.members };
  }
  const isIn = enrolled[node] !== undefined;
  if (!isIn && selectorFor(declared.select, sight.tags) === undefined) return undefined;
  const { next, sights } = await rosterWith(asker, view, deps, signal);
  const group = withEnrolled(declared, next);
  if (isSame(next, enrolled)) {
    checkInterface(asker, view);
    return { file: group, members: config.members };
  }
  if (!isIn) {
    checkRoom(node, view, next);
    await checkFit(asker, view, next, deps, signal);
  }
  const changed = compileGroup(config.group, group, enrolmentsOf(config, sights));
  if (!(await deps.rosters.replace(view.state, changed, { declared, enrolled: next }))) return 'overtaken';
  const left = Object.keys(enrolled).filter((member) => next[member] === undefined);
  deps.logger.info('roster', {
    group: config.group,
    hash: changed.hash,
    ...(isIn ? {} : { joined: node }),
    left,
  });
  return next[node] === undefined ? undefined : { file: group, members: changed.members };
};

/**
 * The group as this host is to know it, after it has joined it if it may; undefined: it is none of its members.
 * @throws BadRequest, NotEnrolled when it is one and cannot be; Contended; FabricError; and as `Store.load`
 */
export const seatIn = async (
  group: string,
  asker: Asker,
  deps: SeatDeps,
  signal: AbortSignal,
): Promise<Seat | undefined> => {
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    const view = await viewOf(group, deps);
    if (!('document' in view)) {
      if (view.members[asker.node] === undefined) return undefined;
      throw new BadRequest(
        `group ${group} was deployed by a version that did not keep what agents need: change something in it and deploy`,
      );
    }
    const seat = await sit(asker, view, deps, signal);
    if (seat !== 'overtaken') return seat;
    await deps.pause(deps.random() * PAUSE_MS_MAX);
  }
  throw new Contended(`group "${group}"`, TRIES_MAX);
};
