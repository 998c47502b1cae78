// Proves that the lockfile is one that `npm ci` takes: pinned versions, and no platform's packages left out.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { completeLockfile, platformOf, readLockfile } from '../../scripts/lockfile.mjs';

const versions = z.optional(z.record(z.string(), z.string()));
const manifest = z.object({
  dependencies: versions,
  devDependencies: versions,
  optionalDependencies: versions,
});
const lockfile = readLockfile(fileURLToPath(new URL('../../package-lock.json', import.meta.url)));

describe('package.json', () => {
  const { dependencies, devDependencies, optionalDependencies } = manifest.parse(
    JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')),
  );
  const all = { ...dependencies, ...devDependencies, ...optionalDependencies };

  it('pins every package to one version', () => {
    const loose = Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
    expect(loose).toEqual([]);
  });

  it('says the same as the lockfile', () => {
    const root = manifest.parse(lockfile.packages['']);
    expect({ ...root.dependencies, ...root.devDependencies, ...root.optionalDependencies }).toEqual(all);
  });
});

describe('package-lock.json', () => {
  it("holds the optional packages of every platform (else: 'npm run lockfile')", () => {
    expect(completeLockfile(lockfile).added).toEqual([]);
  });
});

describe('completing a lockfile', () => {
  const rolldown = {
    version: '1.3.2',
    dev: true,
    optionalDependencies: { '@rolldown/binding-win32-x64-msvc': '1.3.2' },
  };
  const entry = { version: '1.3.2', os: ['win32'], cpu: ['x64'], dev: true, optional: true };

  it('adds what the registry did not have', () => {
    expect(completeLockfile({ packages: { 'node_modules/rolldown': rolldown } }).lockfile.packages).toEqual({
      'node_modules/@rolldown/binding-win32-x64-msvc': entry,
      'node_modules/rolldown': rolldown,
    });
  });

  it('nests it where another version has the place', () => {
    const packages = {
      'node_modules/@rolldown/binding-win32-x64-msvc': { version: '1.2.19' },
      'node_modules/rolldown': rolldown,
    };
    expect(completeLockfile({ packages }).added).toEqual([
      'node_modules/rolldown/node_modules/@rolldown/binding-win32-x64-msvc',
    ]);
  });

  it('adds nothing twice', () => {
    const once = completeLockfile({ packages: { 'node_modules/rolldown': rolldown } }).lockfile;
    expect(completeLockfile(once).added).toEqual([]);
  });

  it.each([
    ['@biomejs/cli-linux-x64-musl', { os: ['linux'], cpu: ['x64'], libc: ['musl'] }],
    ['@oxlint/binding-linux-arm64-gnu', { os: ['linux'], cpu: ['arm64'], libc: ['glibc'] }],
    ['@oxlint/binding-android-arm-eabi', { os: ['android'], cpu: ['arm'] }],
    ['@oxlint-tsgolint/darwin-arm64', { os: ['darwin'], cpu: ['arm64'] }],
    ['@rolldown/binding-wasm32-wasi', { cpu: ['wasm32'] }],
    ['fsevents', undefined],
  ])('knows from its name what %s is for', (name, platform) => {
    expect(platformOf(name)).toEqual(platform);
  });
});
