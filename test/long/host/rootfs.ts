/**
 * Debian 12 root file systems for tests that need a whole host. One is made by debootstrap and kept in .cache; each test
 * works on a copy of its own.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ensurePrograms, findProgram } from '../../../scripts/setup/programs.mjs';
import { createReport } from '../../../scripts/setup/report.mjs';

const execute = promisify(execFile);
const CACHE = fileURLToPath(new URL('../../../.cache/rootfs', import.meta.url));
/** What a cloud image has and the smallest Debian has not: an init, Python (cloud-init is one), and `ip`. */
const PACKAGES = ['systemd', 'systemd-sysv', 'python3', 'iproute2', 'ca-certificates'];
/** Raise it when the list changes. */
const BASE = 'debian-12-v1';
const BOOTSTRAP_MS_MAX = 600_000;

const PROGRAMS = [
  { name: 'debootstrap', debianPackage: 'debootstrap', purpose: 'a Debian root file system', needed: true },
  { name: 'systemd-nspawn', debianPackage: 'systemd-container', purpose: 'to boot it', needed: true },
];

/** Why no host can be made here; undefined when one can. Installs what is missing where that is allowed. */
export const missingForHosts = async (): Promise<string | undefined> => {
  if (process.getuid?.() !== 0) return 'a host of its own needs root: debootstrap and systemd-nspawn';
  await ensurePrograms(createReport(true), PROGRAMS);
  const missing = PROGRAMS.filter(({ name }) => findProgram(name) === undefined);
  return missing.length === 0 ? undefined : `not installed: ${missing.map(({ name }) => name).join(', ')}`;
};

const base = async (): Promise<string> => {
  const folder = join(CACHE, BASE);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  const aside = mkdtempSync(join(CACHE, 'making-'));
  try {
    const options = ['--variant=minbase', `--include=${PACKAGES.join(',')}`];
    await execute('debootstrap', [...options, 'bookworm', aside], { timeout: BOOTSTRAP_MS_MAX });
    rmSync(join(aside, 'var/cache/apt/archives'), { recursive: true, force: true });
    renameSync(aside, folder);
  } finally {
    // debootstrap mounts /proc while it works: a removal must not walk into it.
    await execute('umount', ['--recursive', '--quiet', join(aside, 'proc')]).catch(() => undefined);
    rmSync(aside, { recursive: true, force: true });
  }
  return folder;
};

/**
 * Writes a file of a root file system. Links inside of one are made for whoever lives there: followed from here they
 * lead to this machine's own files. So what is at the place is removed, never written to, and its folder must be inside.
 */
export const put = (root: string, path: string, content: string, mode = 0o644): void => {
  const folder = join(root, dirname(path));
  mkdirSync(folder, { recursive: true });
  if (!`${realpathSync(folder)}/`.startsWith(`${realpathSync(root)}/`))
    throw new Error(`${path} leads out of the root file system`);
  const place = join(root, path);
  rmSync(place, { force: true });
  writeFileSync(place, content, { mode, flag: 'wx' });
};

/** A fresh copy, readable as root sees it. The caller removes it. */
export const makeRootFs = async (): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'keepaloft-host-'));
  await execute('cp', ['-a', `${await base()}/.`, folder]);
  put(folder, 'etc/hostname', 'host\n');
  return folder;
};
