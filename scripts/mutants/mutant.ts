/** What a mutant is: one rule of core/ taken out by one small change of its source. */
export interface Mutant {
  /** Short and unique; `docs/protocol.md` names it beside the rule. */
  readonly name: string;
  /** The source file, from the project's root. */
  readonly file: string;
  /** Text that occurs exactly once in the file. */
  readonly old: string;
  readonly new: string;
  /** The test file, under test/core/ and without its ending, that must notice. */
  readonly test: string;
}

/** Mutants of one source file that one test file watches: `[name, old, new]` each. */
export const mutantsOf = (
  file: string,
  test: string,
  changes: readonly (readonly [name: string, old: string, replacement: string])[],
): Mutant[] => changes.map(([name, old, replacement]) => ({ name, file, old, new: replacement, test }));
