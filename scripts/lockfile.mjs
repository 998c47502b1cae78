// Completes package-lock.json after `npm install` against a registry that lacks some platforms' packages. npm then
// leaves those optional packages out of the lockfile, and `npm ci` refuses the lockfile that npm itself has written
// (npm/cli#9846). Their names and exact versions stand in the manifests that want them, so they can be added.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {boolean} [dev]
 * @property {boolean} [optional]
 * @property {string[]} [os]
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 * @property {Record<string, string>} [optionalDependencies]
 */

/** @typedef {{ packages: Record<string, LockedPackage> }} Lockfile */

const SYSTEMS = new Set([
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
]);
const PROCESSORS = new Set([
  'arm',
  'arm64',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
]);
/** How the names of packages end that are built for a C library or an ABI. */
const LIBRARIES = /** @type {const} */ ({ gnu: 'glibc', musl: 'musl' });

/**
 * Reads a lockfile, npm's own record inside node_modules included. Only its outermost shape is checked: npm wrote it.
 *
 * @param {string} path
 * @returns {Lockfile}
 * @throws when it is absent, not JSON, or not a lockfile
 */
export function readLockfile(path) {
  /** @type {unknown} */
  const lockfile = JSON.parse(readFileSync(path, 'utf8'));
  const packages =
    typeof lockfile === 'object' && lockfile !== null && 'packages' in lockfile ? lockfile.packages : null;
  if (typeof packages !== 'object' || packages === null) throw new Error(`${path} is not a lockfile`);
  return /** @type {Lockfile} */ (lockfile);
}

/**
 * What a package such as `@oxlint/binding-linux-arm64-musl` is built for; undefined when its name does not say.
 *
 * @param {string} name
 * @returns {{ os?: string[], cpu: string[], libc?: string[] } | undefined}
 */
export function platformOf(name) {
  const words = name.slice(name.lastIndexOf('/') + 1).split('-');
  const os = words.find((word) => SYSTEMS.has(word));
  const cpu = words.find((word) => PROCESSORS.has(word));
  if (cpu === 'wasm32') return { cpu: [cpu] };
  if (os === undefined || cpu === undefined) return undefined;
  const last = words.at(-1);
  // Processors without a C library of choice (arm with gnueabihf) are named by system and processor alone.
  const libc = os === 'linux' && (last === 'gnu' || last === 'musl') ? [LIBRARIES[last]] : undefined;
  return { os: [os], cpu: [cpu], ...(libc === undefined ? {} : { libc }) };
}

/**
 * The places from which the package at `path` may load `name`: npm's search, from the inside out.
 *
 * @param {string} path  such as `node_modules/vite`
 * @param {string} name
 */
function placesFor(path, name) {
  const folders = path
    .split('/node_modules/')
    .map((_, index, parts) => parts.slice(0, index + 1).join('/node_modules/'));
  return [...folders.reverse().map((folder) => `${folder}/node_modules/${name}`), `node_modules/${name}`];
}

/** @param {string} range */
const isExact = (range) => /^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(range);

/**
 * Where an entry for an optional platform package is missing; undefined when it is there or cannot be written.
 *
 * @param {Record<string, LockedPackage>} packages
 * @param {string} wantedBy  path of the package that wants it
 * @param {string} name
 * @param {string} version
 * @returns {{ path: string, entry: LockedPackage } | undefined}
 */
function missingEntry(packages, wantedBy, name, version) {
  const place = placesFor(wantedBy, name).find((candidate) => packages[candidate] !== undefined);
  const platform = platformOf(name);
  if (platform === undefined || !isExact(version)) return undefined;
  if (place !== undefined && packages[place]?.version === version) return undefined;
  const dev = packages[wantedBy]?.dev === true ? { dev: true } : {};
  const path = place === undefined ? `node_modules/${name}` : `${wantedBy}/node_modules/${name}`;
  // Keys in npm's order, so that its next rewrite of the lockfile changes nothing.
  const { cpu, libc, os } = platform;
  const entry = {
    version,
    cpu,
    ...dev,
    ...(libc === undefined ? {} : { libc }),
    optional: true,
    ...(os === undefined ? {} : { os }),
  };
  return { path, entry };
}

/**
 * The lockfile with the missing entries, in npm's own order, and the paths of those added.
 *
 * @param {Lockfile} lockfile
 * @returns {{ lockfile: Lockfile, added: string[] }}
 */
export function completeLockfile(lockfile) {
  const packages = { ...lockfile.packages };
  /** @type {string[]} */
  const added = [];
  for (const [path, wanting] of Object.entries(lockfile.packages)) {
    // What the project itself wants must be there: npm has told whoever installed it.
    if (path === '') continue;
    for (const [name, version] of Object.entries(wanting.optionalDependencies ?? {})) {
      const missing = missingEntry(packages, path, name, version);
      if (missing === undefined) continue;
      packages[missing.path] = missing.entry;
      added.push(missing.path);
    }
  }
  const sorted = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  return { lockfile: { ...lockfile, packages: Object.fromEntries(sorted) }, added };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = fileURLToPath(new URL('../package-lock.json', import.meta.url));
  const { lockfile: complete, added } = completeLockfile(readLockfile(path));
  if (added.length > 0) writeFileSync(path, `${JSON.stringify(complete, undefined, 2)}\n`);
  process.stdout.write(`package-lock.json: ${added.length} optional packages of other platforms added\n`);
}
