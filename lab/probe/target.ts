/** One address under probing: its probes in flight, and what is worth telling while it runs. */

import type { ProbeReport, Stall } from './analysis.ts';
import { Flight } from './flight.ts';

/** How an address is asked: by which protocol, and how its answers are understood. */
export interface Wire {
  open(): Promise<void>;
  /** Asks once. Whatever fails is a lost probe. */
  ask(sequence: number): void;
  close(): void;
}

/** What a wire hears. */
export interface WireEvents {
  /** @param host who answered */
  answered(sequence: number, host: string): void;
  /** Something that is no answer to what was asked. */
  stray(): void;
}

/** What a probing client tells while it runs. Times are wall-clock milliseconds. */
export type ProbeEvent =
  | { kind: 'owner'; vip: string; host: string; epochMs: number }
  | { kind: 'silent'; vip: string; sinceEpochMs: number }
  | { kind: 'recovered'; vip: string; host: string; epochMs: number; silentMs: number }
  | {
      kind: 'progress';
      vip: string;
      epochMs: number;
      sent: number;
      answered: number;
      lost: number;
      owner: string | null;
    };

/** What all addresses of one client share. */
export interface ProbeRun {
  intervalMs: number;
  /** Without an answer for this long an address counts as silent in the live events; the report judges each probe. */
  silentAfterMs: number;
  /** Add it to monotonic milliseconds to get wall-clock milliseconds. */
  anchorEpochMs: number;
  nowMs(): number;
  tell(event: ProbeEvent): void;
}

export class ProbeTarget {
  readonly vip: string;
  readonly #run: ProbeRun;
  readonly #wire: Wire;
  readonly #flight: Flight;
  #owner: string | null = null;
  /** Send time of the last probe answered; the start of the run before there is one. */
  #lastAnsweredMs: number;
  #isSilent = false;
  #strayAnswers = 0;

  constructor(vip: string, run: ProbeRun, wire: (events: WireEvents) => Wire) {
    this.vip = vip;
    this.#run = run;
    this.#flight = new Flight(run.intervalMs, run.anchorEpochMs);
    this.#lastAnsweredMs = run.nowMs();
    this.#wire = wire({
      answered: (sequence, host) => this.#answered(sequence, host),
      stray: () => {
        this.#strayAnswers += 1;
      },
    });
  }

  get open(): number {
    return this.#flight.open;
  }

  start(): Promise<void> {
    return this.#wire.open();
  }

  send(): void {
    const sequence = this.#flight.send(this.#run.nowMs());
    if (sequence !== null) {
      this.#wire.ask(sequence);
    }
  }

  /** Decides the probes whose fate is known by now. */
  settle(): void {
    this.#flight.settle(this.#run.nowMs());
  }

  /** Tells when the address fell silent. Only while probes are being sent: afterwards silence means nothing. */
  listen(): void {
    const nowMs = this.#run.nowMs();
    if (!this.#isSilent && nowMs - this.#lastAnsweredMs > this.#run.silentAfterMs) {
      this.#isSilent = true;
      this.#run.tell({ kind: 'silent', vip: this.vip, sinceEpochMs: this.#epoch(this.#lastAnsweredMs) });
    }
  }

  tellProgress(): void {
    const { answered, lost } = this.#flight.analysis;
    const epochMs = this.#epoch(this.#run.nowMs());
    const owner = this.#isSilent ? null : this.#owner;
    this.#run.tell({
      kind: 'progress',
      vip: this.vip,
      epochMs,
      sent: this.#flight.sent,
      answered,
      lost,
      owner,
    });
  }

  finish(about: {
    startedMs: number;
    endedMs: number;
    maxLateMs: number;
    stalls: Stall[];
    stallMs: number;
  }): ProbeReport {
    this.#wire.close();
    return this.#flight.analysis.report({
      vip: this.vip,
      intervalMs: this.#run.intervalMs,
      startedAt: new Date(this.#epoch(about.startedMs)).toISOString(),
      endedAt: new Date(this.#epoch(about.endedMs)).toISOString(),
      maxLateMs: about.maxLateMs,
      stalls: about.stalls,
      stallMs: about.stallMs,
      strayAnswers: this.#strayAnswers,
      lateAnswers: this.#flight.lateAnswers,
    });
  }

  #epoch(ms: number): number {
    return this.#run.anchorEpochMs + ms;
  }

  #answered(sequence: number, host: string): void {
    const nowMs = this.#run.nowMs();
    const sentMs = this.#flight.answer(sequence, host, nowMs);
    if (sentMs === null) {
      return;
    }
    if (this.#isSilent) {
      const silentMs = sentMs - this.#lastAnsweredMs;
      this.#isSilent = false;
      this.#run.tell({
        kind: 'recovered',
        vip: this.vip,
        host,
        epochMs: this.#epoch(nowMs),
        silentMs,
      });
    }
    if (host !== this.#owner) {
      this.#owner = host;
      this.#run.tell({ kind: 'owner', vip: this.vip, host, epochMs: this.#epoch(nowMs) });
    }
    this.#lastAnsweredMs = Math.max(this.#lastAnsweredMs, sentMs);
  }
}
