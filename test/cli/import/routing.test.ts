// Proves what becomes of virtual_routes and virtual_rules: written where the schema takes them, else left to a human with the reason.
import { describe, expect, it } from 'vitest';
import { groupsIn, imported, instance, lineOf } from './world.ts';

const VIP = '10.0.0.9';
const block = (keyword: string, ...lines: string[]): string => `${keyword} {\n${lines.join('\n')}\n}`;
const groupOf = (keyword: string, ...lines: string[]) => {
  const result = imported(instance(block(keyword, ...lines), 'VI_1', VIP));
  return { group: groupsIn(result)['vi-1'], told: (line: string) => lineOf(result, line) };
};

describe('virtual_routes', () => {
  it.each([
    ['10.1.0.0/16 via 10.0.0.1 dev eth1', { to: '10.1.0.0/16', via: '10.0.0.1', dev: 'eth1' }],
    [`src ${VIP} to 10.1.0.0/16 gw 10.0.0.1`, { src: VIP, to: '10.1.0.0/16', via: '10.0.0.1' }],
    ['0.0.0.0/0 gw 10.0.0.1 table 100', { to: '0.0.0.0/0', via: '10.0.0.1', table: 100 }],
    ['default via 10.0.0.1 table main metric 7', { to: 'default', via: '10.0.0.1', metric: 7 }],
    ['default via 10.0.0.1 dev eth1 onlink', { to: 'default', via: '10.0.0.1', dev: 'eth1', onlink: true }],
    ['10.1.0.0/16 dev eth1 scope link', { to: '10.1.0.0/16', dev: 'eth1' }],
  ])('%s', (line, route) => {
    const { group, told } = groupOf('virtual_routes', line);
    expect(group?.hostRoutes).toEqual([route]);
    expect(told(line)).toMatchObject({
      verdict: 'mapped',
      notes: [expect.stringContaining('hostRoutes') as unknown],
    });
  });

  it.each([
    ['10.1.0.0/16 via 10.0.0.1 or 10.0.0.2', 'over one gateway'],
    ['blackhole 10.1.0.0/16', '`blackhole` has no counterpart'],
    ['default via 10.0.0.1 onlink', 'onlink needs via and dev'],
    ['2001:db8::/32 via 2001:db8::1', 'IPv4 routes and rules only'],
    ['src 10.0.0.8 10.1.0.0/16 via 10.0.0.1', 'src must be a VIP of the group'],
    ['10.1.0.0/16', 'a route needs via, dev or both'],
    ['10.1.2.3/16 via 10.0.0.1', 'without bits behind its prefix'],
    ['10.1.0.0/16 via 10.0.0.1 table nat', 'number'],
    ['to', 'default, an address, or a block'],
  ])('%s needs a human', (line, why) => {
    const { group, told } = groupOf('virtual_routes', line);
    expect(group).not.toHaveProperty('hostRoutes');
    expect(told(line).verdict).toBe('human');
    expect(told(line).notes.join()).toContain(why);
  });

  it('two to the same are one, and the second needs a human', () => {
    const second = '10.1.0.0/16 via 10.0.0.2';
    const { group, told } = groupOf('virtual_routes', '10.1.0.0/16 via 10.0.0.1', second);
    expect(group?.hostRoutes).toHaveLength(1);
    expect(told(second).notes.join()).toContain('the first is written');
  });

  it('more than a group may have need a human', () => {
    const lines = Array.from({ length: 17 }, (_, index) => `10.${index}.0.0/16 via 10.0.0.1`);
    const { group, told } = groupOf('virtual_routes', ...lines);
    expect(group?.hostRoutes).toHaveLength(16);
    expect(told(lines[16] ?? '').notes.join()).toContain('at most 16');
  });
});

describe('virtual_rules', () => {
  it.each([
    [`from ${VIP}/32 table 1 priority 100`, { from: `${VIP}/32`, table: 1, priority: 100 }],
    ['to 10.1.0.0/16 lookup 7', { to: '10.1.0.0/16', table: 7 }],
    [`from ${VIP} to all lookup 7 pref 9`, { from: VIP, table: 7, priority: 9 }],
  ])('%s', (line, rule) => {
    const { group, told } = groupOf('virtual_rules', line);
    expect(group?.hostRules).toEqual([rule]);
    expect(told(line).verdict).toBe('mapped');
  });

  it.each([
    ['to all lookup 250 priority 32770', '32765'],
    ['from 10.0.0.0/16 fwmark 4 table 7', '`fwmark` has no counterpart'],
    ['to all lookup 7', 'a rule needs from, to or both'],
    [`from ${VIP} blackhole`, '`blackhole` has no counterpart'],
  ])('%s needs a human', (line, why) => {
    const { group, told } = groupOf('virtual_rules', line);
    expect(group).not.toHaveProperty('hostRules');
    expect(told(line).verdict).toBe('human');
    expect(told(line).notes.join()).toContain(why);
  });
});

describe('a sync group', () => {
  it('has the routes of all its instances', () => {
    const sync = 'vrrp_sync_group G1 {\ngroup {\nVI_1\nVI_2\n}\n}\n';
    const one = instance(block('virtual_routes', '10.1.0.0/16 via 10.0.0.1'), 'VI_1', VIP);
    const other = instance(block('virtual_rules', 'from 10.0.1.9 table 7'), 'VI_2', '10.0.1.9');
    expect(groupsIn(imported(`${sync}${one}${other}`))['g1']).toMatchObject({
      hostRoutes: [{ to: '10.1.0.0/16', via: '10.0.0.1' }],
      hostRules: [{ from: '10.0.1.9', table: 7 }],
    });
  });
});
