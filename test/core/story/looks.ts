/** When the agent's loop looks at its kernel and at the metadata service, as `agent/loop/loop.ts` does it. */
import type { HolderState } from '../../../core/holder/types.ts';

const LOOK_MS = 500;
const WITNESS_MS = 2000;
const WITNESS_MOVING_MS = 50;
const MOVING_WATCH_MS = 5000;

export class Looks {
  #kernelAt = -Infinity;
  #witnessAt = -Infinity;
  #movingSince: number | undefined;

  sawKernel(now: number): void {
    this.#kernelAt = now;
  }

  sawWitness(now: number): void {
    this.#witnessAt = now;
  }

  kernelDueAt(): number {
    return this.#kernelAt + LOOK_MS;
  }

  /** While the fabric moves to or from this host, its answer is awaited; otherwise it is only checked. */
  witnessDueAt({ role, lingerUntil, wasListed }: HolderState, now: number): number {
    const moving = lingerUntil !== undefined || (role === 'MASTER' && !wasListed);
    this.#movingSince = moving ? (this.#movingSince ?? now) : undefined;
    const awaited = this.#movingSince !== undefined && now - this.#movingSince < MOVING_WATCH_MS;
    return this.#witnessAt + (awaited ? WITNESS_MOVING_MS : WITNESS_MS);
  }
}
