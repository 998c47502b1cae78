/**
 * Writes what was decided to where `history` finds it: beside the work, never in its way. A decision that cannot be
 * written is in the log all the same; it is counted, and nothing fails for it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { GroupEvent } from '../../core/election/types.ts';
import type { Decided } from '../store/events.ts';
import type { Deps } from './deps.ts';

/**
 * So long an answer waits for writes that are still under way: many times what a write takes, and little beside what a
 * failover takes. What is left then is finished while the environment takes its next request.
 */
const ANSWER_WAIT_MS = 50;

/** A refused claim is made again every 400 ms for as long as a brake or a fault lasts: it is in the log and counted. */
const isKept = ({ type }: GroupEvent): boolean => type !== 'claim-refused';

/** The decisions of one invocation. */
export interface Notes {
  /** Notes a decision; nothing is sent yet. */
  add(decided: Decided): void;
  /** Begins to write what has been noted. Called when the fabric call is under way: until then every moment counts. */
  begin(): void;
  /** Begins what has not begun, and waits a moment for all. Never throws. */
  settled(): Promise<void>;
}

export const createNotes = ({
  store,
  logger,
  metrics,
}: Pick<Deps, 'store' | 'logger' | 'metrics'>): Notes => {
  const noted: Decided[] = [];
  const running: Promise<void>[] = [];
  const write = async (decided: Decided): Promise<void> => {
    try {
      await store.events.put(decided);
    } catch (cause) {
      const { group, epoch, type } = decided.event;
      const reason = cause instanceof Error ? cause.message : String(cause);
      logger.warn('event-not-kept', { group, epoch, type, reason });
      metrics.count('HistoryErrors', 1, group);
    }
  };
  const begin = (): void => {
    for (const decided of noted.splice(0)) running.push(write(decided));
  };
  return {
    add: (decided) => {
      if (isKept(decided.event)) noted.push(decided);
    },
    begin,
    async settled() {
      begin();
      if (running.length === 0) return;
      const answered = new AbortController();
      const late = sleep(ANSWER_WAIT_MS, undefined, { signal: answered.signal, ref: false });
      await Promise.race([Promise.all(running), late.catch(() => undefined)]);
      answered.abort();
    },
  };
};
