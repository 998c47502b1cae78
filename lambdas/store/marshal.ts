/**
 * JSON-like values to DynamoDB attributes and back: maps, lists, strings, numbers, booleans and null, which is
 * all that the items hold. Fields that are undefined are dropped, as JSON does.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Attributes = Record<string, AttributeValue>;

/** Deeper than any item's schema; a cycle ends here instead of in a stack overflow. */
const DEPTH_MAX = 8;

const toAttribute = (value: unknown, depth: number): AttributeValue => {
  if (depth > DEPTH_MAX) throw new TypeError(`an item may not be nested deeper than ${DEPTH_MAX}`);
  if (value === null) return { NULL: true };
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'boolean') return { BOOL: value };
  if (typeof value === 'number' && Number.isFinite(value)) return { N: String(value) };
  if (Array.isArray(value)) return { L: value.map((entry) => toAttribute(entry, depth + 1)) };
  if (typeof value === 'object') return { M: attributesOf(value, depth + 1) };
  throw new TypeError(`a ${typeof value} has no place in an item`);
};

const attributesOf = (record: object, depth: number): Attributes => {
  const attributes: Attributes = {};
  for (const [key, value] of Object.entries(record)) {
    if (value !== undefined) attributes[key] = toAttribute(value, depth);
  }
  return attributes;
};

/** @throws TypeError for a value that is none of the above: a defect of the caller, not of the data. */
export const marshal = (record: object): Attributes => attributesOf(record, 0);

const fromAttribute = (attribute: AttributeValue): unknown => {
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
