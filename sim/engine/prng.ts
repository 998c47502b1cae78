/** Chance that repeats: the same seed gives the same numbers on every machine. */

/** Spreads a seed over 32 bits so that neighbouring seeds have nothing in common (splitmix32). */
const splitmix = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
};

/** A small fast counter (sfc32). Streams with different names never follow each other's draws. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #count = 1;

  /** @param seed up to 2^53: both halves count */
  constructor(seed: number, stream = 0) {
    const low = splitmix((seed >>> 0) ^ Math.imul(stream, 0x85ebca6b));
    const high = splitmix(Math.floor(seed / 4_294_967_296) + stream);
    this.#a = low() ^ high();
    this.#b = low();
    this.#c = low();
    for (let round = 0; round < 12; round += 1) this.next();
  }

  /** In [0, 1). */
  next(): number {
    const mixed = (this.#a + this.#b + this.#count) | 0;
    this.#count = (this.#count + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + mixed;
    this.#c |= 0;
    return (mixed >>> 0) / 4_294_967_296;
  }

  /** In [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** As often small as large: the exponent is spread evenly over [low, high). */
  spread(low: number, high: number): number {
    return low * (high / low) ** this.next();
  }

  /** A whole number from 0 to count − 1. */
  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** @throws RangeError for an empty list */
  pick<T>(list: readonly T[]): T {
    const picked = list[this.below(list.length)];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  }
}
