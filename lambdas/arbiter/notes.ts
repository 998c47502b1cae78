/**
 * Writes what was decided to where `history` finds it, and what members say to where `status` does: beside the work,
 * never in its way. A decision that cannot be written is in the log all the same; it is counted, and nothing fails for it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DetailEffect, GroupEvent } from '../../core/election/types.ts';
import type { Decided } from '../store/events.ts';
import type { Deps } from './deps.ts';

/**
 * So long an answer waits for writes that are still under way: many times what a write takes, and little beside what a
 * failover takes. What is left then is finished while the environment takes its next request.
 */
const ANSWER_WAIT_MS = 50;

/** A refused claim is made again every 400 ms for as long as a brake or a fault lasts: it is in the log and counted. */
const isKept = ({ type }: GroupEvent): boolean => type !== 'claim-refused';

/** Something to be written, and what the log says when it cannot be. */
interface Note {
  readonly write: () => Promise<void>;
  readonly failure: 'event-not-kept' | 'detail-not-kept';
  readonly about: { readonly group: string } & Readonly<Record<string, unknown>>;
}

/** What one invocation has to write down. */
export interface Notes {
  /** Notes a decision; nothing is sent yet. */
  add(decided: Decided): void;
  /** Notes what a member says; nothing is sent yet. */
  addDetail(group: string, effect: DetailEffect): void;
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
  const noted: Note[] = [];
  const running: Promise<void>[] = [];
  const take = async ({ write, failure, about }: Note): Promise<void> => {
    try {
      await write();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      logger.warn(failure, { ...about, reason });
      metrics.count('HistoryErrors', 1, about.group);
    }
  };
  const begin = (): void => {
    for (const note of noted.splice(0)) running.push(take(note));
  };
  return {
    add(decided) {
      if (!isKept(decided.event)) return;
      const { group, epoch, type } = decided.event;
      const write = () => store.events.put(decided);
      noted.push({ write, failure: 'event-not-kept', about: { group, epoch, type } });
    },
    addDetail(group, { node, detail }) {
      const write = () => store.details.put(group, node, detail);
      noted.push({ write, failure: 'detail-not-kept', about: { group, node } });
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
