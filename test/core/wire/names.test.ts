/** Proves which names, addresses and priorities may cross a boundary. */
import { describe, expect, it } from 'vitest';
import { ipv6Schema, isInIpv6Block, placeInIpv6 } from '../../../core/wire/ipv6.ts';
import {
  addressSchema,
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

  it('of IPv6 have the one spelling of RFC 5952, and are keys beside those of IPv4', () => {
    const right = ['2001:db8::c9', '2001:db8:0:1::c9', '2001:db8::1:0:0:1', 'fd12:3456:789a:1::c9'];
    expect(taken(addressSchema, [...right, '172.31.0.201'])).toHaveLength(5);
    const spellings: [string, string][] = [
      ['2001:DB8::C9', '2001:db8::c9'],
      ['2001:0db8:0000:0000:0000:0000:0000:00c9', '2001:db8::c9'],
      ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ];
    for (const [written, canonical] of spellings) {
      expect(addressSchema.safeParse(written).success).toBe(false);
      const { error } = ipv6Schema.safeParse(written);
      expect(error?.issues[0]?.message).toContain(`write ${canonical}`);
    }
    const wrong = [
      '',
      '::g',
      '2001:db8::c9/128',
      'fe80::1%eth0',
      ' 2001:db8::1',
      '2001:db8::1\n',
      '1::2::3',
      '__proto__',
      5,
    ];
    expect(taken(addressSchema, wrong)).toEqual([]);
  });

  it('an IPv6 VIP is unicast beyond one link', () => {
    const vips = [
      '2001:db8::c9',
      'fd12:3456:789a:1::c9',
      '::1',
      '::',
      'fe80::1',
      'ff02::1',
      '::ffff:ac1f:c9',
      '172.31.0.201',
    ];
    const good = vips.filter((address) => vipSchema.safeParse({ address, fabric: 'ipv6' }).success);
    expect(good).toEqual(vips.slice(0, 2));
    expect(vipSchema.safeParse({ address: '2001:db8::c9', fabric: 'secondary-ip' }).success).toBe(false);
  });

  it('an IPv6 address lies in a block by its number', () => {
    expect(placeInIpv6('2001:db8:0:1::/64', '2001:db8:0:1::c9')).toEqual({ offset: 0xc9n, size: 1n << 64n });
    expect(isInIpv6Block('2001:db8:0:1::/64', '2001:db8:0:1:ffff:ffff:ffff:ffff')).toBe(true);
    expect(isInIpv6Block('2001:db8:0:1::/64', '2001:db8:0:2::')).toBe(false);
    expect(isInIpv6Block('2001:db8::5/127', '2001:db8::4')).toBe(true);
    expect([placeInIpv6('2001:db8::/129', '2001:db8::1'), placeInIpv6('2001:db8::', '2001:db8::1')]).toEqual([
      undefined,
      undefined,
    ]);
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
