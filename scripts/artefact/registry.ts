// Packages from the registry, kept in .cache: fetched by npm itself, believed only when the pinned integrity fits.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ArtefactError } from './error.ts';
import type { PinnedPackage } from './pinned.ts';

const FETCH_MS_MAX = 300_000;
const execute = promisify(execFile);

/** @throws ArtefactError when the bytes are not the pinned ones */
export function checkIntegrity(pinned: PinnedPackage, bytes: Buffer): void {
  const found = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  if (found !== pinned.integrity) {
    throw new ArtefactError(
      `${pinned.name}@${pinned.version} has ${found}, pinned is ${pinned.integrity}: nothing was packed`,
    );
  }
}

/**
 * The tarball of a package.
 *
 * @throws ArtefactError when it cannot be had, or is not the pinned one
 */
export async function fetchPackage(root: string, pinned: PinnedPackage): Promise<Buffer> {
  const folder = join(root, '.cache', 'artefact');
  const kept = join(folder, `${pinned.name.replace('/', '+')}-${pinned.version}.tgz`);
  if (!existsSync(kept)) {
    mkdirSync(folder, { recursive: true });
    const aside = mkdtempSync(join(folder, 'fetch-'));
    try {
      const wanted = `${pinned.name}@${pinned.version}`;
      await execute('npm', ['pack', wanted, '--silent', '--pack-destination', aside], {
        cwd: aside,
        timeout: FETCH_MS_MAX,
      }).catch((cause: unknown) => {
        throw new ArtefactError(`npm could not fetch ${wanted}: is the registry reached from here?`, {
          cause,
        });
      });
      const [file = ''] = readdirSync(aside);
      const bytes = readFileSync(join(aside, file));
      checkIntegrity(pinned, bytes);
      renameSync(join(aside, file), kept);
    } finally {
      rmSync(aside, { recursive: true, force: true });
    }
  }
  // Also what was kept: a file in a cache is as good as its hash.
  const bytes = readFileSync(kept);
  checkIntegrity(pinned, bytes);
  return bytes;
}
