/** What the runner and the set-up of a mutated run tell each other. */
import type { MutantCoverage } from '@stryker-mutator/api/core';

/** The mutant of a run. The run without any mutant has none, and counts which test reaches which mutant. */
export interface ActiveMutant {
  readonly id: string;
  /** It is in code that runs while a module is loaded, so it must be there before anything is loaded. */
  readonly whileLoading: boolean;
  /** A mutant that is reached this often is caught in an endless loop. */
  readonly hitsMax: number | undefined;
}

declare module 'vitest' {
  interface ProvidedContext {
    mutant: ActiveMutant | null;
  }
  interface TaskMeta {
    /** Of one file in the run without any mutant. */
    mutantCoverage?: MutantCoverage;
    /** How often the mutant has been reached until the end of this file. */
    hits?: number;
  }
}

/** A test's id in reports: its file, from the project's root, and its full name. */
export const testIdOf = (file: string, fullName: string): string => `${file}#${fullName}`;

export const partsOf = (testId: string): { file: string; fullName: string } => {
  const end = testId.indexOf('#');
  return { file: testId.slice(0, end), fullName: testId.slice(end + 1) };
};
