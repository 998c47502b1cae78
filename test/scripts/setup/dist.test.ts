// Proves that dist/ counts as built only from the sources as they are now.

import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { distIsCurrent, distStamp } from '../../../scripts/setup/dist.mjs';

let root: string;

function put(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'keepaloft-dist-'));
  put('core/time.ts', 'a');
  put('agent/main.ts', 'b');
  put('package-lock.json', '{}');
  put('dist/.sources', distStamp(root));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('dist/', () => {
  it('is current when nothing changed, and whatever changed that is not bundled', () => {
    put('lab/up.ts', 'c');
    expect(distIsCurrent(root)).toBe(true);
  });

  const changes: readonly (readonly [string, () => void])[] = [
    ['a source was edited', () => put('core/time.ts', 'A')],
    ['a source was added', () => put('lambdas/sweep/handler.ts', 'c')],
    ['what describes a deployment changed', () => put('lib/arbiter.ts', 'd')],
    ['a source was renamed', () => renameSync(join(root, 'agent/main.ts'), join(root, 'agent/start.ts'))],
    ['text moved from one file to the next', () => (put('agent/main.ts', ''), put('core/time.ts', 'ba'))],
    ['a dependency changed', () => put('package-lock.json', '{ }')],
    ['the way of building changed', () => put('scripts/build.ts', 'x')],
    ['it was removed', () => rmSync(join(root, 'dist'), { recursive: true })],
  ];

  it.each(changes)('is not when %s', (_why, change) => {
    change();
    expect(distIsCurrent(root)).toBe(false);
  });
});
