/** Proves which names, addresses and priorities may cross a boundary. */
import { describe, expect, it } from 'vitest';
import {
  eniIdSchema,
  fabricKindSchema,
  groupNameSchema,
  ipv4Schema,
  nodeIdSchema,
  prioritySchema,
  vipSchema,
} from '../../../core/wire/names.ts';

const taken = (
  schema: { safeParse: (value: unknown) => { success: boolean } },
  values: readonly unknown[],
): unknown[] => values.filter((value) => schema.safeParse(value).success);

describe('names', () => {
  it('of groups are narrow: they become key parts, metric dimensions and hook arguments', () => {
    expect(taken(groupNameSchema, ['mysql', 'a', 'db-1', 'x'.repeat(32)])).toHaveLength(4);
    expect(
      taken(groupNameSchema, ['', '1db', '-a', 'My', 'a b', 'a;b', 'a\n', '__proto__', 'x'.repeat(33), 5]),
    ).toEqual([]);
  });

  it('of instances and ENIs are EC2’s', () => {
    expect(taken(nodeIdSchema, ['i-0123456789abcdef0', 'i-01234567'])).toHaveLength(2);
    expect(
      taken(nodeIdSchema, [
        'i-',
        'i-0123456',
        'i-XYZ45678',
        'i-0123456789abcdef0\n',
        'eni-01234567',
        'constructor',
      ]),
    ).toEqual([]);
    expect(taken(eniIdSchema, ['eni-0123456789abcdef0', 'i-01234567', 'eni-'])).toEqual([
      'eni-0123456789abcdef0',
    ]);
  });

  it('of addresses are dotted quads without leading zeros', () => {
    expect(taken(ipv4Schema, ['172.31.0.201', '0.0.0.0', '255.255.255.255'])).toHaveLength(3);
    expect(
      taken(ipv4Schema, [
        '256.1.1.1',
        '1.2.3',
        '1.2.3.4.5',
        '01.2.3.4',
        '1.2.3.4/32',
        ' 1.2.3.4',
        '1.2.3.4\n',
        '::1',
      ]),
    ).toEqual([]);
  });

  it('priorities are keepalived’s 1 to 254', () => {
    expect(taken(prioritySchema, [0, 1, 254, 255, 1.5, -1, '100'])).toEqual([1, 254]);
  });

  it('a VIP has a known fabric and nothing else', () => {
    expect(fabricKindSchema.safeParse('multicast').success).toBe(false);
    expect(vipSchema.safeParse({ address: '10.0.0.1', fabric: 'secondary-ip' }).success).toBe(true);
    expect(vipSchema.safeParse({ address: '10.0.0.1', fabric: 'secondary-ip', typo: 1 }).success).toBe(false);
  });
});
