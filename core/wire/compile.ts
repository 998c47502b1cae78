/** From keepaloft.yaml to what the arbiter stores and what an agent is given. One source, so they cannot disagree. */
import type { DurationMs } from '../time.ts';
import type { AgentGroupFile, GroupFile } from './config.ts';
import type { GroupConfig } from './item.ts';
import type { EniId, NodeId } from './names.ts';

/** What the cloud knows of a member and no file says. */
export interface Enrolment {
  readonly eni: EniId;
  readonly address: string;
}

/** JSON with sorted keys: equal values give equal text. */
const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${fields
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`)
    .join(',')}}`;
};

/** FNV-1a, 32 bits. It finds a configuration that differs by mistake; it guards nothing against an attacker. */
const fnv1a = (text: string, seed: number): string => {
  let hash = seed;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
};

/** Names a group's configuration: members of one group whose hashes differ run different configurations. */
export const configHashOf = (group: GroupFile): string => {
  const text = canonical(group);
  return fnv1a(text, 0x811c9dc5) + fnv1a(text, 0x01000193);
};

/** A member of the file whose instance is not known to the cloud. */
export class NotEnrolledError extends Error {
  override readonly name = 'NotEnrolledError';
}

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
  ...(group.exclusive ? { exclusive: true } : {}),
  preempt: group.election.preempt,
  preemptDelayMs: group.election.preemptDelay,
  holdDownMs: group.election.holdDown,
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

/** Durations on their way back into a file. */
const inMs = (ms: DurationMs): string => `${ms}ms`;

/** The agent.yaml entry of one group for one member, as plain data ready to be written as YAML. */
export const agentGroupDocument = (group: GroupFile, node: NodeId): Record<string, unknown> =>
  ({
    vips: group.vips,
    priority: group.members.find((member) => member.instance === node)?.priority,
    configHash: configHashOf(group),
    timing: { heartbeat: inMs(group.timing.heartbeat), lease: inMs(group.timing.lease) },
    exclusive: group.exclusive,
    kernelExpiry: group.kernelExpiry,
    preemptDelay: inMs(group.election.preemptDelay),
    checks: Object.fromEntries(
      Object.entries(group.checks).map(([name, check]) => [
        name,
        { ...check, interval: inMs(check.interval), timeout: inMs(check.timeout) },
      ]),
    ),
    hooks: { ...group.hooks, timeout: inMs(group.hooks.timeout) },
  }) satisfies Record<keyof AgentGroupFile, unknown>;
