/** Collects the history of a run: what the lab notes, what the observer sees, what the client loses. */
import { availableParallelism, loadavg } from 'node:os';
import type { LabInfo } from '../control/types.ts';
import { lostAfterMs } from '../probe/flight.ts';
import type { ProbeReport } from '../probe/probe.ts';
import type { Session } from '../session.ts';
import { STALL_SLACK_MS } from './check/limits.ts';
import { type EventOf, type HistoryEvent, inOrder } from './history.ts';
import { eventOfEntry } from './journal-events.ts';

/** How often the journal is read; it is bounded, and long runs would outlast it. */
const READ_MS = 1000;

/**
 * True when a pause of the prober itself explains an outage. A short one loses nothing: answers wait in the socket. Only
 * one that outlasts the time in which a probe counts as answered does, and then the outage lies within it.
 */
const isStalled = (report: ProbeReport, from: number, to: number): boolean =>
  report.stalls.some(
    (stall) =>
      stall.ms >= lostAfterMs - STALL_SLACK_MS &&
      stall.fromEpochMs - STALL_SLACK_MS <= from &&
      stall.fromEpochMs + stall.ms + STALL_SLACK_MS >= to,
  );

/** What one client saw from `startsAt` on; before that nobody was promised anything. */
export const lossesOf = (
  report: ProbeReport,
  startsAt: number,
): (EventOf<'dark'> | EventOf<'answered'>)[] => {
  const { vip, outages, owners } = report;
  const dark = outages.map(
    ({ fromEpochMs: at, toEpochMs: to, lost, before, after }): EventOf<'dark'> => ({
      kind: 'dark',
      at,
      to,
      vip,
      lost,
      before,
      after,
      stalled: isStalled(report, at, to),
    }),
  );
  const answered = owners.map(
    ({ host, firstEpochMs: at, lastEpochMs: to, answers }): EventOf<'answered'> => ({
      kind: 'answered',
      at,
      to,
      vip,
      host,
      answers,
    }),
  );
  return [...dark, ...answered]
    .filter((event) => event.to > startsAt)
    .map((event) => ({ ...event, at: Math.max(event.at, startsAt) }));
};

export class Recorder {
  readonly #session: Session;
  readonly #hosts: LabInfo['hosts'];
  readonly #onEvent: (event: HistoryEvent) => void;
  #events: HistoryEvent[] = [];
  #next = 0;
  #reading: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  /** @param onEvent hears each event when it becomes known, which is not always the order in which it happened */
  constructor(session: Session, onEvent: (event: HistoryEvent) => void = () => undefined) {
    this.#session = session;
    this.#hosts = session.info.hosts;
    this.#onEvent = onEvent;
  }

  add(event: HistoryEvent): void {
    this.#events.push(event);
    this.#onEvent(event);
  }

  /** Follows the lab's journal from now on. */
  async follow(): Promise<void> {
    this.#next = await this.#session.mark();
    this.#timer = setInterval(() => void this.#read(), READ_MS);
  }

  /** Reads what is left and stops following. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#read();
  }

  /** What the clients saw since the start. */
  addReports(reports: readonly ProbeReport[], interrupted: boolean): void {
    const startsAt = this.#events.find((event) => event.kind === 'start')?.at ?? Number.POSITIVE_INFINITY;
    for (const event of reports.flatMap((report) => lossesOf(report, startsAt))) this.add(event);
    this.add({
      kind: 'end',
      at: Date.now(),
      sent: reports.reduce((sum, report) => sum + report.sent, 0),
      stallMs: Math.round(reports[0]?.stallMs ?? 0),
      load: loadavg()[0] ?? 0,
      cores: availableParallelism(),
      interrupted,
    });
  }

  /** In the order in which it happened. */
  history(): HistoryEvent[] {
    return inOrder(this.#events);
  }

  #name(node: string | null): string | null {
    return node === null ? null : (this.#hosts.find((host) => host.instanceId === node)?.name ?? node);
  }

  /** One reading at a time: two would note the same entries twice. */
  #read(): Promise<void> {
    this.#reading = this.#reading.then(async () => {
      try {
        const from = this.#next;
        const entries = await this.#session.journal(from);
        const first = entries[0]?.n ?? from;
        if (first > from)
          this.add({
            kind: 'blind',
            at: Date.now(),
            what: `${first - from} entries of the journal are lost`,
          });
        this.#next = (entries.at(-1)?.n ?? from - 1) + 1;
        for (const entry of entries) {
          const event = eventOfEntry(entry, (node) => this.#name(node));
          if (event !== undefined) this.add(event);
        }
      } catch (error) {
        this.add({ kind: 'blind', at: Date.now(), what: `the journal: ${String(error)}` });
      }
    });
    return this.#reading;
  }
}
