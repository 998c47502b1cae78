// Proves that files stay small, folders are named after what they hold, and nothing unfinished is left behind.

import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { formatViolation, readSources } from '../../scripts/sources.ts';
import { checkTidiness, LINES_MAX, LINES_WARNED, largeFiles } from '../../scripts/tidy.ts';

const files = readSources(fileURLToPath(new URL('../..', import.meta.url)));
const untidy = (path: string, text: string) => checkTidiness({ path, text }).map(formatViolation);

describe('this project', () => {
  it('has sources to look at', () => {
    expect(files.map((file) => file.path)).toContain('scripts/tidy.ts');
  });

  it('is tidy', () => {
    for (const line of largeFiles(files)) process.stderr.write(`${line}\n`);
    expect(files.flatMap(checkTidiness).map(formatViolation)).toEqual([]);
  });
});

describe('the tidiness check', () => {
  it('refuses a file above the limit and lets one at the limit pass', () => {
    expect(untidy('lab/x.ts', 'a;\n'.repeat(LINES_MAX + 1))).toHaveLength(1);
    expect(untidy('lab/x.ts', 'a;\n'.repeat(LINES_MAX))).toEqual([]);
  });

  it('tells of a file that comes near the limit', () => {
    expect(largeFiles([{ path: 'lab/x.ts', text: 'a;\n'.repeat(LINES_WARNED) }])).toEqual([]);
    expect(largeFiles([{ path: 'lab/x.ts', text: 'a;\n'.repeat(LINES_WARNED + 1) }])).toHaveLength(1);
  });

  it.each(['lab/utils/x.ts', 'agent/host/helpers/x.ts', 'core/common/x.ts', 'test/misc/x.ts'])(
    'refuses %s',
    (path) => {
      expect(untidy(path, '')).toHaveLength(1);
    },
  );

  // Put together from halves, so that the check of this very file does not find them.
  it.each([
    ['// TO', 'DO: later'],
    ['// FIX', 'ME'],
    ['// @ts-', 'ignore'],
    ['it.', 'skip("x", f)'],
    ['describe.', 'only("x", f)'],
    ['x as unknown ', 'as Y'],
  ])('refuses %s%s', (first, second) => {
    expect(untidy('test/x.test.ts', `\n${first}${second}\n`)).toHaveLength(1);
  });
});
