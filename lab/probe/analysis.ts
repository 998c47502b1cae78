/** What a client's probes say about an address: outages, owners, round trips. Pure, streaming, bounded memory. */

/** Outages, owners and stalls kept in detail; beyond that they are only counted. */
export const detailsMax = 1000;
const percentMedian = 0.5;
const percentTail = 0.99;
/** Round trips are counted in steps of 10 µs up to 100 ms, then in steps of 1 ms up to the loss limit. */
const fineStepMs = 0.01;
const fineSteps = 10_000;
const coarseSteps = 10_000;
const decimals = 1000;

/** One silent time of an address, from the send of the last answered probe to the send of the first answered one. */
export interface Outage {
  fromEpochMs: number;
  toEpochMs: number;
  ms: number;
  /** Probes lost in it. */
  lost: number;
  /** Host that answered last before, and first after; null when there is none (start or end of the measurement). */
  before: string | null;
  after: string | null;
}

/** A time in which one host answered, with no answer of another host in between. */
export interface Owner {
  host: string;
  firstEpochMs: number;
  lastEpochMs: number;
  answers: number;
}

/** A pause of the probing process itself: an outage at the same time may be the machine's, not the network's. */
export interface Stall {
  fromEpochMs: number;
  ms: number;
}

/** The document that a probe ends with. */
export interface ProbeReport {
  vip: string;
  intervalMs: number;
  sent: number;
  answered: number;
  lost: number;
  startedAt: string;
  endedAt: string;
  /** Sum of all outages. */
  outageMs: number;
  outages: Outage[];
  /** In order of time; an address that moved once has two. */
  owners: Owner[];
  /** How late the latest probe was sent, against its schedule. */
  maxLateMs: number;
  rttMs: { p50: number; p99: number; max: number };
  /** Pauses of the prober longer than 20 ms. */
  stalls: Stall[];
  stallMs: number;
  /** Answers that came from another address than the one asked, and answers too late to count. */
  strayAnswers: number;
  lateAnswers: number;
}

/** What became of one probe; they are recorded in the order of sending. */
export interface ProbeOutcome {
  sentEpochMs: number;
  /** Host that answered; null when nobody did in time. */
  host: string | null;
  rttMs: number;
}

const round = (ms: number): number => Math.round(ms * decimals) / decimals;

/** Counts durations so that percentiles come from a fixed amount of memory. */
export class DurationCounts {
  readonly #counts = new Uint32Array(fineSteps + coarseSteps);
  #total = 0;
  #max = 0;

  add(ms: number): void {
    const fine = Math.floor(ms / fineStepMs);
    const coarse = fineSteps + Math.floor(ms);
    const at = Math.max(0, Math.min(fine < fineSteps ? fine : coarse, fineSteps + coarseSteps - 1));
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#total += 1;
    this.#max = Math.max(this.#max, ms);
  }

  /** The longest duration added, in ms; 0 when there is none. */
  get max(): number {
    return round(this.#max);
  }

  /** Smallest duration (upper edge of its step) that at least `share` of all do not exceed; 0 when there is none. */
  quantile(share: number): number {
    let left = Math.ceil(this.#total * share);
    if (left === 0) {
      return 0;
    }
    for (const [at, count] of this.#counts.entries()) {
      left -= count;
      if (left <= 0) {
        const edge = at < fineSteps ? (at + 1) * fineStepMs : at - fineSteps + 1;
        return round(Math.min(edge, this.#max));
      }
    }
    return this.max;
  }
}

/** Builds a report from outcomes in the order of sending. */
export class ProbeAnalysis {
  readonly #rtts = new DurationCounts();
  readonly #outages: Outage[] = [];
  readonly #owners: Owner[] = [];
  #answered = 0;
  #lost = 0;
  #outageMs = 0;
  #lostInRow = 0;
  #firstSentEpochMs: number | null = null;
  #lastSentEpochMs = 0;
  #lastAnswered: { sentEpochMs: number; host: string } | null = null;

  record(outcome: ProbeOutcome): void {
    this.#firstSentEpochMs ??= outcome.sentEpochMs;
    this.#lastSentEpochMs = outcome.sentEpochMs;
    if (outcome.host === null) {
      this.#lost += 1;
      this.#lostInRow += 1;
      return;
    }
    this.#endOutage(outcome.sentEpochMs, outcome.host);
    this.#answered += 1;
    this.#rtts.add(outcome.rttMs);
    this.#credit(outcome.host, outcome.sentEpochMs);
    this.#lastAnswered = { sentEpochMs: outcome.sentEpochMs, host: outcome.host };
  }

  get answered(): number {
    return this.#answered;
  }

  get lost(): number {
    return this.#lost;
  }

  /** The document; probes still unanswered at the end count as an outage up to the last one sent. */
  report(
    about: Pick<
      ProbeReport,
      | 'vip'
      | 'intervalMs'
      | 'startedAt'
      | 'endedAt'
      | 'maxLateMs'
      | 'stalls'
      | 'stallMs'
      | 'strayAnswers'
      | 'lateAnswers'
    >,
  ): ProbeReport {
    this.#endOutage(this.#lastSentEpochMs, null);
    const { vip, intervalMs, startedAt, endedAt, stalls, strayAnswers, lateAnswers } = about;
    return {
      vip,
      intervalMs,
      sent: this.#answered + this.#lost,
      answered: this.#answered,
      lost: this.#lost,
      startedAt,
      endedAt,
      outageMs: round(this.#outageMs),
      outages: [...this.#outages],
      owners: this.#owners.map((owner) => ({ ...owner })),
      maxLateMs: round(about.maxLateMs),
      rttMs: {
        p50: this.#rtts.quantile(percentMedian),
        p99: this.#rtts.quantile(percentTail),
        max: this.#rtts.max,
      },
      stalls,
      stallMs: round(about.stallMs),
      strayAnswers,
      lateAnswers,
    };
  }

  #endOutage(toEpochMs: number, after: string | null): void {
    if (this.#lostInRow === 0) {
      return;
    }
    const from = this.#lastAnswered?.sentEpochMs ?? this.#firstSentEpochMs ?? toEpochMs;
    const ms = toEpochMs - from;
    this.#outageMs += ms;
    if (this.#outages.length < detailsMax) {
      this.#outages.push({
        fromEpochMs: round(from),
        toEpochMs: round(toEpochMs),
        ms: round(ms),
        lost: this.#lostInRow,
        before: this.#lastAnswered?.host ?? null,
        after,
      });
    }
    this.#lostInRow = 0;
  }

  #credit(host: string, sentEpochMs: number): void {
    const last = this.#owners.at(-1);
    if (last?.host === host) {
      last.lastEpochMs = round(sentEpochMs);
      last.answers += 1;
    } else if (this.#owners.length < detailsMax) {
      this.#owners.push({
        host,
        firstEpochMs: round(sentEpochMs),
        lastEpochMs: round(sentEpochMs),
        answers: 1,
      });
    }
  }
}
