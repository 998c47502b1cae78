// Proves which entries the build takes, and that it refuses to ship half of the product.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BuildError, findEntries } from '../../scripts/build.ts';

let root: string;

function put(path: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), '');
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'keepaloft-build-'));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('the entries of the build', () => {
  it('are every Lambda folder with a handler, and the agent', () => {
    for (const path of [
      'lambdas/heartbeat/handler.ts',
      'lambdas/sweep/handler.ts',
      'lambdas/store/table.ts',
      'agent/main.ts',
    ]) {
      put(path);
    }
    expect(findEntries(root)).toEqual([
      'agent/main.ts',
      'lambdas/heartbeat/handler.ts',
      'lambdas/sweep/handler.ts',
    ]);
  });

  it('are none in an empty tree', () => {
    expect(findEntries(root)).toEqual([]);
  });

  it('must include the required ones', () => {
    put('lambdas/heartbeat/handler.ts');
    expect(() => findEntries(root)).toThrow(BuildError);
    expect(() => findEntries(root)).toThrow('agent/main.ts');
  });
});
