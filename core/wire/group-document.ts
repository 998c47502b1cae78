/** A parsed group back as a document. Whoever deploys parses once; whoever takes the deployment parses the same again. */
import type { DurationMs } from '../time.ts';
import { type GroupFile, type HostCheck, isAlarmCheck } from './config.ts';
import { type HostRouting, hostRoutingOf } from './host-routing.ts';

/** Durations on their way back into a file. */
export const inMs = (ms: DurationMs): string => `${ms}ms`;

export const hostCheckDocument = (check: HostCheck): Record<string, unknown> => ({
  ...check,
  interval: inMs(check.interval),
  timeout: inMs(check.timeout),
});

/**
 * The group as plain data in the form of keepaloft.yaml, with every default written out. Parsing it gives `group`
 * again, so two sources that mean the same group give the same document.
 */
export const groupDocument = (group: GroupFile): Record<string, unknown> =>
  ({
    vips: group.vips,
    // One that was let in is no part of what was written.
    members: [...group.members.filter(({ enrolled }) => enrolled !== true), ...(group.select ?? [])],
    timing: { heartbeat: inMs(group.timing.heartbeat), lease: inMs(group.timing.lease) },
    exclusive: group.exclusive,
    kernelExpiry: group.kernelExpiry,
    mode: group.mode,
    adopt: group.adopt,
    drift: group.drift,
    election: {
      preempt: group.election.preempt,
      preemptDelay: inMs(group.election.preemptDelay),
      holdDown: inMs(group.election.holdDown),
    },
    handover: group.handover,
    checks: Object.fromEntries(
      Object.entries(group.checks).map(([name, check]) => [
        name,
        isAlarmCheck(check) ? check : hostCheckDocument(check),
      ]),
    ),
    hooks: { ...group.hooks, timeout: inMs(group.hooks.timeout) },
    ...hostRoutingOf(group),
  }) satisfies Record<Exclude<keyof GroupFile, 'select' | keyof HostRouting>, unknown>;

/** A document with this group alone: what a deployment hands to the arbiter. */
export const fileOfGroup = (name: string, group: GroupFile): Record<string, unknown> => ({
  version: 1,
  groups: { [name]: groupDocument(group) },
});
