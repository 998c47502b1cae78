/**
 * The table: one item, one condition. Mirrors lambdas/store/store.ts and what the SDK does around it: one repetition
 * of a call that failed or got no answer (lambdas/store/client.ts), recognised by the nonce if it had been carried out.
 */
import type { GroupState } from '../../core/wire/item.ts';
import type { Random } from '../engine/prng.ts';
import type { World } from '../world.ts';

const ATTEMPTS_MAX = 2;
const REQUEST_MS_MAX = 1000;
const BACKOFF_MS_MAX = 100;

/** Passes time in an invocation: what is behind it may come late, or never. */
export type Hop = (ms: number, next: () => void) => void;

export interface Swapped {
  readonly won: boolean;
  readonly current: GroupState;
}

type Trouble = 'none' | 'refused' | 'lost';

export class Store {
  readonly #world: World;
  readonly #random: Random;
  /** The item without its nonce, which no rule reads. */
  state: GroupState;
  #nonce = 0;
  #lastNonce = 0;

  constructor(world: World, random: Random, state: GroupState) {
    this.#world = world;
    this.#random = random;
    this.state = state;
  }

  /** What becomes of one call: it is refused before anything happens, its answer is lost, or nothing is wrong. */
  #trouble(): Trouble {
    const { storeThrottle, storeError, storeLost } = this.#world.weather;
    if (storeThrottle > 0 && this.#random.chance(storeThrottle)) return 'refused';
    if (storeError > 0 && this.#random.chance(storeError))
      return this.#random.chance(0.5) ? 'refused' : 'lost';
    return storeLost > 0 && this.#random.chance(storeLost) ? 'lost' : 'none';
  }

  #wayMs(): number {
    const { storeSlowMs } = this.#world.weather;
    return this.#random.between(0.5, 3) + (storeSlowMs > 0 ? this.#random.next() * storeSlowMs : 0);
  }

  /** `work` runs when the call arrives; then `done`, or `fail` when every attempt has failed. */
  #call(attempt: number, hop: Hop, work: () => void, done: () => void, fail: () => void): void {
    const trouble = this.#trouble();
    const again = (): void => {
      if (attempt >= ATTEMPTS_MAX) fail();
      else hop(this.#random.next() * BACKOFF_MS_MAX, () => this.#call(attempt + 1, hop, work, done, fail));
    };
    const wayMs = this.#wayMs();
    if (trouble === 'refused') {
      hop(2 * wayMs, again);
      return;
    }
    // What has left the environment arrives, whatever becomes of the environment.
    this.#world.queue.after(wayMs, () => {
      work();
      const backMs = this.#wayMs();
      if (trouble === 'lost' || wayMs + backMs > REQUEST_MS_MAX)
        hop(REQUEST_MS_MAX - Math.min(wayMs, REQUEST_MS_MAX), again);
      else hop(backMs, done);
    });
  }

  /** Strongly consistent. */
  load(hop: Hop, done: (state: GroupState) => void, fail: () => void): void {
    let found = this.state;
    const read = (): void => {
      found = this.state;
    };
    this.#call(1, hop, read, () => done(found), fail);
  }

  /**
   * Replaces the item if it still is `previous`: the object stands for the rev and the nonce of the write that made it.
   * `written` is called at the instant at which it does.
   */
  swap(
    hop: Hop,
    previous: GroupState,
    next: GroupState,
    written: () => void,
    done: (swapped: Swapped) => void,
    fail: () => void,
  ): void {
    this.#lastNonce += 1;
    const nonce = this.#lastNonce;
    let outcome: Swapped | undefined;
    const put = (): void => {
      if (this.state === previous) {
        this.state = next;
        this.#nonce = nonce;
        written();
        outcome = { won: true, current: next };
      } else outcome = { won: this.#nonce === nonce, current: this.state };
    };
    this.#call(1, hop, put, () => (outcome === undefined ? fail() : done(outcome)), fail);
  }

  /** Another hand than the arbiter's: a restore from a backup. */
  restore(state: GroupState): void {
    this.state = state;
    this.#nonce = 0;
  }
}
