/** A scenario's steps in words, for the one who watches. Pure. */

import { formatDurationMs } from './duration.ts';
import type { GroupsRef, ScenarioStep, Wait } from './schema.ts';

const ofGroups = (ref: GroupsRef | undefined, what: string): string | undefined =>
  ref === undefined ? undefined : `${ref === 'all' ? 'every group' : [ref].flat().join(', ')} ${what}`;

const waitWords = (wait: Wait): string => {
  const parts = [
    ofGroups(wait.held, 'is held'),
    ofGroups(wait.standby, 'has a standby'),
    ofGroups(wait.rescued, 'is held by another host'),
    wait.served === undefined ? undefined : `the client is served for ${formatDurationMs(wait.served)}`,
    wait.moved === undefined
      ? undefined
      : `${wait.moved} move${wait.moved === 1 ? ' is' : 's are'} committed`,
    wait.repaired === undefined ? undefined : `${wait.repaired} repaired`,
    wait.settled === undefined ? undefined : `nothing has moved for ${formatDurationMs(wait.settled)}`,
  ].filter((part) => part !== undefined);
  return `wait until ${parts.length === 0 ? 'now' : parts.join(' and ')}`;
};

const faultWords = (fault: NonNullable<ScenarioStep['fault']>): string =>
  [
    `fault ${fault.kind} ${fault.target}`,
    fault.service === undefined ? '' : `: ${fault.service}`,
    fault.percent === undefined ? '' : ` ${fault.percent} %`,
    fault.ms === undefined ? '' : ` ${fault.ms} ms`,
    fault.code === undefined ? '' : ` ${fault.code}`,
    fault.for === undefined ? '' : ` for ${formatDurationMs(fault.for)}`,
  ].join('');

/** One line. */
export const stepWords = (step: ScenarioStep): string => {
  if (step.say !== undefined) return step.say;
  if (step.wait !== undefined) return waitWords(step.wait);
  if (step.probe !== undefined) return step.probe === 'start' ? 'start probing' : 'stop probing';
  if (step.fault !== undefined) return faultWords(step.fault);
  if (step.sleep !== undefined) return `let ${formatDurationMs(step.sleep)} pass`;
  if (step.heal !== undefined) return `heal ${step.heal}`;
  if (step.run !== undefined) return `run on ${step.run.on}: ${step.run.argv.join(' ')}`;
  if (step.assign !== undefined)
    return `somebody ${step.assign.table === undefined ? 'assigns' : 'routes'} ${step.assign.vip ?? 'the VIP'} to ${step.assign.to}`;
  // What is expected stands in the verdict.
  return 'expect';
};
