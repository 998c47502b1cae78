/** Proves that the chart and the README's table are made of the stored results, and only where they have a place. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadResults, saveResults } from '../../../bench/store.ts';
import { results } from './data.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'keepaloft-versus-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const readme = (): string => readFileSync(join(root, 'README.md'), 'utf8');

describe('saving a comparison', () => {
  it('writes the chart, and the results come back whole', () => {
    expect(saveResults(root, results)).toContain('docs/img/versus.svg');
    expect(readFileSync(join(root, 'docs/img/versus.svg'), 'utf8')).toMatch(/^<svg /u);
    expect(loadResults(root)).toEqual(results);
    expect(existsSync(join(root, 'README.md'))).toBe(false);
  });

  it('fills the place in the README, and does so again without a change', () => {
    writeFileSync(join(root, 'README.md'), '# x\n\n<!-- bench:versus -->\n<!-- /bench:versus -->\n\nend\n');
    expect(saveResults(root, results)).toContain('README.md');
    const first = readme();
    expect(first).toContain('| kill -9 | 2.50 s |');
    expect(first).toContain('](docs/img/versus.svg)');
    expect(first.endsWith('\n\nend\n')).toBe(true);
    expect(saveResults(root, loadResults(root))).not.toContain('README.md');
    expect(readme()).toBe(first);
  });

  it('says which lines are missing in a README without a place for it, and leaves it alone', () => {
    writeFileSync(join(root, 'README.md'), '# x\n');
    expect(() => saveResults(root, results)).toThrow('<!-- bench:versus -->');
    expect(readme()).toBe('# x\n');
  });
});
