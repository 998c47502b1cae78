/** What a seeded bug is: one rule taken out by one small change of one file's text. */
export interface Bug {
  readonly name: string;
  /** What somebody might have got wrong, in one line. */
  readonly what: string;
  /** From the project's root. */
  readonly file: string;
  /** Text that occurs exactly once in the file. */
  readonly old: string;
  readonly new: string;
}

export const bugsOf = (
  file: string,
  changes: readonly (readonly [name: string, what: string, old: string, replacement: string])[],
): Bug[] => changes.map(([name, what, old, replacement]) => ({ name, what, file, old, new: replacement }));
