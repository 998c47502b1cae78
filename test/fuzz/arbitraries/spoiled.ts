/** Documents with one thing wrong: a value in some place replaced, or a field that nobody knows. */
import * as fc from 'fast-check';

type Key = string | number;
type Path = readonly Key[];

/** Every place in a document, itself first. */
export const placesOf = (value: unknown, path: Path = []): Path[] => [
  path,
  ...entriesOf(value).flatMap(([key, inner]) => placesOf(inner, [...path, key])),
];

const entriesOf = (value: unknown): [Key, unknown][] => {
  if (Array.isArray(value)) return value.map((inner, index): [Key, unknown] => [index, inner]);
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
};

export const valueAt = (value: unknown, [key, ...rest]: Path): unknown => {
  if (key === undefined) return value;
  const found = entriesOf(value).find(([name]) => name === key);
  return valueAt(found?.[1], rest);
};

/** The document with `change` made to what stands at `path`; undefined takes it away. */
export const changedAt = (
  value: unknown,
  [key, ...rest]: Path,
  change: (old: unknown) => unknown,
): unknown => {
  if (key === undefined) return change(value);
  const entries = entriesOf(value)
    .map(([name, inner]): [Key, unknown] => [name, name === key ? changedAt(inner, rest, change) : inner])
    .filter(([, inner]) => inner !== undefined);
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
};

/** Values at the edge of what anything could be. */
const edges = fc.constantFrom<unknown>(
  undefined,
  null,
  '',
  ' ',
  '\u0000',
  '\uD800',
  '__proto__',
  'x'.repeat(5000),
  -1,
  0.5,
  1e308,
  Number.MAX_SAFE_INTEGER,
  2 ** 53,
  [],
  {},
  [[[[[[[[[[[[]]]]]]]]]]]],
);

/** A document of `documents` in which one place holds something else. It may, by chance, still be acceptable. */
export const spoiled = (documents: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .tuple(documents, fc.nat(), fc.oneof(edges, fc.jsonValue({ maxDepth: 2 })))
    .map(([document, pick, value]) => {
      const places = placesOf(document);
      return changedAt(document, places[pick % places.length] ?? [], () => value);
    });

/** The name of a field that no version has. */
export const UNKNOWN = 'zzUnknown';

/**
 * A document and the same document with an unknown field in one of its objects.
 * @param open whether the object at this place takes names of its own (a record), where a name is a key and not a field
 */
export const extended = (
  documents: fc.Arbitrary<unknown>,
  open: (path: Path) => boolean,
): fc.Arbitrary<{ readonly document: unknown; readonly more: unknown; readonly at: Path }> =>
  fc.tuple(documents, fc.nat(), fc.jsonValue({ maxDepth: 2 })).map(([document, pick, value]) => {
    const objects = placesOf(document).filter((path) => {
      const here = valueAt(document, path);
      return typeof here === 'object' && here !== null && !Array.isArray(here) && !open(path);
    });
    const at = objects[pick % objects.length] ?? [];
    const more = changedAt(document, at, (here) => Object.assign({}, here, { [UNKNOWN]: value }));
    return { document, more, at };
  });
