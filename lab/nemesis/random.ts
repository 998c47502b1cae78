/** Chance that can be repeated: the same seed gives the same numbers on every machine. Pure. */

const hashStart = 1_779_033_703;
const hashFactor = 3_432_918_353;
const two32 = 4_294_967_296;
/** The generator's first numbers still show the seed. */
const warmUp = 12;

/** Four words from a text (xmur3), so that similar seeds give unlike numbers. */
const wordsOf = (seed: string): [number, number, number, number] => {
  let hash = hashStart ^ seed.length;
  for (let at = 0; at < seed.length; at += 1) {
    hash = Math.imul(hash ^ seed.charCodeAt(at), hashFactor);
    hash = (hash << 13) | (hash >>> 19);
  }
  const next = (): number => {
    hash = Math.imul(hash ^ (hash >>> 16), 2_246_822_507);
    hash = Math.imul(hash ^ (hash >>> 13), 3_266_489_909);
    hash ^= hash >>> 16;
    return hash >>> 0;
  };
  return [next(), next(), next(), next()];
};

/** A small fast generator (sfc32). */
export class Random {
  readonly #words: [number, number, number, number];

  constructor(seed: string) {
    this.#words = wordsOf(seed);
    for (let count = 0; count < warmUp; count += 1) this.next();
  }

  /** In [0, 1). */
  next(): number {
    const [a, b, c, d] = this.#words;
    const sum = (((a + b) | 0) + d) | 0;
    const nextC = (c << 21) | (c >>> 11);
    this.#words[0] = b ^ (b >>> 9);
    this.#words[1] = (c + (c << 3)) | 0;
    this.#words[2] = (nextC + sum) | 0;
    this.#words[3] = (d + 1) | 0;
    return (sum >>> 0) / two32;
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    const found = list[this.int(0, list.length - 1)];
    if (found === undefined) throw new RangeError('nothing to pick from');
    return found;
  }

  shuffle<T>(list: readonly T[]): T[] {
    const shuffled = [...list];
    for (let at = shuffled.length - 1; at > 0; at -= 1) {
      const other = this.int(0, at);
      const [one, two] = [shuffled[at], shuffled[other]];
      if (one !== undefined && two !== undefined) {
        shuffled[at] = two;
        shuffled[other] = one;
      }
    }
    return shuffled;
  }
}
