/** Records what happens in a world and prints it: when, who, what. */
import { A, B, C, ENI, STRANGER_ENI } from '../fixtures.ts';

/** A reader's names. Two hosts are never the same letter, and nothing else in a line looks like an id. */
const NAMES: readonly (readonly [id: string, name: string])[] = [
  [A, 'a'],
  [B, 'b'],
  [C, 'c'],
  [ENI[A], 'a'],
  [ENI[B], 'b'],
  [ENI[C], 'c'],
  [STRANGER_ENI, 'a stranger'],
];

/** Text with the names that the story uses. */
export const named = (text: string): string =>
  NAMES.reduce((words, [id, name]) => words.replaceAll(id, name), text);

const SECOND_MS = 1000;
/** `12.345` */
export const secondsOf = (ms: number): string => (ms / SECOND_MS).toFixed(3);

const TIME_COLUMNS = 8;
const WHO_COLUMNS = 8;

interface Entry {
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
  readonly key: string;
  /** How often the same was told again since, and when last. */
  again: number;
  lastAtMs: number;
}

/** What differs each time although the same is said. */
const sameAs = (who: string, what: string): string => `${who} ${what.replace(/\d+ ms/gu, 'ms')}`;

const lineOf = ({ atMs, who, what, again, lastAtMs }: Entry): string => {
  const often = again === 0 ? '' : `  (${again + 1} times, last at ${secondsOf(lastAtMs)})`;
  return `${secondsOf(atMs).padStart(TIME_COLUMNS)}  ${who.padEnd(WHO_COLUMNS)}  ${what}${often}`;
};

export class Tape {
  #entries: Entry[] = [];

  /** What is told again is counted with the first time, so that a retry every 200 ms does not hide what follows. */
  tell(atMs: number, who: string, what: string): void {
    const key = sameAs(who, what);
    const before = this.#entries.find((entry) => entry.key === key);
    if (before === undefined) {
      this.#entries.push({ atMs, who: named(who), what: named(what), key, again: 0, lastAtMs: atMs });
    } else {
      before.again += 1;
      before.lastAtMs = atMs;
    }
  }

  /** The lines since the last call. */
  take(): string[] {
    const lines = this.#entries.map(lineOf);
    this.#entries = [];
    return lines;
  }
}
