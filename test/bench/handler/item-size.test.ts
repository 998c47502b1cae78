/** Proves that an item's size is counted as DynamoDB bills it. */
import { describe, expect, it } from 'vitest';
import { itemBytes, readUnits, writeUnits } from '../../../bench/handler/item-size.ts';

describe('itemBytes', () => {
  it('counts names and strings in UTF-8', () => {
    expect(itemBytes({ pk: { S: 'mysql' } })).toBe(2 + 5);
    expect(itemBytes({ ü: { S: 'ß' } })).toBe(2 + 2);
  });

  it('counts two digits of a number as one byte, plus one, without zeros at either end', () => {
    expect(itemBytes({ n: { N: '7' } })).toBe(1 + 2);
    expect(itemBytes({ n: { N: '1763000000123' } })).toBe(1 + 8);
    expect(itemBytes({ n: { N: '3000' } })).toBe(1 + 2);
    expect(itemBytes({ n: { N: '-12' } })).toBe(1 + 3);
    expect(itemBytes({ n: { N: '0' } })).toBe(1 + 1);
  });

  it('counts booleans and null as one byte', () => {
    expect(itemBytes({ a: { BOOL: false }, b: { NULL: true } })).toBe(4);
  });

  it('counts three bytes for a map or list, and one for each entry', () => {
    expect(itemBytes({ m: { M: {} } })).toBe(1 + 3);
    expect(itemBytes({ m: { M: { ab: { S: 'c' } } } })).toBe(1 + 3 + 1 + 2 + 1);
    expect(itemBytes({ l: { L: [{ S: 'abc' }, { BOOL: true }] } })).toBe(1 + 3 + (1 + 3) + (1 + 1));
  });
});

describe('request units', () => {
  it('rounds up to whole kilobytes for writes and to four for reads', () => {
    expect([writeUnits(1), writeUnits(1024), writeUnits(1025)]).toEqual([1, 1, 2]);
    expect([readUnits(1), readUnits(4096), readUnits(4097)]).toEqual([1, 1, 2]);
  });
});
