/** Says after each run what it came to, and how long the rest will take. */
import * as show from '../numbers.ts';
import { FAULTS, type FaultCase } from './faults.ts';
import type { Pair } from './pair.ts';
import type { VersusRun } from './run.ts';

const MS_PER_MINUTE = 60_000;

/** Reset, waiting for a turn, and the failover itself: what a run takes besides the disturbance. */
const RUN_MS = 8000;

/** Roughly how long a run takes: one with a disturbance is also watched after it. */
const weightOf = ({ lastsMs }: FaultCase): number => RUN_MS + 2 * lastsMs;

/** @param share of the work that is done, above 0 to 1 */
export const minutesLeft = (elapsedMs: number, share: number): string => {
  const minutes = (elapsedMs / share - elapsedMs) / MS_PER_MINUTE;
  return minutes < 1 ? 'less than a minute' : `${Math.round(minutes)} min`;
};

export const runText = ({ outageMs, dark, moves, stallMs, repeats }: VersusRun): string => {
  const outage = dark ? `dark for good (${show.ms(outageMs)} watched)` : `outage ${show.ms(outageMs)}`;
  const stall = stallMs > 0 ? `, the prober stood still for ${show.ms(stallMs)}` : '';
  const again = repeats > 0 ? `, at try ${repeats + 1}` : '';
  return `${outage}, moves ${moves}${stall}${again}`;
};

export class Progress {
  readonly #total: number;
  readonly #totalWeight: number;
  readonly #runs: number;
  readonly #say: (line: string) => void;
  readonly #startMs = performance.now();
  #done = 0;
  #doneWeight = 0;

  constructor(pairs: readonly Pair[], runs: number, say: (line: string) => void) {
    const faults = pairs.flatMap(({ system }) => FAULTS.filter((fault) => fault.appliesTo(system)));
    this.#total = runs * faults.length;
    this.#totalWeight = runs * faults.reduce((sum, fault) => sum + weightOf(fault), 0);
    this.#runs = runs;
    this.#say = say;
  }

  done(pair: Pair, fault: FaultCase, index: number, run: VersusRun): void {
    this.#count(fault, 1);
    this.#tell(pair, fault, index, runText(run));
  }

  /** @param left runs that are given up with it; 0: this one is done again */
  failed(
    pair: Pair,
    fault: FaultCase,
    { index, why, left }: { index: number; why: string; left: number },
  ): void {
    this.#count(fault, left);
    this.#tell(pair, fault, index, `no result: ${why}`);
  }

  #count(fault: FaultCase, runs: number): void {
    this.#done += runs;
    this.#doneWeight += runs * weightOf(fault);
  }

  #tell({ system, stage }: Pair, fault: FaultCase, index: number, what: string): void {
    const left = minutesLeft(performance.now() - this.#startMs, this.#doneWeight / this.#totalWeight);
    const which = `${fault.name}, run ${index + 1} of ${this.#runs}`;
    this.#say(
      `${this.#done}/${this.#total}, ${left} left: ${system.label} (API ${stage.api.id}): ${which}: ${what}`,
    );
  }
}
