/** Proves that each finding in a document stands where the reader will look for it, and that none is left out. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { keepaloftFileSchema } from '../../../core/wire/config.ts';
import { DocumentError, readDocument } from '../../../core/wire/document.ts';
import { VIP } from '../fixtures.ts';

const thrownBy = (text: string, schema: z.ZodMiniType): DocumentError => {
  try {
    readDocument('k.yaml', text, schema);
  } catch (thrown) {
    if (thrown instanceof DocumentError) return thrown;
    throw thrown;
  }
  throw new Error('the document was taken');
};
const findingsOf = (text: string, schema: z.ZodMiniType = keepaloftFileSchema) =>
  thrownBy(text, schema).findings;

const withCheck = (check: string): string => `version: 1
groups:
  mysql:
    vips: [{ address: ${VIP}, fabric: secondary-ip }]
    members: [{ instance: i-00000000000000001 }]
    checks: { db: ${check} }
`;

describe('places: keys', () => {
  const schema = z.strictObject({ a: z.optional(z.number()), list: z.optional(z.array(z.number())) });

  it('an unknown key is found where it stands, also when its value begins on the next line', () => {
    expect(findingsOf('a: 1\nb:\n  - 1\n', schema)).toEqual([
      { line: 2, column: 1, path: 'b', message: 'unknown key' },
    ]);
  });

  it('every unknown key is told, not only the first', () => {
    expect(findingsOf('x: 1\na: 1\ny: 2\n', schema).map(({ line, path }) => [line, path])).toEqual([
      [1, 'x'],
      [3, 'y'],
    ]);
  });

  it('also one that is a number', () => {
    expect(findingsOf('a: 1\n5: 2\n', schema)).toEqual([
      { line: 2, column: 1, path: '5', message: 'unknown key' },
    ]);
  });

  it('a missing key is found at what should have it', () => {
    const inner = z.strictObject({ outer: z.strictObject({ needed: z.number() }) });
    expect(findingsOf('outer:\n  { }\n', inner)).toMatchObject([
      { line: 2, column: 3, path: 'outer.needed' },
    ]);
  });

  it('a wrong value is found at the value, a wrong list element at the element', () => {
    expect(findingsOf('list: [1, 2,\n  x]\n', schema)).toMatchObject([
      { line: 2, column: 3, path: 'list.2' },
    ]);
  });

  it('an empty document is wrong in its first place', () => {
    expect(findingsOf('', schema)).toMatchObject([{ line: 1, column: 1, path: '' }]);
  });
});

describe('places: a value of several kinds', () => {
  it.each([
    ['no kind at all', '5', [['db', 19]]],
    ['a kind with a wrong value', '{ tcp: 5 }', [['db.tcp', 26]]],
    ['a kind with a wrong detail', '{ tcp: "a:1", fall: 0 }', [['db.fall', 39]]],
    [
      'a kind with two misspelt details',
      '{ tcp: "a:1", fal: 3, ris: 2 }',
      [
        ['db.fal', 33],
        ['db.ris', 41],
      ],
    ],
    ['neither kind nor detail', '{ }', [['db.tcp', 19]]],
  ])('%s', (_what, check, expected) => {
    const found = findingsOf(withCheck(check)).map(({ path, column }) => [path, column]);
    expect(found).toEqual(expected.map(([path, column]) => [`groups.mysql.checks.${path}`, column]));
  });

  const nested = z.union([
    z.strictObject({ kind: z.literal('a'), deep: z.strictObject({ x: z.number(), y: z.number() }) }),
    z.strictObject({ kind: z.literal('b') }),
    z.number(),
  ]);

  it('the kind without unknown keys is meant, and of those the one that came furthest', () => {
    expect(findingsOf('kind: a\ndeep: { x: 1, y: z }\n', nested)).toMatchObject([{ path: 'deep.y' }]);
    expect(findingsOf('kind: c\n', nested).map(({ path }) => path)).toEqual(['kind']);
  });

  it('a union inside a union keeps its whole path', () => {
    const outer = z.object({ list: z.array(z.union([nested, z.string()])) });
    expect(findingsOf('list: [{ kind: a, deep: { x: 1, y: z } }]\n', outer)).toMatchObject([
      { line: 1, path: 'list.0.deep.y' },
    ]);
  });
});

describe('places: what is no document', () => {
  it('an alias without its anchor, and too many aliases', () => {
    expect(findingsOf('version: *nowhere\n')).toEqual([
      { line: 1, column: 1, path: '', message: expect.stringContaining('nowhere') as string },
    ]);
    const bomb = `a: &a [1]\nb: &b [${'*a, '.repeat(99)}*a]\nc: [*b, *b]\n`;
    expect(findingsOf(bomb)).toEqual([
      { line: 1, column: 1, path: '', message: expect.stringContaining('alias') as string },
    ]);
  });

  it('broken YAML has one line for each finding', () => {
    const findings = findingsOf('version: [1\ngroups: }\n');
    expect(findings.map(({ line, column, path }) => [line, column, path])).toEqual([
      [2, 1, ''],
      [2, 9, ''],
    ]);
    for (const { message } of findings) expect(message).toMatch(/^[^\n]+$/);
  });

  it('what is too long is not even parsed, what is just short enough is', () => {
    const tooLong = { line: 1, column: 1, path: '', message: 'longer than 262144 characters' };
    expect(findingsOf(`{${' '.repeat(262_144)}`)).toEqual([tooLong]);
    expect(findingsOf(`{${' '.repeat(262_143)}`)).not.toEqual([tooLong]);
  });

  it('the error says its name, and the document’s', () => {
    const { name, message } = thrownBy('', z.object({}));
    expect([name, message.startsWith('k.yaml:1:1: ')]).toEqual(['DocumentError', true]);
  });
});
