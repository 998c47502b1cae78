/**
 * Writes what was decided to where `history` finds it and what members say to where `status` does, and publishes what
 * others want to hear: beside the work, never in its way. A decision that cannot be written is in the log all the same; it is counted, and nothing fails for it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DetailEffect, GroupEvent } from '../../core/election/types.ts';
import type { Published } from '../../core/wire/published.ts';
import type { Decided } from '../store/events.ts';
import type { Deps } from './deps.ts';

/**
 * So long an answer waits for writes that are still under way: many times what a write takes, and little beside what a
 * failover takes. What is left then is finished while the environment takes its next request.
 */
const ANSWER_WAIT_MS = 50;
/**
 * So long an answer waits for what is published: until the request is on its way. EventBridge takes 20 ms or more, and
 * nobody who is waiting for this answer has anything from it.
 */
const SEND_WAIT_MS = 10;
/** Where nobody waits for an answer. */
const PATIENCE_MS = 5000;

/** A refused claim is made again every 400 ms for as long as a brake or a fault lasts: it is in the log and counted. */
const isKept = ({ type }: GroupEvent): boolean => type !== 'claim-refused';

/** Something to be written, and what the log says when it cannot be. */
interface Note {
  readonly write: () => Promise<void>;
  readonly failure: 'event-not-kept' | 'detail-not-kept';
  readonly about: About;
}

type About = { readonly group: string } & Readonly<Record<string, unknown>>;

/** Puts an event on the bus, if there is one. Never throws: who cannot be told is not who decides. */
export const publish = async (
  event: Published,
  about: About,
  { bus, logger, metrics }: Pick<Deps, 'bus' | 'logger' | 'metrics'>,
): Promise<void> => {
  try {
    await bus?.put(event);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    logger.warn('event-not-published', { ...about, detailType: event.detailType, reason });
    metrics.count('PublishErrors', 1, about.group);
  }
};

/** What one invocation has to write down and to publish. */
export interface Notes {
  /** Notes a decision; nothing is sent yet. */
  add(decided: Decided): void;
  /** Notes what a member says; nothing is sent yet. */
  addDetail(group: string, effect: DetailEffect): void;
  /** Notes what is to be published; nothing is sent yet. */
  addPublished(event: Published, about: About): void;
  /** Begins what has been noted. Called when the fabric call is under way: until then every moment counts. */
  begin(): void;
  /**
   * Begins what has not begun, and waits a moment for all. Never throws.
   * @param patient nobody waits for an answer: everything is awaited
   */
  settled(patient?: boolean): Promise<void>;
}

export const createNotes = (deps: Pick<Deps, 'store' | 'bus' | 'logger' | 'metrics'>): Notes => {
  const { store, logger, metrics } = deps;
  const noted: Note[] = [];
  const unpublished: (() => Promise<void>)[] = [];
  const writing: Promise<void>[] = [];
  const publishing: Promise<void>[] = [];
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
    for (const note of noted.splice(0)) writing.push(take(note));
    for (const send of unpublished.splice(0)) publishing.push(send());
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
    addPublished(event, about) {
      unpublished.push(() => publish(event, about, deps));
    },
    begin,
    async settled(patient = false) {
      begin();
      const [writeMs, publishMs] = patient ? [PATIENCE_MS, PATIENCE_MS] : [ANSWER_WAIT_MS, SEND_WAIT_MS];
      await Promise.all([within(writeMs, writing), within(publishMs, publishing)]);
    },
  };
};

/** Waits for all, and no longer than so. */
const within = async (ms: number, running: readonly Promise<void>[]): Promise<void> => {
  if (running.length === 0) return;
  const done = new AbortController();
  const late = sleep(ms, undefined, { signal: done.signal, ref: false });
  await Promise.race([Promise.all(running), late.catch(() => undefined)]);
  done.abort();
};
