/** Proves that the list of mutants, the sources they change and the page that explains the rules fit together. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MUTANTS, mutate } from '../../../scripts/mutants.ts';

const page = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8');
const source = (file: string): string => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');

describe('mutants', () => {
  it('have names of their own', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });

  it('each change exactly one place of the source as it is now', () => {
    const lost = MUTANTS.filter((mutant) => typeof mutate(source(mutant.file), mutant) === 'number');
    expect(lost.map(({ name, file }) => `${name}: its text is not in ${file} exactly once`)).toEqual([]);
  });

  it('each name a test file that exists', () => {
    const root = new URL('../', import.meta.url);
    expect(MUTANTS.filter(({ test }) => !existsSync(new URL(`${test}.test.ts`, root)))).toEqual([]);
  });

  it('each stand beside the rule that they take out, on the page about the protocol', () => {
    expect(MUTANTS.map(({ name }) => name).filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});
