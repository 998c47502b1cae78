/** Every seeded bug can still be planted: its text stands exactly once in its file. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BUGS, plant } from '../../sim/bugs/hunt.ts';

const ROOT = new URL('../../', import.meta.url);

describe('seeded bugs', () => {
  test.each(BUGS.map((bug) => [bug.name, bug] as const))('%s', (_name, bug) => {
    const source = readFileSync(new URL(bug.file, ROOT), 'utf8');
    const planted = plant(source, bug);
    expect(planted).toBeTypeOf('string');
    expect(planted).not.toBe(source);
  });

  test('there are more than two dozen, each with a name of its own', () => {
    expect(BUGS.length).toBeGreaterThan(24);
    expect(new Set(BUGS.map(({ name }) => name)).size).toBe(BUGS.length);
  });

  test('a text that is not there, or there twice, is said so', () => {
    const bug = { name: 'x', what: 'x', file: 'x', old: 'a', new: 'b' };
    expect(plant('bcd', bug)).toBe(0);
    expect(plant('aba', bug)).toBe(2);
    expect(plant('cat', { ...bug, new: '$&$&' })).toBe('c$&$&t');
  });
});
