/** Blocks within blocks, out of lines. Pure but for the report. */
import type { Logical } from './expand.ts';
import type { Ledger, Place, Verdict } from './ledger.ts';
import { tokensOf, type Word } from './text.ts';

/** A line, or a block with what stands in it. */
export interface Statement {
  readonly words: readonly Word[];
  /** Where it stands; of a block, where it begins and ends. */
  readonly places: Place[];
  /** undefined: it is no block. */
  body?: Statement[];
}

/** Nobody nests so deeply; what is deeper is taken for part of what is around it. */
const DEPTH_MAX = 16;

class Builder {
  readonly top: Statement[] = [];
  readonly #open: Statement[] = [];
  #beyond = 0;
  readonly #ledger: Ledger;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  take({ text, places }: Logical): void {
    let words: Word[] = [];
    const flush = (): void => {
      if (words.length > 0) this.#list.push({ words, places: [...places] });
      words = [];
    };
    for (const token of tokensOf(text)) {
      if (token === '{') {
        this.#begin(words, places);
        words = [];
      } else if (token === '}') {
        flush();
        this.#end(places);
      } else words.push(token);
    }
    flush();
  }

  finish(): void {
    for (const { places } of this.#open) this.#ledger.mark(places, 'human', 'the block is not closed');
  }

  get #list(): Statement[] {
    return this.#open.at(-1)?.body ?? this.top;
  }

  #begin(words: readonly Word[], places: readonly Place[]): void {
    if (this.#open.length >= DEPTH_MAX) {
      this.#beyond += 1;
      this.#ledger.mark(places, 'human', 'nested too deeply');
      return;
    }
    // A brace on a line of its own belongs to the line above.
    const last = words.length === 0 ? this.#list.at(-1) : undefined;
    if (last !== undefined && last.body === undefined) {
      last.body = [];
      last.places.push(...places);
      this.#open.push(last);
      return;
    }
    const block = { words, places: [...places], body: [] };
    this.#list.push(block);
    this.#open.push(block);
  }

  #end(places: readonly Place[]): void {
    if (this.#beyond > 0) {
      this.#beyond -= 1;
      this.#ledger.mark(places, 'human', 'nested too deeply');
      return;
    }
    const block = this.#open.pop();
    if (block === undefined) this.#ledger.mark(places, 'human', 'it closes no block');
    else block.places.push(...places);
  }
}

export const treeOf = (lines: readonly Logical[], ledger: Ledger): Statement[] => {
  const builder = new Builder(ledger);
  for (const line of lines) builder.take(line);
  builder.finish();
  return builder.top;
};

/** The first word: what the statement is. */
export const keywordOf = ({ words }: Statement): string => words[0]?.text ?? '';
/** The word behind it, as a rule a name or a value. */
export const valueOf = ({ words }: Statement): string => words[1]?.text ?? '';

/** The same verdict for a block and all that is in it. */
export const markAll = (ledger: Ledger, statement: Statement, verdict: Verdict, note?: string): void => {
  ledger.mark(statement.places, verdict, note);
  for (const inner of statement.body ?? []) markAll(ledger, inner, verdict, note);
};
