/** Proves that hosts with scripts of their own stand beside the groups: after them, with VIPs that no group has. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ipv6Of, LAN_IPV6_CIDR } from '../../../lab/net/names.ts';
import { orderSchema, planOf } from '../../../lab/supervisor/plan.ts';
import { scratchDirectory } from '../../agent/scratch.ts';

const plan = (order: object) => planOf(orderSchema.parse(order));

describe('the plan of a lab', () => {
  it('has no scripted hosts unless they are asked for', () => {
    const { hosts, vips, served } = plan({ hosts: 3 });
    expect(hosts.map(({ isScripted }) => isScripted)).toEqual([false, false, false]);
    expect(served).toEqual(vips);
  });

  it('puts scripted hosts after the members; the service answers on their addresses too', () => {
    const { hosts, vips, served, file } = plan({ hosts: 2, scripted: { hosts: 4, vips: ['172.31.0.202'] } });
    expect(hosts.map(({ name, isScripted }) => [name, isScripted])).toEqual([
      ['host1', false],
      ['host2', false],
      ['host3', true],
      ['host4', true],
      ['host5', true],
      ['host6', true],
    ]);
    expect(new Set(hosts.map(({ instanceId }) => instanceId)).size).toBe(6);
    expect(vips).toEqual(['172.31.0.201']);
    expect(served).toEqual(['172.31.0.201', '172.31.0.202']);
    expect(Object.values(file.groups).flatMap(({ members }) => members)).toHaveLength(2);
  });

  it('gives interfaces the room that is asked for, and EC2 its own bound without', () => {
    expect(plan({ addressesPerInterface: 30 }).addressesPerInterface).toBe(30);
    expect(plan({})).not.toHaveProperty('addressesPerInterface');
  });

  it('of groups whose members nobody names is refused with what to do', () => {
    const config = join(scratchDirectory(), 'keepaloft.yaml');
    const group = `{ vips: [{ address: 172.31.0.201, fabric: secondary-ip }], members: { tag: { role: db } } }`;
    writeFileSync(config, `version: 1\ngroups: { mysql: ${group} }\n`);
    expect(() => plan({ config })).toThrow('no member is named');
  });

  it.each(['172.31.0.11', '172.31.0.13', '172.31.0.100', '172.32.0.5'])('refuses %s as such a VIP', (vip) => {
    expect(() => plan({ hosts: 2, scripted: { hosts: 2, vips: [vip] } })).toThrow(vip);
  });

  it('has a switch where a VIP is announced there, and takes only a free address of it for one', () => {
    const withVip = (address: string) => {
      const config = join(scratchDirectory(), 'keepaloft.yaml');
      const group = `{ vips: [{ address: ${address}, fabric: l2 }], members: [{ instance: i-00000001 }], exclusive: true }`;
      writeFileSync(config, `version: 1\ngroups: { edge: ${group} }\n`);
      return () => plan({ config });
    };
    expect(withVip('192.168.0.100')()).toMatchObject({ hasSwitch: true, served: ['192.168.0.100'] });
    expect(plan({ hosts: 2 }).hasSwitch).toBe(false);
    for (const taken of ['192.168.0.11', '192.168.0.250', '192.168.1.100', '172.31.0.201'])
      expect(withVip(taken)).toThrow("cannot be one of the lab's switch");
    expect(withVip('2001:db8:0:2::64')()).toMatchObject({ hasSwitch: true, hasIpv6: true });
    expect(withVip('192.168.0.100')().hasIpv6).toBe(false);
    for (const taken of [ipv6Of('192.168.0.11', LAN_IPV6_CIDR), '2001:db8:0:1::64'])
      expect(withVip(taken)).toThrow("is no free address of the lab's switch");
  });
});
