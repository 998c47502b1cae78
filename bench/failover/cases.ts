/** The faults after which the VIP must move once, to the best standby. */
import type { FaultOrder } from '../../lab/control/types.ts';

/** What is held against the target: all of the outage, what exceeds the fabric's part, or also the check's part. */
export const JUDGED = ['outage', 'beyond fabric', 'beyond check and fabric'] as const;
export type Judged = (typeof JUDGED)[number];

export interface FaultCase {
  readonly name: string;
  readonly what: string;
  readonly judged: Judged;
  readonly orders: readonly FaultOrder[];
}

export const CASES: readonly FaultCase[] = [
  {
    name: 'kill -9',
    what: 'agent and service killed',
    judged: 'outage',
    orders: [{ kind: 'kill', target: 'holder' }],
  },
  {
    name: 'host cut',
    what: 'no packet in or out',
    judged: 'outage',
    orders: [{ kind: 'cut-host', target: 'holder' }],
  },
  {
    name: 'service dead',
    what: 'service killed; tcp check every 1 s, fall 2',
    judged: 'beyond check and fabric',
    orders: [{ kind: 'service', target: 'holder' }],
  },
  {
    name: 'clean stop',
    what: 'SIGTERM to the agent, fabric-first',
    judged: 'beyond fabric',
    orders: [{ kind: 'stop', target: 'holder' }],
  },
];
