/** The lines of a configuration and of everything it includes, in order. `include` is followed as keepalived does: when it is read. */
import { dirname } from 'node:path';
import type { Ledger, Place } from './ledger.ts';
import { withoutComment } from './text.ts';

/** The files there are. */
export interface Files {
  /** undefined: it cannot be read. */
  read(path: string): string | undefined;
  /** The files that a pattern names, sorted; a relative one from `folder`. */
  match(pattern: string, folder: string): readonly string[];
}

/** A line without its comment, and not blank. */
export interface SourceLine extends Place {
  readonly text: string;
  /** Where its file is. */
  readonly folder: string;
}

const DEPTH_MAX = 16;
const FILES_MAX = 256;
const CHARS_MAX = 1_048_576;
const LINE_CHARS_MAX = 16_384;

const INCLUDE = /^\s*include[rmwba]?\s+(?<pattern>.+)$/u;

class Reader {
  readonly lines: SourceLine[] = [];
  readonly #files: Files;
  readonly #ledger: Ledger;
  #filesRead = 0;
  #charsRead = 0;

  constructor(files: Files, ledger: Ledger) {
    this.#files = files;
    this.#ledger = ledger;
  }

  /** @param above the files that have led here, this one last */
  take(text: string, above: readonly string[]): void {
    const file = above.at(-1) ?? '';
    const folder = dirname(file);
    this.#filesRead += 1;
    this.#charsRead += text.length;
    for (const [index, raw] of text.split(/\r?\n/u).entries()) {
      const code = withoutComment(raw).trim();
      if (code === '') continue;
      const line = { file, line: index + 1, text: code, folder };
      this.#ledger.expect(line, raw);
      if (code.length > LINE_CHARS_MAX) {
        this.#ledger.mark([line], 'human', `longer than ${LINE_CHARS_MAX} characters: it is left out`);
        continue;
      }
      const pattern = INCLUDE.exec(code)?.groups?.['pattern'];
      if (pattern === undefined) this.lines.push(line);
      else this.#include(pattern.replaceAll(/^["']|["']$/gu, ''), line, above);
    }
  }

  #include(pattern: string, line: SourceLine, above: readonly string[]): void {
    const paths = this.#files.match(pattern, line.folder);
    if (paths.length === 0) this.#ledger.mark([line], 'human', `no file is named ${pattern}`);
    for (const path of paths) {
      const why = this.#refusal(path, above);
      const text = why === undefined ? this.#files.read(path) : undefined;
      if (text === undefined) {
        this.#ledger.mark([line], 'human', why ?? `${path} cannot be read`);
      } else {
        this.#ledger.mark([line], 'mapped', `${path} is read`);
        this.take(text, [...above, path]);
      }
    }
  }

  #refusal(path: string, above: readonly string[]): string | undefined {
    if (above.includes(path)) return `${path} includes itself: it is not read again`;
    if (above.length >= DEPTH_MAX)
      return `${path} is not read: files include each other more than ${DEPTH_MAX} deep`;
    if (this.#filesRead >= FILES_MAX) return `${path} is not read: there are more than ${FILES_MAX} files`;
    if (this.#charsRead >= CHARS_MAX)
      return `${path} is not read: together they are longer than ${CHARS_MAX} characters`;
    return undefined;
  }
}

/** @param path absolute, as `text` was read from it */
export const readLines = (path: string, text: string, files: Files, ledger: Ledger): SourceLine[] => {
  const reader = new Reader(files, ledger);
  reader.take(text, [path]);
  return reader.lines;
};
