// Proves how lines become blocks, however the braces stand, and that braces without their like are told.
import { describe, expect, it } from 'vitest';
import { Ledger } from '../../../cli/import/ledger.ts';
import { type Statement, treeOf } from '../../../cli/import/tree.ts';

const shapeOf = ({ words, body, places }: Statement): unknown => {
  const head = `${words.map(({ text }) => text).join(' ')} @${places.map(({ line }) => line).join()}`;
  return body === undefined ? head : { [head]: body.map(shapeOf) };
};
const built = (text: string) => {
  const ledger = new Ledger();
  const lines = text
    .split('\n')
    .map((line, index) => ({ text: line, places: [{ file: 'f', line: index + 1 }] }));
  for (const line of lines) ledger.expect(line.places[0] ?? { file: '', line: 0 }, line.text);
  const shape = treeOf(lines, ledger).map(shapeOf);
  return {
    shape,
    notes: ledger.lines().flatMap(({ line, notes }) => notes.map((note) => `${line} ${note}`)),
  };
};

describe('blocks', () => {
  it.each([
    ['a {\nb 1\n}', [{ 'a @1,3': ['b 1 @2'] }]],
    ['a { b { c } d }', [{ 'a @1,1': [{ 'b @1,1': ['c @1'] }, 'd @1'] }]],
    ['a\n{\nb\n}\nc', [{ 'a @1,2,4': ['b @3'] }, 'c @5']],
    ['a { } b', [{ 'a @1,1': [] }, 'b @1']],
  ])('%j', (text, shape) => {
    expect(built(text).shape).toEqual(shape);
  });

  it('say what is not closed, and what closes nothing', () => {
    expect(built('a {\nb').notes).toContain('1 the block is not closed');
    expect(built('a\n}').notes).toContain('2 it closes no block');
  });

  it('are built however deeply they are nested', () => {
    const { shape, notes } = built(`${'a {'.repeat(5000)}${'}'.repeat(5000)}\nb`);
    expect(shape).toHaveLength(2);
    expect(notes[0]).toBe('1 nested too deeply');
  });
});
