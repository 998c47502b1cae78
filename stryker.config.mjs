/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: ['core/**/*.ts'],
  plugins: ['./scripts/stryker/runner.ts', './scripts/stryker/prose.ts'],
  testRunner: 'vitest-5',
  ignorers: ['prose'],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // A machine that does other work besides must not make a slow run look like an endless one.
  timeoutMS: 20_000,
  // Rewriting tsconfig.json needs TypeScript's old API, which version 7 does not have; nothing here reads it.
  tsconfigFile: 'none',
  incremental: true,
  incrementalFile: '.cache/mutation/incremental.json',
  tempDirName: '.cache/stryker',
  ignorePatterns: ['.cache', 'dist', 'lab', 'cli', 'agent', 'bench', 'docs'],
  reporters: ['clear-text', 'json', 'progress-append-only'],
  jsonReporter: { fileName: '.cache/mutation/report.json' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  allowConsoleColors: false,
  // Told each time: mutants of what runs while a module loads (the schemas, the constants) cost a run of every test.
  warnings: { slow: false },
  thresholds: { high: 95, low: 90, break: 90 },
};
