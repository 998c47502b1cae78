/** Definitions (`$NAME=…`), their use, and lines that are for one host only (`@host`, `@^host`). Pure but for the report. */
import type { Ledger, Place } from './ledger.ts';
import type { SourceLine } from './read.ts';

/** A line as keepalived's parser sees it in the end. */
export interface Logical {
  readonly text: string;
  /** The lines of the files that it is made of. */
  readonly places: readonly Place[];
}

interface Definition {
  readonly places: readonly Place[];
  /** One: it may stand anywhere in a line. Several: it stands on a line of its own. */
  readonly body: readonly SourceLine[];
  readonly isMany: boolean;
  used: boolean;
}

const DEPTH_MAX = 16;
const ROUNDS_MAX = 32;
const LINE_CHARS_MAX = 16_384;
const STEPS_MAX = 50_000;

const DEFINES = /^\$(?<name>[A-Za-z_]\w*)=(?<value>.*)$/su;
const ONLY_FOR = /^@(?<not>\^?)(?<host>\S+)\s*(?<rest>.*)$/su;
const USES = /\$(?:\{(\w+)\}|(\w+)(?=\s|$))/gu;
const USES_ALONE = /^\$(?:\{(\w+)\}|(\w+))$/u;
const GENERATED = /^~(?:SEQx?|LST)\b/u;

const ENDLESS = 'the definitions in it do not end';

const isContinued = (text: string): boolean => text.endsWith('\\');
const withoutBackslash = (text: string): string => text.replace(/\\$/u, '').trim();

class Expander {
  readonly out: Logical[] = [];
  readonly #definitions = new Map<string, Definition>();
  /** Also those that a later one has replaced. */
  readonly #all: Definition[] = [];
  #steps = 0;
  readonly #host: string | undefined;
  readonly #ledger: Ledger;

  constructor(host: string | undefined, ledger: Ledger) {
    this.#host = host;
    this.#ledger = ledger;
  }

  /** A line with those that continue it. */
  take(pieces: readonly SourceLine[], depth: number): void {
    const head = pieces[0];
    if (head === undefined) return;
    this.#steps += 1;
    if (depth > DEPTH_MAX || this.#steps > STEPS_MAX) {
      this.#ledger.mark(pieces, 'human', ENDLESS);
      return;
    }
    const condition = ONLY_FOR.exec(head.text)?.groups;
    if (condition !== undefined) {
      const { not = '', host = '', rest = '' } = condition;
      if (!this.#isMeant(host, not !== '', pieces)) return;
      if (rest === '') this.#ledger.mark(pieces, 'mapped', `for ${host}`);
      else this.take([{ ...head, text: rest }, ...pieces.slice(1)], depth + 1);
      return;
    }
    const definition = DEFINES.exec(head.text)?.groups;
    if (definition !== undefined) {
      this.#define(definition['name'] ?? '', definition['value'] ?? '', pieces);
      return;
    }
    this.#use({ ...head, text: pieces.map(({ text }) => withoutBackslash(text)).join(' ') }, pieces, depth);
  }

  /** What was defined is told at the end, when it is known whether it was used. */
  finish(): void {
    for (const { used, places, isMany } of this.#all) {
      if (!used) this.#ledger.mark(places, 'dropped', 'defined, and used nowhere');
      else this.#ledger.mark(isMany ? places.slice(0, 1) : places, 'mapped', 'put in where it is used');
    }
  }

  #isMeant(host: string, isNegated: boolean, pieces: readonly SourceLine[]): boolean {
    if (this.#host === undefined) {
      const not = isNegated ? 'every host but' : 'the host';
      this.#ledger.mark(
        pieces,
        'human',
        `for ${not} ${host}: say with --host which one this is; the line is left out`,
      );
      return false;
    }
    const isMeant = (host === this.#host) !== isNegated;
    if (!isMeant) this.#ledger.mark(pieces, 'dropped', `not for ${this.#host}`);
    return isMeant;
  }

  #define(name: string, value: string, pieces: readonly SourceLine[]): void {
    const [head, ...rest] = pieces;
    if (head === undefined) return;
    const isMany = rest.length > 0;
    this.#ledger.mark(
      rest.filter(({ text }) => withoutBackslash(text) === ''),
      'mapped',
    );
    const body = [{ ...head, text: value }, ...rest]
      .map((piece) => ({ ...piece, text: isMany ? withoutBackslash(piece.text) : piece.text.trim() }))
      .filter(({ text }) => !isMany || text !== '');
    const definition = { places: pieces, body, isMany, used: false };
    this.#definitions.set(name, definition);
    this.#all.push(definition);
  }

  #use(line: SourceLine, pieces: readonly SourceLine[], depth: number): void {
    if (GENERATED.test(line.text)) {
      this.#ledger.mark(pieces, 'human', 'it stands for a sequence of lines: write them out');
      return;
    }
    const [, braced, plain] = USES_ALONE.exec(line.text) ?? [];
    const block = this.#definitions.get(braced ?? plain ?? '');
    if (block?.isMany === true) {
      block.used = true;
      this.#ledger.mark(pieces, 'mapped', `stands for the lines from ${block.places[0]?.line ?? 0} on`);
      for (const inner of block.body) this.take([inner], depth + 1);
      return;
    }
    const text = this.#substituted(line, pieces);
    if (text === undefined) return;
    // What was put in may itself be a condition or a block.
    if (text !== line.text && /^[@$~]/u.test(text))
      this.take([{ ...line, text }, ...pieces.slice(1).map((piece) => ({ ...piece, text: '' }))], depth + 1);
    else this.out.push({ text, places: pieces });
  }

  #substituted(line: SourceLine, pieces: readonly SourceLine[]): string | undefined {
    let text = line.text;
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const next = text.replaceAll(
        USES,
        (whole: string, braced?: string, plain?: string) =>
          this.#valueOf(braced ?? plain ?? '', line, pieces) ?? whole,
      );
      if (next === text) return text;
      text = next;
      if (text.length > LINE_CHARS_MAX) break;
    }
    this.#ledger.mark(pieces, 'human', ENDLESS);
    return undefined;
  }

  #valueOf(name: string, line: SourceLine, pieces: readonly SourceLine[]): string | undefined {
    if (name === '_PWD') return line.folder;
    if (name === '_INSTANCE') return this.#host;
    if (name === '_HASH') return '#';
    if (name === '_BANG') return '!';
    const definition = this.#definitions.get(name);
    if (definition === undefined) return undefined;
    definition.used = true;
    if (definition.isMany) {
      this.#ledger.mark(pieces, 'human', `$${name} is several lines, and stands in the middle of one`);
      return undefined;
    }
    return definition.body[0]?.text ?? '';
  }
}

/** @param host whose lines are meant where some are for one host only; undefined: nobody's are */
export const expand = (lines: readonly SourceLine[], host: string | undefined, ledger: Ledger): Logical[] => {
  const expander = new Expander(host, ledger);
  let pieces: SourceLine[] = [];
  for (const line of lines) {
    pieces.push(line);
    if (isContinued(line.text)) continue;
    expander.take(pieces, 0);
    pieces = [];
  }
  expander.take(pieces, 0);
  expander.finish();
  return expander.out;
};
