/** Where the last results lie: raw as JSON, told as Markdown. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { renderDocument, renderTable } from './document.ts';
import { BenchError } from './errors.ts';
import { withBlock } from './readme.ts';
import { type Results, resultsSchema, type Told, tellAll } from './sections.ts';

export const RESULTS_FILE = 'bench/results/latest.json';
export const NUMBERS_FILE = 'docs/numbers.md';
const README_FILE = 'README.md';

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

/** The tables that belong into the README, where it has a place for them. @returns the paths written */
const saveReadme = (root: string, sections: readonly Told[]): string[] => {
  const path = join(root, README_FILE);
  let before: string;
  try {
    before = readFileSync(path, 'utf8');
  } catch (cause) {
    if (isAbsent(cause)) return [];
    throw new BenchError(`${README_FILE} cannot be read`, { cause });
  }
  const after = sections.reduce((text, { readme }) => {
    if (readme === undefined) return text;
    const { name, table, figure } = readme;
    return withBlock(text, name, [`![${figure.alt}](${figure.file})`, '', ...renderTable(table)]);
  }, before);
  if (after === before) return [];
  writeWhole(path, after);
  return [README_FILE];
};

/** Writes the results and all that is made of them. @returns the paths below the root */
export const saveResults = (root: string, results: Results): string[] => {
  const sections = tellAll(results);
  writeWhole(join(root, RESULTS_FILE), `${JSON.stringify(resultsSchema.parse(results), null, 2)}\n`);
  writeWhole(join(root, NUMBERS_FILE), renderDocument(sections));
  const figures = sections.flatMap((told) => told.figures ?? []);
  for (const { file, svg } of figures) writeWhole(join(root, file), svg);
  return [RESULTS_FILE, NUMBERS_FILE, ...figures.map(({ file }) => file), ...saveReadme(root, sections)];
};
