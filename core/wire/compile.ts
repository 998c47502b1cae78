/** From keepaloft.yaml to what the arbiter stores and what an agent is given. One source, so they cannot disagree. */
import { announcementOf } from './announce.ts';
import { type AgentGroupFile, type GroupFile, isAlarmCheck } from './config.ts';
import { canonical, fnv1a } from './fingerprint.ts';
import { hostCheckDocument, inMs } from './group-document.ts';
import { type HostRouting, hostRoutingOf } from './host-routing.ts';
import type { GroupConfig } from './item.ts';
import type { EniId, NodeId, Vip } from './names.ts';

/** What the cloud knows of a member and no file says. */
export interface Enrolment {
  readonly eni: EniId;
  readonly address: string;
}

/** One length of time may be written in several ways. */
const namedVip = (vip: Vip): unknown =>
  vip.fabric === 'l2' && vip.announce !== undefined
    ? { ...vip, announce: announcementOf(vip.announce) }
    : vip;

/** What is as it was before there was a word for it counts for nothing: an upgrade renames no configuration. */
const named = ({ mode, adopt, drift, ...group }: GroupFile) => ({
  ...group,
  vips: group.vips.map(namedVip),
  ...(mode === 'enforce' ? {} : { mode }),
  ...(adopt ? {} : { adopt }),
  ...(drift === 'repair' ? {} : { drift }),
});

/** Names a group's configuration: members of one group whose hashes differ run different configurations. */
export const configHashOf = (group: GroupFile): string => {
  const text = canonical(named(group));
  return fnv1a(text) + fnv1a(text, 0x01000193);
};

/** A member of the file whose instance is not known to the cloud. */
export class NotEnrolledError extends Error {
  override readonly name = 'NotEnrolledError';
}

/** The checks that CloudWatch makes. */
const alarmsOf = ({ checks }: GroupFile): Pick<GroupConfig, 'alarms'> => {
  const alarms = Object.entries(checks).flatMap(([name, check]) =>
    isAlarmCheck(check) ? [{ check: name, alarm: check.alarm, weight: check.weight }] : [],
  );
  return alarms.length === 0 ? {} : { alarms };
};

/** The names of the checks, so that a member need name only those that fail. */
const checksOf = ({ checks }: GroupFile): Pick<GroupConfig, 'checks'> => {
  const names = Object.keys(checks);
  return names.length === 0 ? {} : { checks: names };
};

/** Who only observes lets nobody hold anything: there is no lease that could fence. */
const isFencedByLease = ({ exclusive, mode }: GroupFile): boolean => exclusive && mode === 'enforce';

/** Who is asked before a change: the candidate, which has the hook's own time, and a fenced group's holder. */
const questionsOf = (group: GroupFile): Pick<GroupConfig, 'prepareMs' | 'release'> => {
  const { hooks, handover, mode } = group;
  if (mode === 'observe') return {};
  const releases = hooks.beforeRelease !== undefined || handover === 'reset-first';
  return {
    ...(hooks.beforeMaster === undefined ? {} : { prepareMs: hooks.timeout }),
    ...(releases && !group.exclusive ? { release: true } : {}),
  };
};

const conductOf = (group: GroupFile): Pick<GroupConfig, 'exclusive' | 'observe' | 'adopt' | 'drift'> => ({
  ...(isFencedByLease(group) ? { exclusive: true } : {}),
  ...(group.mode === 'observe' ? { observe: true } : {}),
  ...(group.adopt ? {} : { adopt: false }),
  ...(group.drift === 'repair' ? {} : { drift: group.drift }),
});

/**
 * What the arbiter stores for a group.
 * @throws NotEnrolledError when a member of the file has no enrolment
 */
export const compileGroup = (
  name: string,
  group: GroupFile,
  enrolments: Readonly<Record<NodeId, Enrolment>>,
): GroupConfig => ({
  group: name,
  hash: configHashOf(group),
  vips: group.vips,
  heartbeatMs: group.timing.heartbeat,
  leaseMs: group.timing.lease,
  ...conductOf(group),
  ...questionsOf(group),
  preempt: group.election.preempt,
  preemptDelayMs: group.election.preemptDelay,
  holdDownMs: group.election.holdDown,
  ...checksOf(group),
  ...alarmsOf(group),
  members: Object.fromEntries(
    group.members.map(({ instance, priority }) => {
      const enrolment = enrolments[instance];
      if (enrolment === undefined) {
        throw new NotEnrolledError(
          `group ${name}: ${instance} is not known: start the instance, or take it out of the group's members`,
        );
      }
      return [instance, { eni: enrolment.eni, address: enrolment.address, priority }];
    }),
  ),
});

/** The agent.yaml entry of one group for one member, as plain data ready to be written as YAML. */
export const agentGroupDocument = (group: GroupFile, node: NodeId): Record<string, unknown> =>
  ({
    vips: group.vips,
    priority: group.members.find((member) => member.instance === node)?.priority,
    configHash: configHashOf(group),
    timing: { heartbeat: inMs(group.timing.heartbeat), lease: inMs(group.timing.lease) },
    mode: group.mode,
    exclusive: isFencedByLease(group),
    kernelExpiry: group.kernelExpiry,
    preemptDelay: inMs(group.election.preemptDelay),
    ...(group.handover === 'fabric-first' ? {} : { handover: group.handover }),
    checks: Object.fromEntries(
      Object.entries(group.checks).flatMap(([name, check]) =>
        isAlarmCheck(check) ? [] : [[name, hostCheckDocument(check)]],
      ),
    ),
    hooks: { ...group.hooks, timeout: inMs(group.hooks.timeout) },
    ...hostRoutingOf(group),
  }) satisfies Record<Exclude<keyof AgentGroupFile, 'handover' | keyof HostRouting>, unknown>;
