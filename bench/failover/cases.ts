/** The faults after which the VIP must move once, to the best standby. */
import type { FaultOrder } from '../../lab/control/types.ts';

export interface FaultCase {
  readonly name: string;
  readonly orders: readonly FaultOrder[];
  readonly what: string;
}

export const CASES: readonly FaultCase[] = [
  { name: 'kill -9', orders: [{ kind: 'kill', target: 'holder' }], what: 'agent and service killed' },
  { name: 'host cut', orders: [{ kind: 'cut-host', target: 'holder' }], what: 'no packet in or out' },
  {
    name: 'service dead',
    orders: [{ kind: 'service', target: 'holder' }],
    what: 'service killed; tcp check every 1 s, fall 2',
  },
  {
    name: 'clean stop',
    orders: [{ kind: 'stop', target: 'holder' }],
    what: 'SIGTERM to the agent, fabric-first',
  },
];

/** What the check of the lab's default configuration may take until it has failed: fall × interval. */
export const CHECK_MS = 2000;
