/**
 * One Lambda environment: a clock of its own, the copy of the item it last wrote (lambdas/arbiter/copies.ts), and a
 * life that may stall, stand still for long, or end between any two steps.
 */
import { type EpochMs, epochMs } from '../../core/time.ts';
import type { GroupState } from '../../core/wire/item.ts';
import type { World } from '../world.ts';
import { WALL_START_MS } from './clock.ts';

/** As in lambdas/arbiter/copies.ts. */
const COPY_AGE_MS_MAX = 5000;
const COPY_PAUSE_MS = 10_000;
/** Half of what core/election/elapsed.ts allows two Lambdas' clocks to differ by, less a little. */
const SKEW_MS_MAX = 3;

export class Environment {
  readonly name: string;
  readonly #world: World;
  /** How far its wall clock is from true. */
  skewMs: number;
  busy = false;
  dead = false;
  /** Configurations it has read, by hash. */
  readonly configs = new Set<string>();
  #frozen = false;
  #waiting: (() => void)[] = [];
  #copy: GroupState | undefined;
  #copyAt = 0;
  #pausedUntil = 0;

  constructor(world: World, number: number) {
    this.#world = world;
    this.name = `lambda${number}`;
    this.skewMs =
      world.lambda.between(-SKEW_MS_MAX, SKEW_MS_MAX) + world.lambdas.skewMs * world.lambda.between(-1, 1);
  }

  clock(): EpochMs {
    return epochMs(Math.floor(WALL_START_MS + this.#world.queue.now + this.skewMs));
  }

  takeCopy(): GroupState | undefined {
    const now = this.clock();
    const paused = now < this.#pausedUntil && this.#pausedUntil - now <= COPY_PAUSE_MS;
    const age = now - this.#copyAt;
    return paused || age > COPY_AGE_MS_MAX || age < 0 ? undefined : this.#copy;
  }

  keepCopy(state: GroupState, now: EpochMs): void {
    this.#copy = state;
    this.#copyAt = now;
  }

  copyLost(): void {
    this.#copy = undefined;
    this.#pausedUntil = this.clock() + COPY_PAUSE_MS;
  }

  /** Goes on with `next` now, or when it thaws; never, if it has died. */
  resume(next: () => void): void {
    if (this.dead) return;
    if (this.#frozen) this.#waiting.push(next);
    else next();
  }

  freeze(ms: number): void {
    if (this.#frozen) return;
    this.#frozen = true;
    this.#world.trace?.line(this.#world.queue.now, this.name, `stands still for ${ms.toFixed(0)} ms`);
    this.#world.queue.after(ms, () => {
      this.#frozen = false;
      this.#world.trace?.line(this.#world.queue.now, this.name, 'goes on');
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const next of waiting) if (!this.dead) next();
    });
  }

  die(): void {
    this.dead = true;
    this.#world.trace?.line(this.#world.queue.now, this.name, 'dies');
    this.#world.lambdas.buried(this);
  }
}

/** The pool: the environment used last is used first, and another one starts when all are busy. */
export class Lambdas {
  readonly #world: World;
  #idle: Environment[] = [];
  readonly #all = new Set<Environment>();
  #count = 0;
  /** How far clocks may be apart while that is a fault. */
  skewMs = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** An environment for one invocation, and how long it takes to start. */
  take(): { readonly environment: Environment; readonly startMs: number } {
    const { lambda, weather } = this.#world;
    const idle = this.#idle;
    const crowd = weather.lambdaCrowd > 0;
    const fresh = idle.length === 0 || (crowd && this.#all.size < 6 && lambda.chance(0.3));
    const taken = fresh ? undefined : crowd ? idle.splice(lambda.below(idle.length), 1)[0] : idle.pop();
    if (taken !== undefined) {
      taken.busy = true;
      return { environment: taken, startMs: 0 };
    }
    this.#count += 1;
    const started = new Environment(this.#world, this.#count);
    started.busy = true;
    this.#all.add(started);
    return { environment: started, startMs: lambda.between(60, 300) };
  }

  giveBack(environment: Environment): void {
    environment.busy = false;
    if (!environment.dead) this.#idle.push(environment);
  }

  buried(environment: Environment): void {
    this.#all.delete(environment);
    this.#idle = this.#idle.filter((idle) => idle !== environment);
  }

  get all(): readonly Environment[] {
    return [...this.#all];
  }

  /** Every clock is right again, as far as Lambdas' clocks ever are. */
  setClocks(): void {
    this.skewMs = 0;
    for (const environment of this.#all)
      environment.skewMs = this.#world.lambda.between(-SKEW_MS_MAX, SKEW_MS_MAX);
  }
}
