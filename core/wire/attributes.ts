/**
 * JSON-like values to DynamoDB attributes and back: maps, lists, strings, numbers, booleans and null, which is
 * all that the items hold. Fields that are undefined are dropped, as JSON does.
 */

/** One attribute value as it travels: exactly one of the fields is there. Sets and binaries have no place here. */
export interface Attribute {
  S?: string | undefined;
  N?: string | undefined;
  BOOL?: boolean | undefined;
  NULL?: boolean | undefined;
  L?: Attribute[] | undefined;
  M?: Record<string, Attribute> | undefined;
}
export type Attributes = Record<string, Attribute>;

/** Deeper than any item's schema; a cycle ends here instead of in a stack overflow. */
const DEPTH_MAX = 8;

const toAttribute = (value: unknown, depth: number): Attribute => {
  if (depth > DEPTH_MAX) throw new TypeError(`an item may not be nested deeper than ${DEPTH_MAX}`);
  if (value === null) return { NULL: true };
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'boolean') return { BOOL: value };
  if (typeof value === 'number' && Number.isFinite(value)) return { N: String(value) };
  if (Array.isArray(value)) return { L: value.map((entry) => toAttribute(entry, depth + 1)) };
  if (typeof value === 'object') return { M: attributesOf(value, depth + 1) };
  throw new TypeError(`a ${typeof value} has no place in an item`);
};

// Not by assigning keys: one that is called `__proto__` would set the prototype instead.
const attributesOf = (record: object, depth: number): Attributes =>
  Object.fromEntries(
    Object.entries(record)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, toAttribute(value, depth)]),
  );

/** @throws TypeError for a value that is none of the above: a defect of the caller, not of the data. */
export const marshal = (record: object): Attributes => attributesOf(record, 0);

const fromAttribute = (attribute: Attribute): unknown => {
  if (attribute.S !== undefined) return attribute.S;
  if (attribute.N !== undefined) return Number(attribute.N);
  if (attribute.BOOL !== undefined) return attribute.BOOL;
  if (attribute.NULL !== undefined) return null;
  if (attribute.L !== undefined) return attribute.L.map(fromAttribute);
  if (attribute.M !== undefined) return unmarshal(attribute.M);
  throw new TypeError('sets and binary values have no place in an item');
};

/** The plain value; what it means is for a schema to say. @throws TypeError for sets and binaries. */
export const unmarshal = (attributes: Attributes): Record<string, unknown> =>
  Object.fromEntries(Object.entries(attributes).map(([key, attribute]) => [key, fromAttribute(attribute)]));
