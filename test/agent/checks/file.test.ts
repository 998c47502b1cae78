// Proves what is taken for a number in a file, that a file that does not exist is 0, and that nothing else passes.
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFileProbe, parseValue } from '../../../agent/checks/file.ts';
import { scratchDirectory } from '../scratch.ts';

const never = new AbortController().signal;

it.each([
  ['10', 10],
  ['-254\n', -254],
  ['  +7 ', 7],
  ['0', 0],
  ['2147483647', 2_147_483_647],
  ['2147483648', undefined],
  ['99999999999', undefined],
  ['', undefined],
  ['ten', undefined],
  ['1.5', undefined],
  ['1 2', undefined],
  // With keepalived they are 8 and 31: whoever means that is asked to say it.
  ['010', undefined],
  ['0x1f', undefined],
])('%j is %s', (text, value) => {
  expect(parseValue(text)).toBe(value);
});

describe('the check', () => {
  it('reads the number anew each time, and takes an absent file for 0', async () => {
    const path = join(scratchDirectory(), 'load');
    const probe = createFileProbe({ file: path });
    expect(await probe(never)).toEqual({ passed: true, detail: `${path} does not exist: 0`, value: 0 });
    writeFileSync(path, '-20\n');
    expect(await probe(never)).toEqual({ passed: true, detail: `${path} holds -20`, value: -20 });
    rmSync(path);
    expect(await probe(never)).toMatchObject({ passed: true, value: 0 });
  });

  it('fails on what is no number, and does not say what it is', async () => {
    const path = join(scratchDirectory(), 'load');
    const probe = createFileProbe({ file: path });
    for (const text of ['', 'password=hunter2']) {
      writeFileSync(path, text);
      expect(await probe(never)).toEqual({ passed: false, detail: `${path} holds no whole number` });
    }
  });

  it('fails on a directory, on a pipe without waiting for a writer, and on what cannot be looked at', async () => {
    const directory = scratchDirectory();
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const path of [directory, pipe]) {
      expect(await createFileProbe({ file: path })(never)).toEqual({
        passed: false,
        detail: `${path} is not a file`,
      });
    }
    const beyond = await createFileProbe({ file: join(directory, 'x'.repeat(300)) })(never);
    expect(beyond).toMatchObject({ passed: false });
    expect(beyond.detail).toContain('ENAMETOOLONG');
  });
});
