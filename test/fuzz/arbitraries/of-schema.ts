/** Any value that a schema accepts, read off the schema itself: a field that joins it later is tried without a change here. */
import * as fc from 'fast-check';
import * as z from 'zod/mini';

type Schema = z.core.$ZodType;

interface Bounds {
  readonly least: number | undefined;
  readonly most: number | undefined;
  readonly pattern: RegExp | undefined;
}

/** The bounds that a schema's checks set. A check of another kind (a refinement) is left to {@link accepted}. */
const boundsOf = (checks: readonly z.core.$ZodCheck[] = []): Bounds => {
  let [least, most]: (number | undefined)[] = [];
  let pattern: RegExp | undefined;
  for (const check of checks) {
    const { def } = (check as z.core.$ZodChecks)._zod;
    if (def.check === 'greater_than') least = Number(def.value) + (def.inclusive ? 0 : 1);
    if (def.check === 'less_than') most = Number(def.value) - (def.inclusive ? 0 : 1);
    if (def.check === 'min_length') least = def.minimum;
    if (def.check === 'max_length') most = def.maximum;
    if (def.check === 'string_format') pattern = def.pattern;
  }
  return { least, most, pattern };
};

const text = ({ least, most, pattern }: Bounds): fc.Arbitrary<string> =>
  pattern === undefined
    ? fc.string({
        unit: 'grapheme',
        minLength: least ?? 0,
        // A grapheme may take several characters, and characters are what the schemas count.
        ...(most === undefined ? {} : { maxLength: Math.floor(most / 8) }),
      })
    : fc.stringMatching(pattern);

const whole = ({ least, most }: Bounds): fc.Arbitrary<number> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(least ?? 0, most ?? Number.MAX_SAFE_INTEGER) },
    { weight: 2, arbitrary: fc.integer({ min: least ?? 0, max: Math.min(most ?? 100, 100) }) },
    { weight: 2, arbitrary: fc.maxSafeNat().map((number) => between(number, least, most)) },
  );

const between = (number: number, least = 0, most = Number.MAX_SAFE_INTEGER): number =>
  least + (number % (most - least + 1 || Number.MAX_SAFE_INTEGER));

const fields = (shape: Readonly<Record<string, Schema>>): fc.Arbitrary<unknown> => {
  const optional = (schema: Schema): boolean => (schema as z.core.$ZodTypes)._zod.def.type === 'optional';
  return fc.record(
    Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, unchecked(schema)])),
    {
      requiredKeys: Object.keys(shape).filter((key) => shape[key] !== undefined && !optional(shape[key])),
    },
  );
};

/** Elements of a list or a record when its schema sets no bound. */
const ELEMENTS = 4;

const unchecked = (schema: Schema): fc.Arbitrary<unknown> => {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'object':
      return fields(def.shape);
    case 'optional':
      return unchecked(def.innerType);
    case 'nullable':
      return fc.option(unchecked(def.innerType));
    case 'array': {
      const { least, most } = boundsOf(def.checks);
      return fc.array(unchecked(def.element), {
        minLength: least ?? 0,
        maxLength: Math.min(most ?? ELEMENTS, Math.max(ELEMENTS, least ?? 0)),
      });
    }
    case 'record':
      return fc.dictionary(unchecked(def.keyType) as fc.Arbitrary<string>, unchecked(def.valueType), {
        maxKeys: ELEMENTS,
      });
    case 'union':
      return fc.oneof(...def.options.map(unchecked));
    case 'string':
      return text(boundsOf(def.checks));
    case 'number':
      return whole(boundsOf(def.checks));
    case 'boolean':
      return fc.boolean();
    case 'enum':
      return fc.constantFrom(...Object.values(def.entries));
    case 'literal':
      return fc.constantFrom(...def.values);
    default:
      throw new TypeError(`no values are made up for a schema of type ${def.type}`);
  }
};

/**
 * Values that `schema` accepts, as JSON carries them.
 * @throws TypeError for a schema that is more than objects, lists, records, unions, texts, whole numbers and flags
 */
export const accepted = (schema: Schema): fc.Arbitrary<unknown> =>
  unchecked(schema)
    .map((value): unknown => JSON.parse(JSON.stringify(value)))
    .filter((value) => z.safeParse(schema, value).success);
