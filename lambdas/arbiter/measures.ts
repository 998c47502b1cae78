/** How long a change of holder has taken, as one invocation sees it from its decision to its commit. */
import type { GroupEvent } from '../../core/election/types.ts';
import type { Metrics } from './metrics.ts';

/** Reasons for which the old holder did not serve until the end. How long it was dark is known from its last heartbeat. */
const DARK: ReadonlySet<string> = new Set([
  'silence',
  'suspicion',
  'stopped',
  'terminated',
  'target-silent',
  'target-gone',
]);

/** What an event says of itself in numbers. */
const numberOf = ({ detail }: GroupEvent, name: string): number | undefined => {
  const value = detail?.[name];
  return typeof value === 'number' ? value : undefined;
};

/** The span from the last heartbeat of a dead holder to the commit, or undefined: it served, or it is not known. */
export const outageMs = (transfer: GroupEvent | undefined, committed: GroupEvent): number | undefined => {
  if (transfer?.epoch !== committed.epoch || !DARK.has(transfer.reason)) return undefined;
  const lastBeatAgeMs = numberOf(transfer, 'lastBeatAgeMs');
  return lastBeatAgeMs === undefined ? undefined : lastBeatAgeMs + Math.max(0, committed.at - transfer.at);
};

export interface Measures {
  /**
   * Takes one decision, in the order in which they are made.
   * @returns with a commit: how long the group was dark, milliseconds, if that is known
   */
  add(event: GroupEvent): number | undefined;
}

export const createMeasures = (metrics: Metrics): Measures => {
  let transfer: GroupEvent | undefined;
  return {
    add(event) {
      if (event.type === 'transfer') transfer = event;
      if (event.type !== 'committed') return undefined;
      const fabricMs = numberOf(event, 'moveMs');
      const darkMs = outageMs(transfer, event);
      metrics.tell(
        {
          ...(fabricMs === undefined ? {} : { FabricMs: fabricMs }),
          ...(darkMs === undefined ? {} : { OutageMs: darkMs }),
        },
        event.group,
      );
      return darkMs;
    },
  };
};
