/** What every part of the mapping works with. */
import type { Ledger } from './ledger.ts';
import type { Programs } from './programs.ts';
import type { Vocabulary } from './words.ts';

export interface Context {
  readonly ledger: Ledger;
  readonly words: Vocabulary;
  readonly programs: Programs;
}
