// node_modules: is it what package-lock.json says, and if not, npm ci.

import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { readLockfile } from '../lockfile.mjs';
import { SetupError } from './report.mjs';
import { run } from './run.mjs';

/** Written last, inside node_modules: an interrupted installation has none, and removing node_modules removes it. */
const STAMP = '.keepaloft-packages';

/** @param {string} root */
const stampPath = (root) => join(root, 'node_modules', STAMP);

/** @param {string} root */
export const nodePath = (root) => join(root, 'node_modules', 'node', 'bin', 'node');

/**
 * What the stamp says when node_modules is current: the lockfile and the kind of machine (native packages differ).
 *
 * @param {string} root
 */
export function packagesStamp(root) {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  return hash.update(`${process.platform} ${process.arch}`).digest('hex');
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} root */
export function packagesAreCurrent(root) {
  try {
    return readFileSync(stampPath(root), 'utf8') === packagesStamp(root) && isExecutable(nodePath(root));
  } catch {
    return false;
  }
}

/**
 * @param {string} path
 * @returns {import('../lockfile.mjs').Lockfile['packages'] | undefined}  undefined: absent or cut off
 */
function lockedPackages(path) {
  try {
    return readLockfile(path).packages;
  } catch {
    return undefined;
  }
}

/**
 * True when npm itself finished an installation of exactly this lockfile (someone ran `npm ci` by hand): npm writes its
 * own record last, and each package named there must really be on disk.
 *
 * @param {string} root
 */
export function packagesMatchLockfile(root) {
  const wanted = lockedPackages(join(root, 'package-lock.json'));
  const present = lockedPackages(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined || present === undefined || !isExecutable(nodePath(root))) return false;
  const missing = Object.entries(wanted).some(([path, entry]) => {
    if (path === '') return false;
    const found = present[path];
    if (found === undefined) return entry.optional !== true;
    return found.version !== entry.version || !existsSync(join(root, path, 'package.json'));
  });
  const foreign = Object.keys(present).some((path) => !(path in wanted));
  return !missing && !foreign;
}

/**
 * npm without the tree's own Node first in PATH: `npm ci` deletes that Node while it runs.
 *
 * @returns {NodeJS.ProcessEnv}
 */
function environmentForNpm() {
  const path = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((dir) => !dir.endsWith('node_modules/.bin'));
  return { ...process.env, PATH: path.join(delimiter) };
}

/**
 * @param {string} root
 * @param {import('./report.mjs').Report} report
 * @param {import('./lock.mjs').Lock} lock
 */
export async function installPackages(root, report, lock) {
  if (!packagesMatchLockfile(root)) {
    await report.step('installing packages with npm ci (about half a minute)', 'installed packages', () =>
      runNpmCi(root, lock),
    );
  }
  await checkNode(root);
  writeFileSync(stampPath(root), packagesStamp(root));
}

/**
 * @param {string} root
 * @param {import('./lock.mjs').Lock} lock
 */
async function runNpmCi(root, lock) {
  rmSync(stampPath(root), { force: true });
  // Every package here is a development or optional one: a production setting in the environment must not omit them.
  const args = ['ci', '--loglevel=error', '--include=dev', '--include=optional'];
  const { code, output } = await run('npm', args, {
    cwd: root,
    env: environmentForNpm(),
    onStart: lock.adopt,
  });
  if (code === 0) return;
  const reason = code === null ? 'was ended or could not be started' : `failed with exit code ${code}`;
  throw new SetupError(`npm ci ${reason}${output === '' ? '' : `; it said:\n${output}`}`);
}

/**
 * npm can succeed and still leave no Node (ignore-scripts, an unsupported machine), so it is tried.
 *
 * @param {string} root
 */
async function checkNode(root) {
  const { code, output } = await run(nodePath(root), ['--version']);
  const wanted = lockedPackages(join(root, 'package-lock.json'))?.['node_modules/node']?.version;
  if (code === 0 && output === `v${wanted}`) return;
  throw new SetupError(
    `node_modules/node/bin/node should be v${wanted} and is not (${output}): allow npm to run the install script of ` +
      "the package 'node' (npm config get ignore-scripts must say false), remove node_modules and try again",
  );
}
