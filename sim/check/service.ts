/** Whether a client would be answered now, and for how long it was not. */
import type { World } from '../world.ts';

export class Service {
  readonly #world: World;
  /** Since when nobody serves; -1 while somebody does. */
  #darkSince = 0;
  /** Only what is dark after this counts: set when a group has first come to rest. */
  #countsFrom = Infinity;
  /** The longest time without service since then. */
  longestDarkMs = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** The host that a client reaches and that answers, or -1. */
  serving(): number {
    const { fabric, hosts, allVips } = this.#world;
    const owner = fabric.delivered[0] ?? -1;
    const host = hosts[owner];
    if (host === undefined || !fabric.delivered.every((one) => one === owner)) return -1;
    const answers = host.on && host.paused === 0 && host.cut === 0 && host.kernel.mask === allVips;
    return answers ? owner : -1;
  }

  changed(): void {
    const { now } = this.#world.queue;
    if (this.serving() >= 0) {
      if (this.#darkSince >= 0) this.#count(now);
      this.#darkSince = -1;
    } else if (this.#darkSince < 0) this.#darkSince = now;
  }

  #count(now: number): void {
    const from = Math.max(this.#darkSince, this.#countsFrom);
    if (now > from) this.longestDarkMs = Math.max(this.longestDarkMs, now - from);
  }

  countFrom(now: number): void {
    this.#countsFrom = now;
  }

  /** Counts what is still dark. */
  close(): void {
    if (this.#darkSince >= 0) this.#count(this.#world.queue.now);
  }
}
