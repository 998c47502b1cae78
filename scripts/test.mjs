// `npm test`: set-up, then every check and suite in turn, with times and one closing line. Plain JavaScript, since the
// Node that starts it may be older than the one the project installs; everything else runs under the latter.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Stage
 * @property {string} name
 * @property {string[]} argv  a program of node_modules/.bin or a script, and its arguments; run under the project's Node
 * @property {number} msMax  a stage that takes longer hangs, and is ended
 * @property {string} [project]  a vitest project, whose tests are counted
 */

/** @typedef {{ name: string, ok: boolean, ms: number, note: string, counts: Counts }} Outcome */
/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const bin = join(root, 'node_modules', '.bin');
const reportsDir = mkdtempSync(join(tmpdir(), 'keepaloft-test-'));
/** After the polite signal, how long a stage has to end its own children. */
const KILL_AFTER_MS = 10_000;
/** What the set-up says when only a program is missing that must be installed as root. */
const PROGRAM_MISSING = 3;

/** Some tools colour their output because CI is set; a log file is easier to read and to search without. */
const COLOR = process.stdout.isTTY || 'FORCE_COLOR' in process.env ? {} : { NO_COLOR: '1' };

/** @param {string} project */
const vitest = (project) => [
  join(bin, 'vitest'),
  'run',
  '--project',
  project,
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${join(reportsDir, `${project}.json`)}`,
];

/** Cheap and independent: together they keep two cores busy for a few seconds. @type {Stage[]} */
const CHECKS = [
  { name: 'typecheck', argv: [join(bin, 'tsc'), '-p', '.'], msMax: 120_000 },
  // What runs in a browser has a browser's globals.
  {
    name: 'typecheck page',
    argv: [join(bin, 'tsc'), '-p', join('lab', 'console', 'browser')],
    msMax: 60_000,
  },
  { name: 'lint', argv: [join(bin, 'oxlint'), '--type-aware'], msMax: 120_000 },
  { name: 'format', argv: [join(bin, 'biome'), 'check'], msMax: 60_000 },
  { name: 'imports', argv: [join(root, 'scripts', 'imports.ts')], msMax: 60_000 },
];

/** A minute of simulated worlds, on one core beside the checks and the unit tests. @type {Stage} */
const SIMULATION = {
  name: 'sim',
  argv: [join(root, 'sim', 'main.ts'), '--minutes', '1', '--workers', '1'],
  msMax: 180_000,
};

/** One after the other: tests that measure time must not share the machine. @type {Stage[]} */
const SUITES = [
  { name: 'unit', argv: vitest('unit'), msMax: 300_000, project: 'unit' },
  { name: 'e2e', argv: vitest('e2e'), msMax: 600_000, project: 'e2e' },
];

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/**
 * Runs one program from the project's root and collects (or passes on) what it prints.
 *
 * @param {string[]} argv
 * @param {{ msMax: number, show: boolean, node?: string }} options
 * @returns {Promise<{ code: number | null, output: string, ms: number }>}  code null: ended by a signal
 */
function runStage(argv, { msMax, show, node = join(bin, 'node') }) {
  return new Promise((resolve) => {
    const startedMs = Date.now();
    let output = '';
    const env = { ...process.env, ...COLOR, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` };
    const child = spawn(node, argv, {
      cwd: root,
      env,
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
    });
    running.add(child);
    const soft = setTimeout(() => child.kill('SIGTERM'), msMax);
    const hard = setTimeout(() => child.kill('SIGKILL'), msMax + KILL_AFTER_MS);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (/** @type {Buffer} */ chunk) => {
        output += chunk.toString();
      });
    }
    const end = (/** @type {number | null} */ code, extra = '') => {
      clearTimeout(soft);
      clearTimeout(hard);
      running.delete(child);
      resolve({ code, output: output + extra, ms: Date.now() - startedMs });
    };
    child.once('error', (error) => end(null, error.message));
    child.once('close', (code) => end(code));
  });
}

/**
 * What vitest's JSON report counts. A suite that could not even be loaded has no test in it, but is a failure.
 *
 * @param {string} project
 * @returns {Counts | undefined}  undefined: vitest wrote no report
 */
function countsOf(project) {
  try {
    /** @type {unknown} */
    const report = JSON.parse(readFileSync(join(reportsDir, `${project}.json`), 'utf8'));
    if (typeof report !== 'object' || report === null) return undefined;
    const numbers = /** @type {Record<string, unknown>} */ (report);
    const number = (/** @type {string} */ key) => Number(numbers[key] ?? 0);
    return {
      passed: number('numPassedTests'),
      failed: number('numFailedTests'),
      skipped: number('numPendingTests') + number('numTodoTests'),
    };
  } catch {
    return undefined;
  }
}

/** True once there is an end-to-end test to run. */
function haveEndToEndTests() {
  const folder = join(root, 'test', 'e2e');
  return (
    existsSync(folder) &&
    readdirSync(folder, { recursive: true }).some((name) => String(name).endsWith('.test.ts'))
  );
}

/** @param {number} ms */
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/** @param {string} line */
const print = (line) => void process.stdout.write(`${line}\n`);

/**
 * @param {Stage} stage
 * @returns {Promise<Outcome>}
 */
async function runCheck(stage) {
  const { code, output, ms } = await runStage(stage.argv, { msMax: stage.msMax, show: false });
  const ok = code === 0;
  if (!ok) print(`${output.trimEnd()}\n`);
  print(`${ok ? 'ok    ' : 'FAILED'} ${stage.name} (${seconds(ms)})`);
  // A check holds no tests: it counts only when it fails, so that the closing line never says "0 failed" of a red run.
  const counts = { passed: 0, failed: ok ? 0 : 1, skipped: 0 };
  return { name: stage.name, ok, ms, note: '', counts };
}

/**
 * @param {Stage & { project: string }} stage
 * @returns {Promise<Outcome>}
 */
async function runSuite(stage) {
  print(`\n── ${stage.name} ──`);
  const { code, ms } = await runStage(stage.argv, { msMax: stage.msMax, show: true });
  const counts = countsOf(stage.project) ?? { passed: 0, failed: 0, skipped: 0 };
  const ok = code === 0;
  if (!ok && counts.failed === 0) counts.failed = 1;
  const ended = code === null ? `, ended after ${seconds(ms)}` : '';
  const note = `: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped${ended}`;
  return { name: stage.name, ok, ms, note, counts };
}

/**
 * The set-up, and whether the programs that end-to-end tests need are there.
 *
 * @returns {Promise<{ ready: boolean, programs: boolean }>}
 */
async function setUp() {
  const argv = [join(root, 'scripts', 'setup.mjs'), '--for=test'];
  const { code } = await runStage(argv, { msMax: 1_800_000, show: true, node: process.execPath });
  return { ready: code === 0 || code === PROGRAM_MISSING, programs: code === 0 };
}

/**
 * @param {(Stage & { project: string })} stage
 * @param {boolean} programs
 * @returns {Promise<Outcome | undefined>}  undefined: there is nothing to run
 */
async function runSuiteIfPossible(stage, programs) {
  if (stage.name !== 'e2e') return runSuite(stage);
  if (!haveEndToEndTests()) return undefined;
  if (programs) return runSuite(stage);
  const counts = { passed: 0, failed: 1, skipped: 0 };
  return {
    name: stage.name,
    ok: false,
    ms: 0,
    note: ': not run, a program is missing (see the set-up above)',
    counts,
  };
}

/**
 * @param {Outcome[]} outcomes
 * @param {number} ms
 * @returns {boolean} true when all is well
 */
function summarise(outcomes, ms) {
  print('\n── summary ──');
  for (const { name, ok, ms: stageMs, note } of outcomes) {
    print(`${ok ? 'ok    ' : 'FAILED'} ${name} (${seconds(stageMs)})${note}`);
  }
  const sum = (/** @type {keyof Counts} */ key) =>
    outcomes.reduce((total, { counts }) => total + counts[key], 0);
  print(`all stages in ${seconds(ms)}`);
  print(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
  return outcomes.every(({ ok }) => ok);
}

/** @param {string[]} only  names of stages to run; none means all */
async function main(only) {
  const startedMs = Date.now();
  const known = [...CHECKS, SIMULATION, ...SUITES].map(({ name }) => name);
  const unknown = only.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    process.stderr.write(`there is no stage ${unknown}; stages: ${known.join(', ')}\n`);
    return 2;
  }
  const wanted = ({ name = '' }) => only.length === 0 || only.includes(name);
  const { ready, programs } = await setUp();
  if (!ready) return 1;
  const simulation = [SIMULATION].filter(wanted).map(runCheck);
  const outcomes = await Promise.all(CHECKS.filter(wanted).map(runCheck));
  for (const stage of SUITES.filter(wanted)) {
    // It has ended by then, or nearly: what measures outages has the machine to itself.
    if (stage.name === 'e2e') outcomes.push(...(await Promise.all(simulation.splice(0))));
    const outcome = await runSuiteIfPossible(/** @type {Stage & { project: string }} */ (stage), programs);
    if (outcome !== undefined) outcomes.push(outcome);
  }
  outcomes.push(...(await Promise.all(simulation)));
  return summarise(outcomes, Date.now() - startedMs) ? 0 : 1;
}

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.once(signal, () => {
    for (const child of running) child.kill(signal);
    rmSync(reportsDir, { recursive: true, force: true });
    process.exit(signal === 'SIGINT' ? 130 : 143);
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} finally {
  rmSync(reportsDir, { recursive: true, force: true });
}
