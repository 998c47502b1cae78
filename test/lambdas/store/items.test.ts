// Proves that an item in the table is the state itself, and small enough to cost one unit to read and to write.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { initialState } from '../../../core/election/initial.ts';
import { step } from '../../../core/election/step.ts';
import { epochMs } from '../../../core/time.ts';
import { type Attribute, type Attributes, marshal } from '../../../core/wire/attributes.ts';
import type { GroupState } from '../../../core/wire/item.ts';
import { CorruptItem } from '../../../lambdas/errors.ts';
import { configItem, parseConfig, parseState, stateItem } from '../../../lambdas/store/items.ts';
import { config, nodeA, nodeB, nodeC, reportOf } from '../fixtures.ts';
import { anyState } from './states.ts';

const CONTAINER_BYTES = 3;
const bytes = (text: string): number => Buffer.byteLength(text);

/** Numbers: one byte for two significant digits, and one more. */
const numberBytes = (digits: string): number =>
  Math.ceil(
    digits
      .replace(/^-/, '')
      .replace('.', '')
      .replace(/^0+|0+$/g, '').length / 2,
  ) + 1;

/** DynamoDB's published rules for the size of a value; each element of a list or map costs one byte more. */
const valueBytes = (value: Attribute): number => {
  if (value.S !== undefined) return bytes(value.S);
  if (value.N !== undefined) return numberBytes(value.N);
  if (value.L !== undefined) {
    return value.L.reduce((sum, entry) => sum + 1 + valueBytes(entry), CONTAINER_BYTES);
  }
  if (value.M !== undefined) return CONTAINER_BYTES + mapBytes(value.M, 1);
  return 1;
};
const mapBytes = (map: Attributes, perEntry: number): number =>
  Object.entries(map).reduce((sum, [name, value]) => sum + perEntry + bytes(name) + valueBytes(value), 0);
const itemBytes = (item: Attributes): number => mapBytes(item, 0);

const start = epochMs(1_763_123_456_789);

/** A group after an hour of service, as `step` itself leaves it: three members, one transfer. */
const servedForAnHour = (): GroupState => {
  let state = initialState(config, start);
  let now = start;
  const beat = (node: typeof nodeA, seq: number): void => {
    const ctx = { now, config, mayMove: true };
    const fields = { epochSeen: state.epoch, vips: { '172.31.0.201': { bound: false, inFabric: false } } };
    const outcome = step(state, reportOf(node, seq, fields), ctx);
    state = outcome.state;
    const order = outcome.effects.find((effect) => effect.kind === 'move');
    if (order?.kind !== 'move') return;
    const results = order.vips.map(({ address }) => ({ address, ok: true }));
    state = step(state, { kind: 'moved', epoch: order.epoch, moveId: order.moveId, results }, ctx).state;
  };
  for (let second = 0; second < 3600; second += 1) {
    for (const node of [nodeA, nodeB, nodeC]) {
      now = epochMs(now + 333);
      beat(node, second);
    }
  }
  return { ...state, nonce: 'abcdefghijkl' };
};

describe('items', () => {
  it('a state survives the table unchanged, whatever it holds', () => {
    fc.assert(
      fc.property(anyState, (state) => {
        expect(parseState(stateItem(state))).toEqual(state);
      }),
    );
  });

  it('a configuration survives the table unchanged', () => {
    expect(parseConfig(configItem(config))).toEqual(config);
  });

  it('a group of three after an hour of service is below 1,024 bytes', () => {
    const state = servedForAnHour();
    expect(state.phase).toBe('held');
    expect(Object.keys(state.members)).toHaveLength(3);
    expect(itemBytes(stateItem(state))).toBeLessThan(1024);
  });

  it('undefined fields are dropped and every attribute is a native one', () => {
    const item = marshal({ a: undefined, b: null, c: [1, 'x', true], d: { e: 2.5 } });
    expect(item).toEqual({
      b: { NULL: true },
      c: { L: [{ N: '1' }, { S: 'x' }, { BOOL: true }] },
      d: { M: { e: { N: '2.5' } } },
    });
  });

  it('values that have no place in an item are refused: functions, NaN, endless nesting', () => {
    const endless: Record<string, unknown> = {};
    endless['self'] = endless;
    for (const bad of [{ f: () => 1 }, { n: Number.NaN }, endless])
      expect(() => marshal(bad)).toThrow(TypeError);
  });

  it('a row that does not parse is an error that names its key, never a default', () => {
    const item = stateItem(initialState(config, start));
    const broken = { ...item, phase: { S: 'asleep' } };
    expect(() => parseState(broken)).toThrow(CorruptItem);
    expect(() => parseState(broken)).toThrow('pk="mysql" sk="state"');
    expect(() => parseState({ ...item, rev: {} })).toThrow(CorruptItem);
  });
});
