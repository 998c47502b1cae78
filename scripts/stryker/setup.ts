/** Runs before each test file of a mutated run: activates the mutant, or counts which test reaches which mutant. */
import { relative } from 'node:path';
import type { MutantCoverage } from '@stryker-mutator/api/core';
import * as fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, inject } from 'vitest';
import { testIdOf } from './meta.ts';

/** What the instrumented sources read and write, by Stryker's convention. */
interface Instruments {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number;
  hitLimit?: number | undefined;
  mutantCoverage?: MutantCoverage;
}

declare global {
  var __stryker__: Instruments | undefined;
}

const instruments: Instruments = (globalThis.__stryker__ ??= {});
const mutant = inject('mutant');
// Whether a mutant is noticed must not be a matter of luck.
fc.configureGlobal({ seed: 1 });

if (mutant === null) {
  if (instruments.mutantCoverage !== undefined) {
    // All files share one worker, and the instruments keep this very object: what the last file did is taken out of it.
    instruments.mutantCoverage.static = {};
    instruments.mutantCoverage.perTest = {};
  }
  beforeEach(({ task }) => {
    instruments.currentTestId = testIdOf(relative(process.cwd(), task.file.filepath), task.fullTestName);
  });
  afterEach(({ task }) => {
    instruments.currentTestId = undefined;
    if (instruments.mutantCoverage !== undefined) task.file.meta.mutantCoverage = instruments.mutantCoverage;
  });
} else {
  instruments.hitLimit = mutant.hitsMax;
  instruments.hitCount ??= 0;
  if (mutant.whileLoading) instruments.activeMutant = mutant.id;
  else
    beforeAll(() => {
      instruments.activeMutant = mutant.id;
    });
  afterEach(({ task }) => {
    task.file.meta.hits = instruments.hitCount ?? 0;
  });
}
