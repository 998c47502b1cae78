/** Proves which literals the mutation test leaves alone: texts for people, and nothing that other code compares with. */
import { describe, expect, it } from 'vitest';
import { partsOf, testIdOf } from '../../../scripts/stryker/meta.ts';
import { prose } from '../../../scripts/stryker/prose.ts';

const text = (value: string) => ({ node: { type: 'StringLiteral', value } });
const template = (...raws: string[]) => ({
  node: { type: 'TemplateLiteral', quasis: raws.map((raw) => ({ value: { raw } })) },
});

describe('a text for people', () => {
  it.each([
    text('the body is not JSON'),
    text('; '),
    template('the holder is ', ', not ', ''),
    template('at most one of ', ''),
  ])('is left alone: %j', (path) => {
    expect(prose.shouldIgnore(path)).toBe('a text for people');
  });

  it.each([
    text('held'),
    text(''),
    template('config#', ''),
    { node: { type: 'Identifier' } },
    { node: { type: 'NumericLiteral', value: 1 } },
  ])('is not: %j', (path) => {
    expect(prose.shouldIgnore(path)).toBeUndefined();
  });
});

describe('the id of a test', () => {
  it('holds its file and its name, whatever the name is', () => {
    const id = testIdOf('test/core/beat.test.ts', 'a > b #1');
    expect(partsOf(id)).toEqual({ file: 'test/core/beat.test.ts', fullName: 'a > b #1' });
  });
});
