// Proves that a half or outdated node_modules is noticed, and that a whole one is left alone.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  packagesAreCurrent,
  packagesMatchLockfile,
  packagesStamp,
} from '../../../scripts/setup/packages.mjs';

let root: string;

function put(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

const lockfile = (packages: object) => JSON.stringify({ lockfileVersion: 3, packages });
const locked = {
  '': { name: 'keepaloft' },
  'node_modules/node': { version: '24.21.0' },
  'node_modules/zod': { version: '4.6.7' },
  'node_modules/@dynoxide/linux-x64': { version: '1.2.1', optional: true },
};
const installed = { 'node_modules/node': { version: '24.21.0' }, 'node_modules/zod': { version: '4.6.7' } };

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'keepaloft-packages-'));
  put('package-lock.json', lockfile(locked));
  put('node_modules/.package-lock.json', lockfile(installed));
  put('node_modules/zod/package.json', '{}');
  put('node_modules/node/package.json', '{}');
  put('node_modules/node/bin/node', '');
  chmodSync(join(root, 'node_modules/node/bin/node'), 0o755);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('an installation that the set-up stamped', () => {
  beforeEach(() => put('node_modules/.keepaloft-packages', packagesStamp(root)));

  it('is current', () => {
    expect(packagesAreCurrent(root)).toBe(true);
  });

  it('is not once the lockfile changed', () => {
    put('package-lock.json', `${lockfile(locked)}\n`);
    expect(packagesAreCurrent(root)).toBe(false);
  });

  it('is not when its Node is gone', () => {
    rmSync(join(root, 'node_modules/node/bin/node'));
    expect(packagesAreCurrent(root)).toBe(false);
  });
});

describe('an installation without a stamp', () => {
  it('is not current', () => {
    expect(packagesAreCurrent(root)).toBe(false);
  });

  it('is taken over when npm finished it from this lockfile, optional packages aside', () => {
    expect(packagesMatchLockfile(root)).toBe(true);
  });

  const broken: readonly (readonly [string, () => void])[] = [
    ['npm wrote no record: it was interrupted', () => rmSync(join(root, 'node_modules/.package-lock.json'))],
    ['a recorded package is not on disk', () => rmSync(join(root, 'node_modules/zod'), { recursive: true })],
    ['there is no node_modules', () => rmSync(join(root, 'node_modules'), { recursive: true })],
    ['the record is cut off', () => put('node_modules/.package-lock.json', '{"packages":{"node_mod')],
    [
      'another version is installed',
      () =>
        put(
          'node_modules/.package-lock.json',
          lockfile({ ...installed, 'node_modules/zod': { version: '4.0.0' } }),
        ),
    ],
    [
      'a package is there that the lockfile no longer has',
      () =>
        put(
          'node_modules/.package-lock.json',
          lockfile({ ...installed, 'node_modules/left-pad': { version: '1.0.0' } }),
        ),
    ],
    ['the Node binary was never fetched', () => rmSync(join(root, 'node_modules/node/bin/node'))],
  ];

  it.each(broken)('is not when %s', (_why, breakIt) => {
    breakIt();
    expect(packagesMatchLockfile(root)).toBe(false);
  });
});
