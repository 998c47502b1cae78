/**
 * When the loop looks at the kernel and at the metadata service. Mirrors agent/loop/loop.ts, but leaves out every look
 * that would find nothing new and change nothing: at 30 s between heartbeats they would be all there is.
 */
import type { HolderState } from '../../core/holder/types.ts';
import type { Host } from './host.ts';

/** As in agent/loop/loop.ts. */
const LOOK_MS = 500;
const WITNESS_MS = 2000;
const WITNESS_MOVING_MS = 50;
const MOVING_WATCH_MS = 5000;

export class Lookout {
  readonly #host: Host;
  #nextLookAt = 0;
  #witnessedAt: number;
  #movingSince = -1;
  /** The metadata service is being asked. */
  witnessing = false;
  /** A change of the kernel has failed: the next look makes the reducer try again. */
  again = false;

  constructor(host: Host, now: number) {
    this.#host = host;
    this.#witnessedAt = now;
  }

  /** A look at the kernel would tell the reducer something new, or make it try again. */
  #kernelMatters(state: HolderState): boolean {
    const { world, kernel } = this.#host;
    if (world.settings.release === true && state.kernelPending === true) return true;
    return this.again || state.bound !== world.lists[kernel.mask];
  }

  /** Whether to look at the kernel in this turn. */
  takeLook(state: HolderState, now: number): boolean {
    if (now < this.#nextLookAt) return false;
    this.#nextLookAt = now + LOOK_MS;
    return this.#kernelMatters(state);
  }

  /** The next look that matters; those that were left out have kept the beat. */
  lookAt(state: HolderState, now: number): number {
    if (!this.#kernelMatters(state)) return Infinity;
    if (this.#nextLookAt < now) this.#nextLookAt = now + LOOK_MS - ((now - this.#nextLookAt) % LOOK_MS);
    return this.#nextLookAt;
  }

  /** What a look at the metadata service would change: the addresses it lists, or what is counted about them. */
  #witnessMatters(state: HolderState): boolean {
    if (!state.looked) return true;
    const { listed, world } = this.#host;
    if (world.settings.unseen === true) return false;
    if (state.listed !== world.lists[listed]) return true;
    if (listed === world.allVips) return !state.wasListed || state.absentLooks > 0 || state.resuming;
    const counts = state.wasListed || state.refusedSince !== undefined;
    return state.resuming || (counts && state.role === 'MASTER');
  }

  witnessAt(state: HolderState, now: number): number {
    if (this.witnessing) return Infinity;
    const moving = state.lingerUntil !== undefined || (state.role === 'MASTER' && !state.wasListed);
    if (!moving) this.#movingSince = -1;
    else if (this.#movingSince < 0) this.#movingSince = now;
    if (!this.#witnessMatters(state)) return Infinity;
    const awaited = this.#movingSince >= 0 && now - this.#movingSince < MOVING_WATCH_MS;
    const intervalMs = awaited ? WITNESS_MOVING_MS : WITNESS_MS;
    const missed = Math.max(0, Math.ceil((now - this.#witnessedAt) / intervalMs) - 1);
    return this.#witnessedAt + (missed + 1) * intervalMs;
  }

  witnessed(now: number): void {
    this.#witnessedAt = now;
    this.witnessing = true;
  }
}
