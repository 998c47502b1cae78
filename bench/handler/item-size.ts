/** How large DynamoDB counts an item: what is billed, and what it must stay under. */
import type { Attribute, Attributes } from '../../core/wire/attributes.ts';

/** A map or list costs this much, and each of its entries one byte more. */
const CONTAINER_BYTES = 3;
const ENTRY_BYTES = 1;

/** About one byte for two significant digits, one more, and one for a minus sign; 21 at most. */
const numberBytes = (text: string): number => {
  const digits = text
    .replace(/[eE].*$/u, '')
    .replaceAll(/[-.]/gu, '')
    .replace(/^0+/u, '')
    .replace(/0+$/u, '');
  return Math.min(21, Math.ceil(digits.length / 2) + 1 + (text.startsWith('-') ? 1 : 0));
};

const valueBytes = (value: Attribute): number => {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberBytes(value.N);
  if (value.L !== undefined) {
    return CONTAINER_BYTES + value.L.reduce((sum, entry) => sum + ENTRY_BYTES + valueBytes(entry), 0);
  }
  if (value.M !== undefined) {
    return CONTAINER_BYTES + ENTRY_BYTES * Object.keys(value.M).length + itemBytes(value.M);
  }
  // A boolean or null.
  return 1;
};

/** Bytes of an item's names and values, by the rules of the DynamoDB developer guide. */
export const itemBytes = (item: Attributes): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);

/** Write request units of putting an item of so many bytes. */
export const writeUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / 1024));
/** Read request units of a strongly consistent read of so many bytes. */
export const readUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / 4096));
