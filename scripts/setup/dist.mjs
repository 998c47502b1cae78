// dist/: is it built from the sources as they are now, and if not, scripts/build.ts.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodePath } from './packages.mjs';
import { SetupError } from './report.mjs';
import { run } from './run.mjs';

/** Everything that a built artefact is made from. */
const SOURCES = [
  'core',
  'lambdas',
  'agent',
  // The template that a lab is wired by.
  'lib',
  'bin',
  'scripts/build.ts',
  'scripts/credentials-facade.ts',
  'scripts/http-facade.ts',
  'package-lock.json',
];

/** @param {string} root */
export const distStampPath = (root) => join(root, 'dist', '.sources');

/**
 * @param {string} root
 * @param {string} path  relative to root
 * @returns {string[]} the files at and under it, sorted, relative to root
 */
function filesUnder(root, path) {
  const absolute = join(root, path);
  if (!existsSync(absolute)) return [];
  /** @type {import('node:fs').Dirent[]} */
  let entries;
  try {
    entries = readdirSync(absolute, { withFileTypes: true });
  } catch {
    return [path];
  }
  return entries
    .map((entry) => entry.name)
    .sort()
    .flatMap((name) => filesUnder(root, join(path, name)));
}

/**
 * One hash over names and contents of the sources.
 *
 * @param {string} root
 */
export function distStamp(root) {
  const hash = createHash('sha256');
  for (const file of SOURCES.flatMap((path) => filesUnder(root, path))) {
    const content = readFileSync(join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** @param {string} root */
export function distIsCurrent(root) {
  try {
    return readFileSync(distStampPath(root), 'utf8') === distStamp(root);
  } catch {
    return false;
  }
}

/**
 * @param {string} root
 * @param {import('./report.mjs').Report} report
 * @param {import('./lock.mjs').Lock} lock
 */
export async function buildDist(root, report, lock) {
  await report.step('building dist/ (Lambda and agent bundles)', 'built dist/', async () => {
    const args = [join(root, 'scripts', 'build.ts')];
    const { code, output } = await run(nodePath(root), args, { cwd: root, onStart: lock.adopt });
    if (code !== 0) throw new SetupError(`the build failed:\n${output}`);
  });
}
