/** Proves, with made-up requests and answers, what the wire promises whatever is sent. */
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import type * as z from 'zod/mini';
import { heartbeatRequestSchema, heartbeatResponseSchema } from '../../core/wire/heartbeat.ts';
import { accepted } from './arbitraries/of-schema.ts';
import { extended, placesOf, spoiled, valueAt } from './arbitraries/spoiled.ts';
import { fuzzMsMax, runs } from './runs.ts';

/** The longest text that any field takes, `reason`s and messages of answers apart. */
const TEXT_CHARS_MAX = 200;

const isRecord = (names: readonly string[]) => (path: readonly (string | number)[]) =>
  names.includes(String(path.at(-1)));

const SIDES: readonly (readonly [name: string, schema: z.ZodMiniType, records: readonly string[]])[] = [
  ['request', heartbeatRequestSchema, ['vips', 'peers']],
  ['response', heartbeatResponseSchema, ['groups']],
];

describe.each(SIDES)('any %s', { timeout: fuzzMsMax }, (_name, schema, records) => {
  const documents = accepted(schema);

  it('means the same after a journey as JSON', () => {
    fc.assert(
      fc.property(documents, (document) =>
        isDeepStrictEqual(schema.parse(JSON.parse(JSON.stringify(document))), document),
      ),
      runs(150),
    );
  });

  it('means the same with a field of a later version, wherever that stands', () => {
    fc.assert(
      fc.property(extended(documents, isRecord(records)), ({ document, more }) =>
        isDeepStrictEqual(schema.parse(more), document),
      ),
      runs(200),
    );
  });

  it('with one thing wrong is refused, or read as something that reads the same again; nothing is thrown', () => {
    fc.assert(
      fc.property(spoiled(documents), (document) => {
        const first = schema.safeParse(document);
        if (!first.success) return first.error.issues.length > 0;
        const again = schema.safeParse(first.data);
        return again.success && isDeepStrictEqual(again.data, first.data);
      }),
      runs(400),
    );
  });
});

describe('what a request may hold', { timeout: fuzzMsMax }, () => {
  it('no text is longer than what one line of a log can bear, whatever was sent', () => {
    fc.assert(
      fc.property(spoiled(accepted(heartbeatRequestSchema)), (document) => {
        const parsed = heartbeatRequestSchema.safeParse(document);
        return (
          !parsed.success ||
          placesOf(parsed.data)
            .map((path) => valueAt(parsed.data, path))
            .every((value) => typeof value !== 'string' || value.length <= TEXT_CHARS_MAX)
        );
      }),
      runs(200),
    );
  });

  it('every number is exact: no JSON of another program can round it', () => {
    fc.assert(
      fc.property(spoiled(accepted(heartbeatRequestSchema)), (document) => {
        const parsed = heartbeatRequestSchema.safeParse(document);
        return (
          !parsed.success ||
          placesOf(parsed.data)
            .map((path) => valueAt(parsed.data, path))
            .every((value) => typeof value !== 'number' || Number.isSafeInteger(value))
        );
      }),
      runs(200),
    );
  });
});
