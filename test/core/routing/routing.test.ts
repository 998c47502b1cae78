// Proves which routes and rules a host is to have, what is read of those that it has, and what is changed between them.
import { describe, expect, it } from 'vitest';
import { addRoute, removeRoute, removeRule, routeText } from '../../../core/routing/objects.ts';
import { changesBetween, merged, NOTHING } from '../../../core/routing/plan.ts';
import { isFromVip, routesIn, rulesIn } from '../../../core/routing/shown.ts';
import { servingIn, wantedOf } from '../../../core/routing/wanted.ts';
import { exitsIn, gatewayOf, undecided, wayBack } from '../../../core/routing/way-back.ts';
import { agentFileSchema } from '../../../core/wire/config.ts';

const VIP = '10.0.0.9';
const OTHER = '10.0.0.10';

describe('routes', () => {
  it('are unicast ones, in blocks, with their table', () => {
    const found = routesIn([
      { dst: 'default', gateway: '10.0.0.1', dev: 'eth1', table: '7213', flags: ['onlink'] },
      { dst: '10.7.7.7', dev: 'eth1', metric: 5, prefsrc: '10.0.0.9', protocol: '4' },
      { type: '6', dst: '10.8.0.0/16' },
      { dst: 'fd00::/8', dev: 'eth1' },
    ]);
    expect(found).toEqual([
      { to: '0.0.0.0/0', table: 7213, metric: 0, via: '10.0.0.1', dev: 'eth1' },
      { to: '10.7.7.7/32', table: 254, metric: 5, dev: 'eth1', src: '10.0.0.9', protocol: 4 },
    ]);
  });
});

describe('rules', () => {
  it('are those that look at addresses alone; the agent’s bear its number', () => {
    const found = rulesIn([
      { priority: 0, src: 'all', table: '255' },
      { priority: 9, src: '10.0.0.9', fwmark: '0x4', table: '7' },
      { priority: 10, not: null, src: '10.0.0.0', srclen: 24, table: '7' },
      { priority: 11, src: '10.0.0.9', action: '6' },
      { priority: 12, src: '10.0.0.0', srclen: 24, dst: '10.9.0.0', dstlen: 16, table: '7', protocol: '4' },
      { priority: 7213, src: '10.0.0.9', table: '7213', protocol: '213' },
    ]);
    expect(found).toEqual([
      { priority: 0, from: '0.0.0.0/0', to: '0.0.0.0/0', table: 255, isOwn: false },
      { priority: 12, from: '10.0.0.0/24', to: '10.9.0.0/16', table: 7, isOwn: false },
      { priority: 7213, from: '10.0.0.9/32', to: '0.0.0.0/0', table: 7213, isOwn: true },
    ]);
  });

  it.each([
    ['10.0.0.9/32', '0.0.0.0/0', true],
    ['10.0.0.0/24', '0.0.0.0/0', true],
    ['10.0.1.0/24', '0.0.0.0/0', false],
    ['0.0.0.0/0', '0.0.0.0/0', false],
    ['10.0.0.9/32', '10.8.0.0/16', false],
  ])('from %s to %s decides a VIP’s way back: %s', (from, to, decides) => {
    expect(isFromVip({ from, to, table: 7, priority: 9 }, '10.0.0.9')).toBe(decides);
  });
});

describe('what a host is to have', () => {
  const own = { to: '10.77.0.0/16', via: '10.0.0.1', src: VIP };
  const group = {
    name: 'mysql',
    hostRoutes: [own, { to: 'default', dev: 'eth1', table: 7 }],
    hostRules: [{ from: VIP, table: 7 }],
  };

  it('is all of the group while a VIP of it is here, but for routes from a VIP that is not', () => {
    expect(wantedOf({ ...group, vips: [VIP] }).routes).toHaveLength(2);
    expect(wantedOf({ ...group, vips: [OTHER] })).toMatchObject({
      routes: [{ to: '0.0.0.0/0', table: 7, metric: 0, dev: 'eth1' }],
      rules: [{ from: `${VIP}/32`, to: '0.0.0.0/0', table: 7, priority: 7213 }],
    });
    expect(wantedOf({ ...group, vips: [] })).toEqual(NOTHING);
  });

  it('is nothing of a group that only observes', () => {
    const file = agentFileSchema.parse({
      version: 1,
      endpoint: 'https://abc.execute-api.us-east-1.amazonaws.com',
      region: 'us-east-1',
      groups: {
        seen: {
          vips: [{ address: OTHER, fabric: 'secondary-ip' }],
          mode: 'observe',
          hostRules: [{ from: OTHER, table: 9 }],
        },
        own: { vips: [{ address: VIP, fabric: 'secondary-ip' }], hostRoutes: [own] },
      },
    });
    expect(servingIn(file, (name) => [name])).toEqual([{ name: 'own', vips: ['own'], hostRoutes: [own] }]);
  });

  it('is of two groups that differ what the first says', () => {
    const parts = [
      [own],
      [
        { ...own, via: '10.0.0.2' },
        { to: '10.78.0.0/16', dev: 'eth1' },
      ],
    ].map((hostRoutes) => wantedOf({ name: 'g', vips: [VIP], hostRoutes }));
    expect(merged(parts).routes.map(({ to, via }) => [to, via])).toEqual([
      ['10.77.0.0/16', '10.0.0.1'],
      ['10.78.0.0/16', undefined],
    ]);
  });
});

describe('changes', () => {
  const route = { to: '10.77.0.0/16', table: 254, metric: 0, via: '10.0.0.1' };
  const rule = { from: `${VIP}/32`, to: '0.0.0.0/0', table: 7, priority: 9 };
  const lines = (...given: Parameters<typeof changesBetween>): string[] =>
    changesBetween(...given).map(({ line }) => line);

  it('take rules away before routes, and add them behind; each bears the agent’s number', () => {
    const others = { routes: [{ ...route, to: '10.1.0.0/16' }], rules: [{ ...rule, priority: 8 }] };
    expect(lines({ routes: [route], rules: [rule] }, others)).toEqual([
      `rule del from ${VIP}/32 to 0.0.0.0/0 table 7 priority 8 protocol 213`,
      'route del 10.1.0.0/16 table 254 metric 0 proto 213',
      'route add 10.77.0.0/16 via 10.0.0.1 table 254 metric 0 proto 213',
      `rule add from ${VIP}/32 to 0.0.0.0/0 table 7 priority 9 protocol 213`,
    ]);
    for (const line of [removeRoute(route), addRoute(route)]) expect(line).toContain(' proto 213');
    expect(removeRule(rule)).toContain(' protocol 213');
  });

  it('are none where all is as it should be; an interface that nobody named may be any', () => {
    expect(
      lines({ routes: [route], rules: [rule] }, { routes: [{ ...route, dev: 'eth1' }], rules: [rule] }),
    ).toEqual([]);
    expect(
      lines(
        { routes: [{ ...route, dev: 'eth0' }], rules: [] },
        { routes: [{ ...route, dev: 'eth1' }], rules: [] },
      ),
    ).toHaveLength(2);
    for (const other of [{ via: '10.0.0.2' }, { src: VIP }]) {
      expect(
        lines({ routes: [route], rules: [] }, { routes: [{ ...route, ...other }], rules: [] }),
      ).toHaveLength(2);
    }
  });

  it('are told as `ip` would be', () => {
    expect(routeText({ ...route, to: '0.0.0.0/0', table: 7, metric: 5, src: VIP })).toBe(
      `route default via 10.0.0.1 src ${VIP} table 7 metric 5`,
    );
  });
});

describe('the way back', () => {
  const rule = { from: `${VIP}/32`, to: '0.0.0.0/0', table: 7, priority: 9 };

  it('is needed where no rule of others decides it', () => {
    expect(undecided([VIP, OTHER], [rule])).toEqual([OTHER]);
    expect(undecided([VIP, OTHER], [{ ...rule, from: '10.0.0.0/24' }])).toEqual([]);
    expect(
      undecided(
        [VIP],
        [
          { ...rule, from: '0.0.0.0/0' },
          { ...rule, to: '10.1.0.0/16' },
        ],
      ),
    ).toEqual([VIP]);
  });

  it('is a rule for each VIP, and a table with the link and the gateway; none without a VIP', () => {
    const exits = { gateway: '10.0.0.1', onLink: ['10.0.0.0/24'] };
    expect(wayBack([], 'eth1', exits)).toEqual(NOTHING);
    expect(wayBack([VIP], 'eth1', exits)).toEqual({
      routes: [
        { to: '10.0.0.0/24', table: 7213, metric: 0, dev: 'eth1' },
        { to: '0.0.0.0/0', table: 7213, metric: 0, dev: 'eth1', via: '10.0.0.1', onlink: true },
      ],
      rules: [{ from: `${VIP}/32`, to: '0.0.0.0/0', table: 7213, priority: 7213 }],
    });
  });

  it('learns the gateway from the interface’s best default route that is not the agent’s own, and the link from main', () => {
    const at = { dev: 'eth1', metric: 0, table: 254, to: '0.0.0.0/0' };
    const found = exitsIn([
      { ...at, via: '10.0.0.3', metric: 100, protocol: 4 },
      { ...at, via: '10.0.0.2', metric: 50, table: 10_001, protocol: 16 },
      { ...at, via: '10.0.0.1', table: 7213, protocol: 213 },
      { ...at, to: '10.0.0.0/24', protocol: 2 },
      { ...at, to: '10.5.0.0/24', protocol: 4 },
      { ...at, to: '10.6.0.0/24', protocol: 2, table: 9 },
    ]);
    expect(found).toEqual({ gateway: '10.0.0.2', onLink: ['10.0.0.0/24'] });
  });

  it('leads, on EC2, over the address behind the first of the subnet', () => {
    expect(['172.31.16.0/20', '10.0.0.128/25', 'x'].map(gatewayOf)).toEqual([
      '172.31.16.1',
      '10.0.0.129',
      undefined,
    ]);
  });
});
