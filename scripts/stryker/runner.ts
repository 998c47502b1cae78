/**
 * Lets Stryker run the tests of core/ with Vitest 5. The runner that Stryker ships asks for tests by names that Vitest 5
 * spells differently, so that nothing runs and every mutant survives (stryker-js issue 6210).
 *
 * Two things are done differently besides. The tests that mirror the folder of a mutated source run first, and others
 * only if nothing fails there: most mutants are noticed there, and loading all the rest is what takes long. And a mutant
 * with which a file cannot even be loaded is an error, neither killed nor survived: anything would notice it, so it proves
 * nothing.
 */

import { dirname, join, relative } from 'node:path';
import type { MutantCoverage } from '@stryker-mutator/api/core';
import { declareFactoryPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import {
  type DryRunResult,
  DryRunStatus,
  determineHitLimitReached,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import type { TestCase, TestModule, TestSpecification, Vitest } from 'vitest/node';
import { createVitest } from 'vitest/node';
import { type ActiveMutant, partsOf, testIdOf } from './meta.ts';

const fileOf = (module: TestModule | TestSpecification): string => relative(process.cwd(), module.moduleId);

/** A test as Stryker counts it; undefined when the run ended before it. */
const resultOf = (test: TestCase): TestResult | undefined => {
  const { state, errors } = test.result();
  if (state !== 'passed' && state !== 'failed') return undefined;
  const common = {
    id: testIdOf(fileOf(test.module), test.fullName),
    name: test.fullName,
    timeSpentMs: test.diagnostic()?.duration ?? 0,
    fileName: test.module.moduleId,
  };
  return state === 'passed'
    ? { ...common, status: TestStatus.Success }
    : { ...common, status: TestStatus.Failed, failureMessage: errors[0]?.message ?? 'failed' };
};

/** What all files together have reached. A mutant reached by several while loading counts for each. */
const coverageOf = (modules: readonly TestModule[]): MutantCoverage => {
  const all: MutantCoverage = { static: {}, perTest: {} };
  for (const { mutantCoverage } of modules.map((module) => module.meta())) {
    for (const [id, hits] of Object.entries(mutantCoverage?.static ?? {}))
      all.static[id] = (all.static[id] ?? 0) + hits;
    Object.assign(all.perTest, mutantCoverage?.perTest);
  }
  return all;
};

/** Tests that play whole stories: they take long, and notice what others have noticed before. */
const PLAYS = /\/(?:story|transcript)\/|\/properties\.test\.ts$/u;

/** Smaller runs earlier: the tests that mirror the source's folder, then the others, then what plays whole stories. */
const distance = (testFile: string, source: string): number => {
  if (PLAYS.test(testFile)) return 2;
  return dirname(testFile) === join('test', dirname(source)) ? 0 : 1;
};

class Runner implements TestRunner {
  #vitest: Vitest | undefined;
  #files: readonly TestSpecification[] = [];

  capabilities() {
    // Every run has a worker of its own, into which everything is loaded anew.
    return { reloadEnvironment: true };
  }

  async init(): Promise<void> {
    this.#vitest = await createVitest({
      config: false,
      root: process.cwd(),
      watch: false,
      include: ['test/core/**/*.test.ts'],
      // The lists of mutants compare sources, and chaos kills by luck.
      exclude: ['test/core/mutants/**', 'test/core/story/chaos.test.ts'],
      setupFiles: [join('scripts', 'stryker', 'setup.ts')],
      isolate: false,
      pool: 'threads',
      maxWorkers: 1,
      bail: 1,
      reporters: [{}],
      onConsoleLog: () => false,
      provide: { mutant: null },
    });
    this.#files = await this.#vitest.globTestSpecifications();
  }

  async dispose(): Promise<void> {
    await this.#vitest?.close();
  }

  async dryRun(): Promise<DryRunResult> {
    const { result, modules } = await this.#run(null, this.#files);
    return result.status === DryRunStatus.Complete
      ? { ...result, mutantCoverage: coverageOf(modules) }
      : result;
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, mutantActivation, hitLimit, testFilter } = options;
    const mutant = { id: activeMutant.id, whileLoading: mutantActivation === 'static', hitsMax: hitLimit };
    const source = relative(process.cwd(), options.sandboxFileName);
    const tests: TestResult[] = [];
    for (const files of this.#batches(testFilter, source)) {
      const { result, modules } = await this.#run(mutant, files);
      const hits = Math.max(0, ...modules.map((module) => module.meta().hits ?? 0));
      const ended = determineHitLimitReached(hits, hitLimit) ?? result;
      if (ended.status !== DryRunStatus.Complete) return toMutantRunResult(ended);
      tests.push(...ended.tests);
      if (tests.some((test) => test.status === TestStatus.Failed)) break;
    }
    return toMutantRunResult({ status: DryRunStatus.Complete, tests });
  }

  /** The files to run, one batch after the other while nothing fails; of each only the wanted tests, if any are named. */
  #batches(testIds: readonly string[] | undefined, source: string): TestSpecification[][] {
    const wanted = testIds?.map(partsOf);
    const files = this.#files.flatMap((file) => {
      if (wanted === undefined) return [file];
      const testNames = wanted.filter((test) => test.file === fileOf(file)).map((test) => test.fullName);
      return testNames.length === 0 ? [] : [file.project.createSpecification(file.moduleId, { testNames })];
    });
    const byDistance = Map.groupBy(files, (file) => distance(fileOf(file), source));
    return [...byDistance].toSorted(([near], [far]) => near - far).map(([, batch]) => batch);
  }

  async #run(
    mutant: ActiveMutant | null,
    files: readonly TestSpecification[],
  ): Promise<{ result: DryRunResult; modules: TestModule[] }> {
    const vitest = this.#vitest;
    if (vitest === undefined) throw new Error('the runner has not been started');
    vitest.provide('mutant', mutant);
    // Otherwise files that this run does not reach would show what they showed in the last one.
    vitest.state.filesMap.clear();
    const { testModules, unhandledErrors } = await vitest.runTestSpecifications([...files]);
    const tests = testModules
      .flatMap((module) => [...module.children.allTests()])
      .map(resultOf)
      .filter((test) => test !== undefined);
    const failed = tests.some((test) => test.status === TestStatus.Failed);
    const broken = [...testModules.flatMap((module) => module.errors()), ...unhandledErrors];
    const result: DryRunResult =
      broken.length > 0 && !failed
        ? { status: DryRunStatus.Error, errorMessage: messageOf(broken[0]) }
        : { status: DryRunStatus.Complete, tests };
    return { result, modules: testModules };
  }
}

const messageOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);

const createRunner = (): TestRunner => new Runner();
createRunner.inject = tokens();

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'vitest-5', createRunner)];
