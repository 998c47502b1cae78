/** How long a client is not served, by fault: the shipped agent and Lambdas in the lab, a probe every 2 ms. */
import type { FaultOrder } from '../lab/control/types.ts';
import { type Run, Session } from '../lab/session.ts';

export interface FaultCase {
  readonly name: string;
  readonly orders: readonly FaultOrder[];
  readonly what: string;
}

/** The faults after which the VIP must move once, to the best standby. */
export const CASES: readonly FaultCase[] = [
  { name: 'kill -9', orders: [{ kind: 'kill', target: 'holder' }], what: 'agent and service killed' },
  { name: 'host cut', orders: [{ kind: 'cut-host', target: 'holder' }], what: 'no packet in or out' },
  { name: 'service dead', orders: [{ kind: 'service', target: 'holder' }], what: 'tcp check 1 s, fall 2' },
  { name: 'clean stop', orders: [{ kind: 'stop', target: 'holder' }], what: 'SIGTERM to the agent, fabric-first' },
];

export interface CaseResult {
  readonly name: string;
  readonly what: string;
  readonly runs: readonly Run[];
}

/** A fixed sequence of phases within the heartbeat, spread evenly: chance must not choose an easy set. */
const phaseMs = (run: number, runs: number): number => Math.round((1000 * run) / runs);

/** @param onRun hears of each run as it ends */
export const measureFailovers = async (runs: number, cases: readonly FaultCase[], onRun: (name: string, run: Run) => void): Promise<CaseResult[]> => {
  const session = await Session.open();
  try {
    const results: CaseResult[] = [];
    for (const { name, what, orders } of cases) {
      const done: Run[] = [];
      for (let run = 0; run < runs; run += 1) {
        const result = await session.run(orders, phaseMs(run, runs));
        onRun(name, result);
        done.push(result);
        await session.heal();
      }
      results.push({ name, what, runs: done });
    }
    return results;
  } finally {
    await session.close();
  }
};
