/** What the terminal can do, and text that respects it: colours, block characters, width, redrawing in place. */

import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];
export type Output = Pick<WriteStream, 'write'> & Partial<Pick<WriteStream, 'isTTY' | 'columns' | 'rows'>>;

const columnsDefault = 100;
const rowsDefault = 40;
const up = (lines: number): string => `\u001B[${lines}F\u001B[0J`;
/** Where a line is coloured: every escape sequence that styleText writes, with its brackets. */
const escapeStart = '\u001B[';
const escapes = new RegExp(`(${RegExp.escape(escapeStart)}[0-9;]*[A-Za-z])`, 'gu');

/** What is drawn here needs one column a character; anything wider comes from nowhere in this program. */
const characters = (text: string): string[] => Array.from(text);

/** Length as it is seen, without escape sequences. */
export const visibleLength = (text: string): number => characters(text.replaceAll(escapes, '')).length;

/** Cuts a line that may hold colours to so many columns; a cut line ends without colour. */
const cutTo = (line: string, columns: number): string => {
  if (visibleLength(line) <= columns) {
    return line;
  }
  let seen = 0;
  let kept = '';
  for (const part of line.split(escapes)) {
    if (part.startsWith(escapeStart)) {
      kept += part;
    } else {
      const room = characters(part)
        .slice(0, columns - seen)
        .join('');
      kept += room;
      seen += characters(room).length;
    }
  }
  return kept;
};

/** True when the locale says UTF-8, by the order in which the C library asks. */
export const speaksUnicode = (env: NodeJS.ProcessEnv = process.env): boolean => {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return /utf-?8/iu.test(locale);
};

export interface Terminal {
  readonly isLive: boolean;
  readonly unicode: boolean;
  readonly columns: number;
  paint(style: Style, text: string): string;
  line(text?: string): void;
  /** Replaces what the last call drew; on something that is not a terminal, prints only what is new. */
  redraw(lines: readonly string[]): void;
  /** What was drawn stays; the next redraw begins below it. */
  settle(): void;
}

class StreamTerminal implements Terminal {
  readonly #output: Output;
  readonly #colours: boolean;
  readonly unicode: boolean;
  #drawn = 0;
  #last = '';

  constructor(output: Output, env: NodeJS.ProcessEnv) {
    this.#output = output;
    this.#colours = output.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
    this.unicode = speaksUnicode(env);
  }

  get isLive(): boolean {
    return this.#output.isTTY === true;
  }

  get columns(): number {
    return this.#output.columns ?? columnsDefault;
  }

  paint(style: Style, text: string): string {
    return this.#colours ? styleText(style, text, { validateStream: false }) : text;
  }

  line(text = ''): void {
    this.settle();
    this.#output.write(`${text}\n`);
  }

  redraw(lines: readonly string[]): void {
    // A block taller than the screen could not be taken back: the cursor stops at the top.
    const rows = this.isLive ? Math.max(1, (this.#output.rows ?? rowsDefault) - 1) : lines.length;
    const fitting = lines.slice(0, rows).map((line) => (this.isLive ? cutTo(line, this.columns - 1) : line));
    const text = fitting.map((line) => `${line}\n`).join('');
    if (text === this.#last) {
      return;
    }
    const back = this.isLive && this.#drawn > 0 ? up(this.#drawn) : '';
    this.#output.write(back + text);
    this.#drawn = fitting.length;
    this.#last = text;
  }

  settle(): void {
    this.#drawn = 0;
    this.#last = '';
  }
}

/** The terminal behind a stream; colours only on a terminal and without NO_COLOR. */
export const terminalOf = (output: Output, env: NodeJS.ProcessEnv = process.env): Terminal =>
  new StreamTerminal(output, env);
