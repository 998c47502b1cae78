/** Proves that measuring one section keeps what is known of the others, and that foreign files are not believed. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadResults, merge, NUMBERS_FILE, RESULTS_FILE, saveResults } from '../../bench/store.ts';
import { bundleResults, failoverResults } from './results.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'keepaloft-bench-'));
});
afterEach(() => rmSync(root, { recursive: true }));

describe('results', () => {
  it('begin empty', () => {
    expect(loadResults(root)).toEqual({ version: 1, sections: {} });
  });

  it('come back as they were written, with no other file beside them', () => {
    saveResults(root, bundleResults(70));
    expect(loadResults(root)).toEqual(bundleResults(70));
    expect(readdirSync(dirname(join(root, RESULTS_FILE)))).toEqual(['latest.json']);
  });

  it('keep the sections that were not measured, and replace the one that was', () => {
    saveResults(root, merge(bundleResults(70), failoverResults()));
    const merged = merge(loadResults(root), bundleResults(50));
    expect(merged.sections.failover).toEqual(failoverResults().sections.failover);
    expect(merged.sections.bundle?.data.bundleImportMs.median).toBe(50);
    saveResults(root, merged);
    const document = readFileSync(join(root, NUMBERS_FILE), 'utf8');
    expect(document).toContain('## Bundles');
    expect(document).toContain('## Failover');
  });

  it.each(['{', '{"version":2,"sections":{}}', '{"version":1,"sections":{"bundle":{}}}'])(
    'refuse a file of another form: %s',
    (text) => {
      const path = join(root, RESULTS_FILE);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      expect(() => loadResults(root)).toThrow('remove it and measure');
    },
  );
});
