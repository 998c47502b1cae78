// The programs that the lab calls: installed with apt-get when that is allowed, otherwise asked for in one sentence.

import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './run.mjs';

/** Another apt may be at work (unattended-upgrades at boot): how long to wait for its lock. */
const APT_LOCK_S = 120;

/**
 * @typedef {object} Program
 * @property {string} name
 * @property {string} debianPackage
 * @property {string} purpose
 * @property {boolean} needed  false: only part of the lab needs it
 * @property {boolean} [startsDaemon]  its package starts a daemon where systemd runs, now and at each boot
 */

/** @type {Program[]} */
export const PROGRAMS = [
  { name: 'ip', debianPackage: 'iproute2', purpose: "the lab's network", needed: true },
  { name: 'unshare', debianPackage: 'util-linux', purpose: 'network namespaces', needed: true },
  { name: 'nsenter', debianPackage: 'util-linux', purpose: 'network namespaces', needed: true },
  { name: 'nft', debianPackage: 'nftables', purpose: 'network faults (cut, loss)', needed: false },
];

/** For `npm run test:long` besides. @type {Program[]} */
export const LONG_PROGRAMS = [
  {
    name: 'chromium',
    debianPackage: 'chromium',
    purpose: 'tests of the console in a browser',
    needed: false,
  },
  {
    name: 'keepalived',
    debianPackage: 'keepalived',
    purpose: 'the test of mode observe beside it',
    needed: false,
    startsDaemon: true,
  },
  {
    name: 'bird',
    debianPackage: 'bird2',
    purpose: 'the test of peer detection with it',
    needed: false,
    startsDaemon: true,
  },
  {
    name: 'bfdd',
    debianPackage: 'frr',
    purpose: 'the test of peer detection with it',
    needed: false,
    startsDaemon: true,
  },
];

/**
 * For `npm run test:examples` besides: real services, from packages that bring the programs alone. The packages named
 * after the services would start them, on this machine, now and at each boot.
 *
 * @type {Program[]}
 */
export const EXAMPLE_PROGRAMS = [
  { name: 'mariadbd', debianPackage: 'mariadb-server-core', purpose: 'examples with MariaDB', needed: false },
  { name: 'mariadb', debianPackage: 'mariadb-client-core', purpose: 'examples with MariaDB', needed: false },
  // The server is the same program by another name.
  { name: 'redis-check-rdb', debianPackage: 'redis-tools', purpose: 'examples with Redis', needed: false },
  { name: 'busybox', debianPackage: 'busybox', purpose: 'examples with an HTTP server', needed: false },
];

/** An ordinary user's PATH often lacks the sbin directories, where these programs live; FRR has a place of its own. */
const EXTRA_DIRS = ['/usr/sbin', '/sbin', '/usr/bin', '/bin', '/usr/lib/frr'];

/**
 * @param {string} name
 * @param {string} [path]
 */
export function findProgram(name, path = process.env['PATH'] ?? '') {
  return [...path.split(delimiter), ...EXTRA_DIRS]
    .filter((dir) => dir !== '')
    .map((dir) => join(dir, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** @param {Program[]} programs */
const packagesOf = (programs) => [...new Set(programs.map((program) => program.debianPackage))];

/**
 * The sentence for someone who has to install by hand.
 *
 * @param {Program[]} missing
 */
export function missingSentence(missing) {
  const names = missing
    .map(({ name, purpose, startsDaemon }) => {
      const warning = startsDaemon === true ? '; its package starts a daemon' : '';
      return `${name} (${purpose}${warning})`;
    })
    .join(', ');
  return `not found: ${names}; run as root: apt-get install -y --no-install-recommends ${packagesOf(missing).join(' ')}`;
}

/**
 * Without those whose package would start something on this machine that a test has no business to start.
 *
 * @param {Program[]} programs
 * @param {string} [systemd]  is there where systemd runs
 */
export function installable(programs, systemd = '/run/systemd/system') {
  return existsSync(systemd) ? programs.filter((program) => program.startsDaemon !== true) : programs;
}

/**
 * True when every needed program is there. Whatever is missing is installed if this is root on a Debian system, else
 * named on stderr with the command to run.
 *
 * @param {import('./report.mjs').Report} report
 * @param {Program[]} [programs]
 */
export async function ensurePrograms(report, programs = PROGRAMS) {
  let missing = programs.filter((program) => findProgram(program.name) === undefined);
  if (missing.length === 0) return true;
  const wanted = installable(missing);
  if (wanted.length > 0 && process.getuid?.() === 0 && findProgram('apt-get') !== undefined) {
    const packages = packagesOf(wanted);
    await report.step(`installing ${packages.join(' ')} with apt-get`, 'installed', () =>
      installDebian(packages, report),
    );
    missing = programs.filter((program) => findProgram(program.name) === undefined);
  }
  if (missing.length > 0) report.warn(missingSentence(missing));
  return !missing.some((program) => program.needed);
}

/**
 * @param {string[]} packages
 * @param {import('./report.mjs').Report} report
 */
async function installDebian(packages, report) {
  const wait = `DPkg::Lock::Timeout=${APT_LOCK_S}`;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '--no-install-recommends', '-o', wait, ...packages];
  const first = await run('apt-get', install, { env });
  if (first.code === 0) return;
  // Most often the package lists are absent (a fresh container) or too old: fetch them and try once more.
  const update = await run('apt-get', ['update', '-o', wait], { env });
  const second = update.code === 0 ? await run('apt-get', install, { env }) : update;
  if (second.code !== 0) report.warn(`apt-get failed; it said:\n${second.output}`);
}
