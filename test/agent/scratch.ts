/** A directory of its own for one test, removed when the test ends. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export const scratchDirectory = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'keepaloft-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
};

/** Writes an executable shell script; returns its path. */
export const writeScript = (directory: string, name: string, body: string, mode = 0o755): string => {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, mode);
  return path;
};
