/** The probes in flight to one address, in rings of fixed size, and what became of them. No sockets, no clock. */

import { ProbeAnalysis } from './analysis.ts';

/** A probe that is not answered within this time after its sending is lost. */
export const lostAfterMs = 1000;
/** Different hosts that may answer for an address; more would be noise. */
const hostsMax = 64;
/** Rings hold twice what can be in flight, so that a late tick does not stop the sending. */
const slack = 2;

const probeBytes = 12;
const magic = 0x6b_6c_70_31;
const runAt = 4;
const sequenceAt = 8;

/** A probe on the wire: magic, number of this run, sequence; 12 bytes. */
export const encodeProbe = (runNumber: number, sequence: number): Buffer => {
  const bytes = Buffer.alloc(probeBytes);
  bytes.writeUInt32BE(magic, 0);
  bytes.writeUInt32BE(runNumber, runAt);
  bytes.writeUInt32BE(sequence, sequenceAt);
  return bytes;
};

/** An answer is the probe followed by the host's name; null when it is not an answer to this run. */
export const decodeAnswer = (runNumber: number, bytes: Buffer): { sequence: number; host: string } | null => {
  if (
    bytes.length <= probeBytes ||
    bytes.readUInt32BE(0) !== magic ||
    bytes.readUInt32BE(runAt) !== runNumber
  ) {
    return null;
  }
  return { sequence: bytes.readUInt32BE(sequenceAt), host: bytes.toString('utf8', probeBytes) };
};

/** Probes to one address. Times are monotonic milliseconds; `anchorEpochMs` turns them into wall-clock time. */
export class Flight {
  readonly analysis = new ProbeAnalysis();
  readonly #anchorEpochMs: number;
  readonly #capacity: number;
  readonly #sentMs: Float64Array;
  readonly #answeredMs: Float64Array;
  readonly #host: Uint8Array;
  readonly #hosts: string[] = [];
  #next = 0;
  #settled = 0;
  lateAnswers = 0;

  constructor(intervalMs: number, anchorEpochMs: number) {
    this.#anchorEpochMs = anchorEpochMs;
    this.#capacity = Math.ceil((lostAfterMs * slack) / intervalMs);
    this.#sentMs = new Float64Array(this.#capacity);
    this.#answeredMs = new Float64Array(this.#capacity);
    this.#host = new Uint8Array(this.#capacity);
  }

  /** Probes sent so far. */
  get sent(): number {
    return this.#next;
  }

  /** Probes whose fate is still open. */
  get open(): number {
    return this.#next - this.#settled;
  }

  /** Notes that a probe is being sent now; its sequence number, or null while the ring is full. */
  send(nowMs: number): number | null {
    if (this.open >= this.#capacity) {
      return null;
    }
    const sequence = this.#next;
    const at = sequence % this.#capacity;
    this.#sentMs[at] = nowMs;
    this.#answeredMs[at] = Number.NaN;
    this.#next += 1;
    return sequence;
  }

  /** Notes an answer; the send time (monotonic) of its probe, or null when it counts no more. */
  answer(sequence: number, host: string, nowMs: number): number | null {
    const at = sequence % this.#capacity;
    const sentMs = this.#sentMs[at] ?? 0;
    if (sequence < this.#settled || sequence >= this.#next || nowMs - sentMs > lostAfterMs) {
      this.lateAnswers += 1;
      return null;
    }
    if (!Number.isNaN(this.#answeredMs[at] ?? Number.NaN)) {
      return null;
    }
    this.#answeredMs[at] = nowMs;
    this.#host[at] = this.#hostNumber(host);
    return sentMs;
  }

  /** Decides, in the order of sending, every probe whose fate is known by now. */
  settle(nowMs: number): void {
    while (this.#settled < this.#next) {
      const at = this.#settled % this.#capacity;
      const sentMs = this.#sentMs[at] ?? 0;
      const answeredMs = this.#answeredMs[at] ?? Number.NaN;
      const isAnswered = !Number.isNaN(answeredMs);
      if (!isAnswered && nowMs - sentMs <= lostAfterMs) {
        return;
      }
      this.analysis.record({
        sentEpochMs: this.#anchorEpochMs + sentMs,
        host: isAnswered ? (this.#hosts[this.#host[at] ?? 0] ?? null) : null,
        rttMs: isAnswered ? answeredMs - sentMs : 0,
      });
      this.#settled += 1;
    }
  }

  #hostNumber(host: string): number {
    const known = this.#hosts.indexOf(host);
    if (known >= 0) {
      return known;
    }
    if (this.#hosts.length >= hostsMax) {
      return hostsMax - 1;
    }
    this.#hosts.push(host);
    return this.#hosts.length - 1;
  }
}
