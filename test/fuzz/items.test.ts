/** Proves, with made-up items, that what is in the table is what was meant, and that what is not is found. */
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import type * as z from 'zod/mini';
import { type Attributes, marshal, unmarshal } from '../../core/wire/attributes.ts';
import { groupConfigSchema, groupStateSchema } from '../../core/wire/item.ts';
import { CorruptItem } from '../../lambdas/errors.ts';
import { configItem, parseConfig, parseState, stateItem } from '../../lambdas/store/items.ts';
import { accepted } from './arbitraries/of-schema.ts';
import { changedAt, placesOf, spoiled } from './arbitraries/spoiled.ts';
import { fuzzMsMax, runs } from './runs.ts';

/** Either the value, or that one of `expected` was thrown. Anything else that is thrown fails the property. */
const thrownOr = <T>(expected: abstract new (...args: never[]) => Error, produce: () => T): T | undefined => {
  try {
    return produce();
  } catch (thrown) {
    if (thrown instanceof expected) return undefined;
    throw thrown;
  }
};

interface Kind {
  readonly schema: z.ZodMiniType;
  readonly toItem: (value: unknown) => Attributes;
  readonly parse: (item: Attributes) => unknown;
}

const KINDS: readonly (readonly [name: string, kind: Kind])[] = [
  [
    'state',
    {
      schema: groupStateSchema,
      toItem: (value) => stateItem(groupStateSchema.parse(value)),
      parse: parseState,
    },
  ],
  [
    'configuration',
    {
      schema: groupConfigSchema,
      toItem: (value) => configItem(groupConfigSchema.parse(value)),
      parse: parseConfig,
    },
  ],
];

describe.each(KINDS)('any %s', { timeout: fuzzMsMax }, (_name, { schema, toItem, parse }) => {
  const documents = accepted(schema);
  const items = documents.map(toItem);

  it('comes back from its item as it went in, with every field that the schema has', () => {
    fc.assert(
      fc.property(documents, (document) => isDeepStrictEqual(parse(toItem(document)), document)),
      runs(200),
    );
  });

  it('that was tampered with is a CorruptItem, or an item that reads the same again; nothing else is thrown', () => {
    fc.assert(
      fc.property(items, fc.nat(), fc.anything(), (item, pick, value) => {
        const places = placesOf(item);
        const broken = changedAt(item, places[1 + (pick % (places.length - 1))] ?? [], () => value);
        const read = thrownOr(CorruptItem, () => parse(broken as Attributes));
        return read === undefined || isDeepStrictEqual(parse(toItem(read)), read);
      }),
      runs(400),
    );
  });

  it('with one value that its schema does not know is a CorruptItem', () => {
    fc.assert(
      fc.property(spoiled(documents), (document) => {
        if (typeof document !== 'object' || document === null || !('group' in document)) return true;
        const { group, ...fields } = document;
        if (typeof group !== 'string' || schema.safeParse(document).success) return true;
        const attributes = thrownOr(TypeError, () => marshal(fields));
        const item = { pk: { S: group }, sk: { S: 'state' }, ...attributes };
        return attributes === undefined || thrownOr(CorruptItem, () => parse(item)) === undefined;
      }),
      runs(200),
    );
  });
});

describe('attributes', { timeout: fuzzMsMax }, () => {
  /** What items are made of, not nested deeper than is allowed. */
  const plain = fc
    .dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 }), { noNullPrototype: true })
    // As JSON carries it: neither it nor DynamoDB knows a negative zero.
    .map((record): object => Object(JSON.parse(JSON.stringify(record))) as object);

  it('carry every JSON value there and back', () => {
    fc.assert(
      fc.property(plain, (record) => isDeepStrictEqual(unmarshal(marshal(record)), record)),
      runs(300),
    );
  });

  it('refuse what has no place in an item with a TypeError, whatever it is', () => {
    const anything = fc.object({ withBigInt: true, withDate: true, withMap: true, withTypedArray: true });
    fc.assert(
      fc.property(anything, (record) => {
        thrownOr(TypeError, () => marshal(record));
        return true;
      }),
      runs(200),
    );
  });
});
