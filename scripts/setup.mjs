// Prepares a clone: packages, the programs the lab needs, the built artefacts. Plain JavaScript without dependencies,
// since it runs before anything is installed, on whatever Node (18 or later) the machine has.

import { fileURLToPath } from 'node:url';
import { buildDist, distIsCurrent } from './setup/dist.mjs';
import { takeLock } from './setup/lock.mjs';
import { installPackages, packagesAreCurrent } from './setup/packages.mjs';
import { EXAMPLE_PROGRAMS, ensurePrograms, LONG_PROGRAMS, PROGRAMS } from './setup/programs.mjs';
import { createReport, SetupError } from './setup/report.mjs';

/** @typedef {'start' | 'test' | 'long' | 'examples' | 'build'} Purpose */

const PURPOSES = /** @type {const} */ (['start', 'test', 'long', 'examples', 'build']);
const USAGE = 'usage: node scripts/setup.mjs [--for=start|test|long|examples|build] [--quiet]';

/** What some purposes need beyond what the lab needs. @type {Partial<Record<Purpose, import('./setup/programs.mjs').Program[]>>} */
const MORE_PROGRAMS = { long: LONG_PROGRAMS, examples: EXAMPLE_PROGRAMS };

/** Exit codes: everything ready, a step failed, wrong usage, ready but for a program that must be installed as root. */
export const EXIT = { ready: 0, failed: 1, usage: 2, programMissing: 3 };

/**
 * @param {string[]} args
 * @returns {{ purpose: Purpose, quiet: boolean }}
 */
function parseArgs(args) {
  /** @type {Purpose} */
  let purpose = 'start';
  let quiet = false;
  for (const arg of args) {
    const wanted = PURPOSES.find((name) => arg === `--for=${name}`);
    if (wanted !== undefined) purpose = wanted;
    else if (arg === '--quiet') quiet = true;
    else throw new SetupError(`${arg} is not an option; ${USAGE}`, EXIT.usage);
  }
  return { purpose, quiet };
}

/**
 * Looks first and writes nothing when all is in place, so that an ordinary user can run a tree that someone else prepared.
 *
 * @param {string} root
 * @param {import('./setup/report.mjs').Report} report
 */
async function prepareFiles(root, report) {
  if (packagesAreCurrent(root) && distIsCurrent(root)) return;
  const lock = await takeLock(root, report);
  try {
    // Looked at again under the lock: whoever held it may have done the work in the meantime.
    if (!packagesAreCurrent(root)) await installPackages(root, report, lock);
    if (!distIsCurrent(root)) await buildDist(root, report, lock);
  } finally {
    lock.release();
  }
}

async function main() {
  const { purpose, quiet } = parseArgs(process.argv.slice(2));
  const report = createReport(quiet);
  const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
  await prepareFiles(root, report);
  if (purpose === 'build') return EXIT.ready;
  const complete = await ensurePrograms(report, [...PROGRAMS, ...(MORE_PROGRAMS[purpose] ?? [])]);
  return complete ? EXIT.ready : EXIT.programMissing;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`set-up: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
