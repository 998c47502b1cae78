/** Where the last results lie: raw as JSON, told as Markdown. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { renderDocument } from './document.ts';
import { BenchError } from './errors.ts';
import { type Results, resultsSchema, tellAll } from './sections.ts';

export const RESULTS_FILE = 'bench/results/latest.json';
export const NUMBERS_FILE = 'docs/numbers.md';

const NOTHING: Results = { version: 1, sections: {} };

const isAbsent = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** The stored results; none yet is an empty document. @throws BenchError when the file is there but not readable */
export const loadResults = (root: string): Results => {
  const path = join(root, RESULTS_FILE);
  try {
    return resultsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    if (isAbsent(cause)) return NOTHING;
    throw new BenchError(`${RESULTS_FILE} is not of this version: remove it and measure all sections again`, {
      cause,
    });
  }
};

/** What was measured now replaces what was measured before, section by section; the others stay. */
export const merge = (before: Results, now: Results): Results => ({
  version: 1,
  sections: { ...before.sections, ...now.sections },
});

/** Beside the target and renamed: an interrupted write leaves the old file. */
const writeWhole = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}.tmp`, text);
  renameSync(`${path}.${process.pid}.tmp`, path);
};

/** Writes both files. @returns their paths below the root */
export const saveResults = (root: string, results: Results): string[] => {
  writeWhole(join(root, RESULTS_FILE), `${JSON.stringify(resultsSchema.parse(results), null, 2)}\n`);
  writeWhole(join(root, NUMBERS_FILE), renderDocument(tellAll(results)));
  return [RESULTS_FILE, NUMBERS_FILE];
};
