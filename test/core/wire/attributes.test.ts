/** Proves that what an item is made of becomes DynamoDB's own types and comes back, and that nothing else gets in. */
import { describe, expect, it } from 'vitest';
import { type Attributes, marshal, unmarshal } from '../../../core/wire/attributes.ts';

/** `{a: {a: …}}` with so many maps inside the outermost. */
const nested = (depth: number): object => {
  let value: object = {};
  for (let level = 0; level < depth; level += 1) value = { a: value };
  return value;
};

/** The type of the innermost value. */
const kindOf = (value: unknown): string =>
  typeof value === 'object' && value !== null ? kindOf(Object.values(value)[0]) : typeof value;

describe('attributes: there', () => {
  it.each([
    ['a text', 'x', { S: 'x' }],
    ['an empty text', '', { S: '' }],
    ['a number', 2.5, { N: '2.5' }],
    ['zero', 0, { N: '0' }],
    ['no', false, { BOOL: false }],
    ['yes', true, { BOOL: true }],
    ['nothing', null, { NULL: true }],
    ['a list', ['x', 1, [true]], { L: [{ S: 'x' }, { N: '1' }, { L: [{ BOOL: true }] }] }],
    ['a map', { b: { c: null } }, { M: { b: { M: { c: { NULL: true } } } } }],
  ])('%s, and back', (_what, value, attribute) => {
    expect(marshal({ a: value })).toEqual({ a: attribute });
    expect(unmarshal({ a: attribute })).toEqual({ a: value });
  });

  it('a field that is undefined is left out, as in JSON', () => {
    expect(marshal({ a: undefined, b: { c: undefined } })).toEqual({ b: { M: {} } });
  });

  it('a field may be called anything', () => {
    const record = JSON.parse('{"__proto__": {"constructor": 1}}') as object;
    expect(Object.keys(marshal(record))).toEqual(['__proto__']);
    expect(unmarshal(marshal(record))).toEqual(record);
  });
});

describe('attributes: what has no place in an item', () => {
  it.each([
    ['a function', { f: () => 1 }],
    ['a symbol', { s: Symbol('s') }],
    ['a big integer', { n: 1n }],
    ['NaN', { n: Number.NaN }],
    ['Infinity', { n: [Number.POSITIVE_INFINITY] }],
    ['undefined in a list', { l: [undefined] }],
  ])('%s', (_what, record) => {
    expect(() => marshal(record)).toThrow(new TypeError(`a ${kindOf(record)} has no place in an item`));
  });

  it('nesting deeper than any item, of maps and of lists', () => {
    expect(unmarshal(marshal(nested(8)))).toEqual(nested(8));
    expect(() => marshal(nested(10))).toThrow('nested deeper than 8');
    expect(() => marshal({ a: [[[[[[[[[1]]]]]]]]] })).toThrow('nested deeper than 8');
    const endless: Record<string, unknown> = {};
    endless['self'] = endless;
    expect(() => marshal(endless)).toThrow(TypeError);
  });

  it.each([
    ['a set', { a: { SS: ['x'] } }],
    ['bytes', { a: { B: new Uint8Array() } }],
    ['nothing at all', { a: {} }],
  ])('%s in a row', (_what, row) => {
    expect(() => unmarshal(row as Attributes)).toThrow('sets and binary values');
  });
});
