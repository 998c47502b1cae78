// Takes each rule of core/ out, one at a time, and expects a named test to notice. Works on a copy of core/ and
// test/core/; the work tree is not touched. As a program: node scripts/mutants.ts [part of a name].
// Prints `killed` or `SURVIVED` for each; exits 1 when one survives, is not found exactly once, or cannot be tested.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { BFD } from './mutants/bfd.ts';
import { CONDUCT } from './mutants/conduct.ts';
import { ELECTION } from './mutants/election.ts';
import { EXCLUSIVE } from './mutants/exclusive.ts';
import { HOLDER } from './mutants/holder.ts';
import { IPV6 } from './mutants/ipv6.ts';
import { L2 } from './mutants/l2.ts';
import type { Mutant } from './mutants/mutant.ts';
import { PEERS } from './mutants/peers.ts';
import { QUESTIONS } from './mutants/questions.ts';
import { ROUTING } from './mutants/routing.ts';

/** Every mutant there is; `docs/protocol.md` has the rule that each one takes out. */
export const MUTANTS: readonly Mutant[] = [
  ...ELECTION,
  ...CONDUCT,
  ...HOLDER,
  ...EXCLUSIVE,
  ...QUESTIONS,
  ...BFD,
  ...PEERS,
  ...ROUTING,
  ...IPV6,
  ...L2,
];

/** A test file that takes longer than this is caught in an endless loop: a mutant that hangs is noticed too. */
const RUN_MS_MAX = 180_000;

const resultsSchema = z.object({
  testResults: z.array(
    z.object({
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })),
    }),
  ),
});

/** The source with the mutant in it, or how often its text was found instead of once. */
export function mutate(source: string, mutant: Mutant): string | number {
  const found = source.split(mutant.old).length - 1;
  return found === 1 ? source.replace(mutant.old, () => mutant.new) : found;
}

/** A copy of what the tests of core/ need, and those of a fabric's driver beside them, in a folder of its own. */
function copyProject(root: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'keepaloft-mutants-'));
  for (const folder of ['core', 'test/core', 'lambdas', 'test/lambdas', 'lab'])
    cpSync(join(root, folder), join(copy, folder), { recursive: true });
  for (const file of ['package.json', 'tsconfig.json']) cpSync(join(root, file), join(copy, file));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const config =
    "export default { test: { include: ['test/core/**/*.test.ts', 'test/lambdas/fabric/**/*.test.ts'], isolate: false, pool: 'threads' } };\n";
  writeFileSync(join(copy, 'vitest.config.mjs'), config);
  return copy;
}

/** Runs one test file in the copy. @returns names of its failing tests, or undefined when it did not even run */
async function failingTests(copy: string, test: string): Promise<Set<string> | undefined> {
  const vitest = join(copy, 'node_modules/vitest/vitest.mjs');
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const args = [
    vitest,
    'run',
    '--root',
    copy,
    '--reporter=json',
    `--outputFile=${report}`,
    join('test/core', `${test}.test.ts`),
  ];
  const limits = { timeout: RUN_MS_MAX, killSignal: 'SIGKILL' } as const;
  await once(spawn(process.execPath, args, { cwd: copy, stdio: 'ignore', ...limits }), 'exit');
  const results = readReport(report);
  if (results === undefined) return undefined;
  const tests = results.testResults.flatMap((file) => file.assertionResults);
  if (tests.length === 0) return undefined;
  return new Set(tests.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName));
}

function readReport(path: string): z.infer<typeof resultsSchema> | undefined {
  try {
    return resultsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  }
}

type Verdict = { readonly killed: boolean; readonly by: string };

class Hunt {
  readonly #copy: string;
  /** What fails in a test file without any mutant. */
  readonly #before = new Map<string, Set<string>>();

  constructor(copy: string) {
    this.#copy = copy;
  }

  async #failingBefore(test: string): Promise<Set<string>> {
    const known = this.#before.get(test) ?? (await failingTests(this.#copy, test));
    if (known === undefined) throw new Error(`test/core/${test}.test.ts does not run without any mutant`);
    this.#before.set(test, known);
    return known;
  }

  async try(mutant: Mutant): Promise<Verdict> {
    const path = join(this.#copy, mutant.file);
    const source = readFileSync(path, 'utf8');
    const mutated = mutate(source, mutant);
    if (typeof mutated === 'number')
      return { killed: false, by: `its text occurs ${mutated} times in ${mutant.file}` };
    const before = await this.#failingBefore(mutant.test);
    writeFileSync(path, mutated);
    const after = await failingTests(this.#copy, mutant.test);
    writeFileSync(path, source);
    // A mutant that cannot even be loaded would be killed by anything: it proves nothing.
    if (after === undefined) return { killed: false, by: 'the tests did not run with it' };
    const killer = [...after].find((name) => !before.has(name));
    return killer === undefined
      ? { killed: false, by: `nothing in test/core/${mutant.test}.test.ts noticed` }
      : { killed: true, by: killer };
  }
}

/** One copy of the project, in which one mutant after the other is tried until none is left. */
async function hunt(root: string, next: () => Mutant | undefined): Promise<Mutant[]> {
  const copy = copyProject(root);
  const survivors: Mutant[] = [];
  try {
    const own = new Hunt(copy);
    for (let mutant = next(); mutant !== undefined; mutant = next()) {
      const { killed, by } = await own.try(mutant);
      process.stdout.write(`${killed ? 'killed  ' : 'SURVIVED'}  ${mutant.name.padEnd(28)} ${by}\n`);
      if (!killed) survivors.push(mutant);
    }
    return survivors;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

async function main(wanted: string): Promise<number> {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const chosen = MUTANTS.filter(({ name }) => name.includes(wanted));
  const waiting = [...chosen];
  // Without these a Ctrl-C would leave the copies behind: each hunt ends with the run at hand instead.
  let stopped = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (stopped = true));
  const next = (): Mutant | undefined => (stopped ? undefined : waiting.shift());
  const hunts = Math.min(availableParallelism(), chosen.length);
  const survivors = (await Promise.all(Array.from({ length: hunts }, () => hunt(root, next)))).flat();
  const untried = waiting.length;
  const tried = chosen.length - untried;
  process.stdout.write(`\n${tried - survivors.length} of ${chosen.length} killed\n`);
  return survivors.length === 0 && untried === 0 && chosen.length > 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv[2] ?? '');
