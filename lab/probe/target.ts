/** One address under probing: its socket, its probes in flight, and what is worth telling while it runs. */

import { createSocket, type Socket } from 'node:dgram';
import type { ProbeReport, Stall } from './analysis.ts';
import { decodeAnswer, encodeProbe, Flight } from './flight.ts';

/** Without an answer for this long an address counts as silent in the live events; the report judges each probe. */
const silentAfterMs = 50;

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
  /** Tells this run's answers from those of another. */
  runNumber: number;
  intervalMs: number;
  port: number;
  /** Add it to monotonic milliseconds to get wall-clock milliseconds. */
  anchorEpochMs: number;
  nowMs(): number;
  tell(event: ProbeEvent): void;
}

export class ProbeTarget {
  readonly vip: string;
  readonly #run: ProbeRun;
  readonly #socket: Socket;
  readonly #flight: Flight;
  #owner: string | null = null;
  /** Send time of the last probe answered; the start of the run before there is one. */
  #lastAnsweredMs: number;
  #isSilent = false;
  #strayAnswers = 0;

  constructor(vip: string, run: ProbeRun) {
    this.vip = vip;
    this.#run = run;
    this.#flight = new Flight(run.intervalMs, run.anchorEpochMs);
    this.#lastAnsweredMs = run.nowMs();
    // Not connected, and without a resolver: a connected socket would report "refused" instead of sending the next probe.
    this.#socket = createSocket({
      type: 'udp4',
      lookup: (name, _options, callback) => callback(null, name, 4),
    });
    this.#socket.on('message', (bytes, from) => this.#receive(bytes, from.address));
    this.#socket.on('error', () => undefined);
  }

  get open(): number {
    return this.#flight.open;
  }

  bind(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.bind(0, () => resolve());
    });
  }

  send(): void {
    const sequence = this.#flight.send(this.#run.nowMs());
    if (sequence !== null) {
      // A refusal by the kernel (no route) is a lost probe like any other.
      this.#socket.send(
        encodeProbe(this.#run.runNumber, sequence),
        this.#run.port,
        this.vip,
        () => undefined,
      );
    }
  }

  /** Decides the probes whose fate is known by now. */
  settle(): void {
    this.#flight.settle(this.#run.nowMs());
  }

  /** Tells when the address fell silent. Only while probes are being sent: afterwards silence means nothing. */
  listen(): void {
    const nowMs = this.#run.nowMs();
    if (!this.#isSilent && nowMs - this.#lastAnsweredMs > silentAfterMs) {
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
    this.#socket.close();
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

  #receive(bytes: Buffer, from: string): void {
    const nowMs = this.#run.nowMs();
    const answer = decodeAnswer(this.#run.runNumber, bytes);
    if (answer === null || from !== this.vip) {
      this.#strayAnswers += 1;
      return;
    }
    const sentMs = this.#flight.answer(answer.sequence, answer.host, nowMs);
    if (sentMs === null) {
      return;
    }
    if (this.#isSilent) {
      const silentMs = sentMs - this.#lastAnsweredMs;
      this.#isSilent = false;
      this.#run.tell({
        kind: 'recovered',
        vip: this.vip,
        host: answer.host,
        epochMs: this.#epoch(nowMs),
        silentMs,
      });
    }
    if (answer.host !== this.#owner) {
      this.#owner = answer.host;
      this.#run.tell({ kind: 'owner', vip: this.vip, host: answer.host, epochMs: this.#epoch(nowMs) });
    }
    this.#lastAnsweredMs = Math.max(this.#lastAnsweredMs, sentMs);
  }
}
