/** Values as AWS's protocols write them: the same operation takes JSON, CBOR and the flat parameters of a Query. */
import * as z from 'zod/mini';

const DEPTH_MAX = 12;
const PARAMETERS_MAX = 2000;
/** Under these names a Query counts the items of a list, or the entries of a map. */
const LISTS = new Set(['member', 'entry']);
const MS_PER_S = 1000;
const EPOCH_TAG = 1;

/** A request that is none: what is wrong with it. */
export class MalformedInput extends Error {
  override readonly name = 'MalformedInput';
}

type Tree = Map<string, Tree | string>;

const put = (tree: Tree, path: readonly string[], value: string): void => {
  const [name = '', ...rest] = path;
  if (rest.length === 0) {
    tree.set(name, value);
    return;
  }
  const inner = tree.get(name);
  const branch: Tree = inner instanceof Map ? inner : new Map();
  tree.set(name, branch);
  put(branch, rest, value);
};

const folded = (tree: Tree): unknown => {
  const [only] = tree.size === 1 ? [...tree] : [];
  if (only !== undefined && LISTS.has(only[0]) && only[1] instanceof Map) {
    return [...only[1]]
      .toSorted(([one], [other]) => Number(one) - Number(other))
      .map(([, item]) => (item instanceof Map ? folded(item) : item));
  }
  return Object.fromEntries(
    [...tree].map(([name, value]) => [name, value instanceof Map ? folded(value) : value]),
  );
};

/** The structure that `Name.member.1.Inner=…` means; every value is a text. @throws MalformedInput */
export const queryInput = (encoded: string): Record<string, unknown> => {
  const tree: Tree = new Map();
  let count = 0;
  for (const [name, value] of new URLSearchParams(encoded)) {
    const path = name.split('.');
    count += 1;
    if (count > PARAMETERS_MAX || path.length > DEPTH_MAX) throw new MalformedInput('too many parameters');
    put(tree, path, value);
  }
  return folded(tree) as Record<string, unknown>;
};

const taggedSchema = z.object({ tag: z.union([z.number(), z.bigint()]), value: z.number() });

/** What CBOR carries, with its times as dates. */
export const withDates = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withDates);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const tagged = taggedSchema.safeParse(value);
  if (tagged.success && Number(tagged.data.tag) === EPOCH_TAG)
    return new Date(Math.round(tagged.data.value * MS_PER_S));
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withDates(inner)]));
};

/** The same value with each date replaced. */
export const replaceDates = (value: unknown, replace: (date: Date) => unknown): unknown => {
  if (value instanceof Date) return replace(value);
  if (Array.isArray(value)) return value.map((item) => replaceDates(item, replace));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([name, inner]) => [name, replaceDates(inner, replace)]),
  );
};

/** Times, numbers and flags in whichever form a protocol has them. */
export const timeSchema = z.union([
  z.date(),
  z.pipe(
    z.number(),
    z.transform((seconds) => new Date(seconds * MS_PER_S)),
  ),
  z.pipe(
    z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text)), 'not a time')),
    z.transform((text) => new Date(text)),
  ),
]);
export const numberSchema = z.union([
  z.number(),
  z.pipe(z.string().check(z.regex(/^-?\d+(\.\d+)?$/)), z.transform(Number)),
]);
export const flagSchema = z.union([
  z.boolean(),
  z.pipe(
    z.enum(['true', 'false']),
    z.transform((text) => text === 'true'),
  ),
]);
