// Proves that every configuration that Debian ships with keepalived is imported, each line accounted for, into a file that validates.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importFrom } from '../../../cli/import/convert.ts';
import { machineFiles } from '../../../cli/import/files.ts';
import { MEMBERS, namesIn } from './world.ts';

const FOLDER = '/usr/share/doc/keepalived/samples';
const isInstalled = existsSync(FOLDER);
const samples = isInstalled ? globSync('keepalived.conf.*', { cwd: FOLDER }).toSorted() : [];

// They are Debian's and not ours to copy: the other tests prove the mapping by configurations of our own.
describe.skipIf(!isInstalled)(
  `keepalived's samples (skipped where the package keepalived is not installed: no ${FOLDER})`,
  () => {
    it('are there', () => {
      expect(samples.length).toBeGreaterThan(20);
    });

    it.each(samples)('%s', (name) => {
      const path = join(FOLDER, name);
      const text = readFileSync(path, 'utf8');
      const result = importFrom({ path, text, files: machineFiles, members: MEMBERS, host: 'high' });
      const expected = text
        .split('\n')
        .flatMap((line, index) => (/^\s*[^\s#!]/u.test(line) ? [index + 1] : []));
      expect(result.lines.map(({ line }) => line).toSorted((a, b) => a - b)).toEqual(expected);
      expect(result.lines.filter(({ notes }) => notes.includes('not understood'))).toEqual([]);
      expect(
        result.lines.filter(({ notes }) => notes.some((note) => note.includes('is not known here'))),
      ).toEqual([]);
      const hasVip = text.includes('virtual_ipaddress');
      expect(result.text !== undefined).toBe(hasVip);
      expect(namesIn(result).length > 0).toBe(hasVip);
    });
  },
);
