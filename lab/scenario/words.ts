/** A scenario's steps in words, for the one who watches. Pure. */

import { formatDurationMs } from './duration.ts';
import type { ScenarioStep, Wait } from './schema.ts';

const waitWords = (wait: Wait): string => {
  const parts = [
    wait.held === undefined
      ? undefined
      : wait.held === 'all'
        ? 'every group is held'
        : `${wait.held} is held`,
    wait.standby === undefined
      ? undefined
      : wait.standby === 'all'
        ? 'every group has a standby'
        : `${wait.standby} has a standby`,
    wait.served === undefined ? undefined : `the client is served for ${formatDurationMs(wait.served)}`,
    wait.moved === undefined
      ? undefined
      : `${wait.moved} move${wait.moved === 1 ? ' is' : 's are'} committed`,
    wait.repaired === undefined ? undefined : `${wait.repaired} repaired`,
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
    return `somebody assigns ${step.assign.vip ?? 'the VIP'} to ${step.assign.to}`;
  // What is expected stands in the verdict.
  return 'expect';
};
