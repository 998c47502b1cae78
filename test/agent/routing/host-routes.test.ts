// Proves when routes and rules are looked at and changed, what is told of what cannot be, and that no VIP waits for it in vain.
import { describe, expect, it } from 'vitest';
import { HostRoutes } from '../../../agent/routing/host-routes.ts';
import type { LineResult } from '../../../agent/routing/ip-json.ts';
import { withRoutes } from '../../../agent/routing/ports.ts';
import type { Serving } from '../../../core/routing/wanted.ts';

const VIP = '10.2.0.200';
const OTHER = '10.2.0.201';
const ROUTE = { to: '10.77.0.0/16', via: '10.2.0.1', src: VIP };

/** A kernel in memory that keeps the lines of what is the agent's; `refuses` complains of lines that begin so. */
const host = (
  groups: Serving[],
  given: { defaultDevice?: string; subnet?: string; rules?: object[] } = {},
) => {
  const routes = new Map<string, object>();
  const rules = new Map<string, object>();
  const world = {
    defaultDevice: given.defaultDevice,
    subnet: given.subnet,
    rules: given.rules ?? [],
    refuses: new Map<string, string>(),
    breaks: undefined as string | undefined,
    batches: [] as string[][],
    told: [] as string[],
  };
  const wordsOf = (line: string): Record<string, string> => {
    const words = line.split(' ').slice(2);
    const [to = ''] = words;
    const pairs = line.startsWith('route') ? words.slice(1) : words;
    const found: Record<string, string> = line.startsWith('route') ? { dst: to } : {};
    for (let at = 0; at + 1 < pairs.length; at += 2) found[pairs[at] ?? ''] = pairs[at + 1] ?? '';
    return found;
  };
  const routeShown = ({ dst = '', via, dev, src, table, metric }: Record<string, string>): object => ({
    dst,
    ...(via === undefined ? {} : { gateway: via }),
    dev: dev ?? 'eth1',
    ...(src === undefined ? {} : { prefsrc: src }),
    table,
    metric: Number(metric),
  });
  const ruleShown = ({ from = '', to = '', table, priority }: Record<string, string>): object => {
    const [src, srclen] = from.split('/');
    const [dst, dstlen] = to.split('/');
    return {
      src,
      srclen: Number(srclen),
      dst,
      dstlen: Number(dstlen),
      table,
      priority: Number(priority),
      protocol: '213',
    };
  };
  const keyOf = (line: string): string => {
    const { dst, table, metric, from, to, priority } = wordsOf(line);
    return [dst, table, metric, from, to, priority].join();
  };
  const one = (line: string): LineResult => {
    const complaint = [...world.refuses].find(([start]) => line.startsWith(start))?.[1];
    if (complaint !== undefined) return { shown: undefined, complaint };
    const done = { shown: undefined, complaint: undefined };
    if (line.startsWith('route show table all proto')) return { ...done, shown: [...routes.values()] };
    if (line.startsWith('rule show')) return { ...done, shown: [...world.rules, ...rules.values()] };
    if (line.includes(' show ')) return { ...done, shown: [] };
    const table = line.startsWith('route') ? routes : rules;
    if (line.includes(' del ')) table.delete(keyOf(line));
    else table.set(keyOf(line), (line.startsWith('route') ? routeShown : ruleShown)(wordsOf(line)));
    return done;
  };
  const following = new HostRoutes(
    {
      groups: () => groups,
      device: 'eth1',
      log: {
        info: () => undefined,
        warn: ({ about, error, remedy }: Record<string, string>) =>
          void world.told.push(`${about}: ${error}: ${remedy}`),
      } as never,
    },
    {
      run: (lines) => {
        world.batches.push([...lines]);
        if (world.breaks !== undefined) return Promise.reject(new Error(world.breaks));
        return Promise.resolve(lines.map(one));
      },
      defaultDevice: () => world.defaultDevice,
      subnetOf: () => Promise.resolve(world.subnet),
    },
  );
  const has = (): string[] =>
    [...routes.keys(), ...rules.keys()].map((key) => key.split(',').filter(Boolean).join(' '));
  const start = async (): Promise<void> => {
    await following.start();
    following.stop();
  };
  return { following, world, has, start };
};
const group = (over: Partial<Serving> = {}): Serving => ({ name: 'mysql', vips: [VIP], ...over });

describe('a host without routes of its own', () => {
  it('is looked at once, for what an earlier run has left, and never again', async () => {
    const { following, world, start } = host([group()], { defaultDevice: 'eth1' });
    await start();
    await following.settle();
    await following.around([VIP], () => Promise.resolve());
    await start();
    expect(world.batches).toHaveLength(1);
  });
});

describe('routes of a group', () => {
  it('are not looked at again for a renewal, and go before what they follow', async () => {
    const { following, world, has, start } = host([group({ hostRoutes: [ROUTE] })], {
      defaultDevice: 'eth1',
    });
    await start();
    expect(has()).toEqual(['10.77.0.0/16 254 0']);
    const before = world.batches.length;
    await following.settle();
    expect(world.batches).toHaveLength(before);
    const seen = await following.around([VIP], () => Promise.resolve(has()));
    expect(seen).toEqual([]);
  });

  it('of which one is from a VIP that is not here wait for it; without any VIP there are none', async () => {
    const one = group({ vips: [OTHER], hostRoutes: [ROUTE, { to: '10.78.0.0/16', via: '10.2.0.1' }] });
    const { has, start } = host([one], { defaultDevice: 'eth1' });
    await start();
    expect(has()).toEqual(['10.78.0.0/16 254 0']);
    const none = host([{ ...one, vips: [] }], { defaultDevice: 'eth1' });
    await none.start();
    expect(none.has()).toEqual([]);
  });

  it('a changed one replaces the agent’s own', async () => {
    const groups = [group({ hostRoutes: [ROUTE] })];
    const { world, has, start } = host(groups, { defaultDevice: 'eth1' });
    await start();
    groups[0] = group({ hostRoutes: [{ ...ROUTE, via: '10.2.0.7' }] });
    await start();
    expect(
      world.batches
        .flat()
        .filter((line) => !line.includes('show'))
        .slice(1),
    ).toEqual([
      'route del 10.77.0.0/16 table 254 metric 0 proto 213',
      `route add 10.77.0.0/16 via 10.2.0.7 src ${VIP} table 254 metric 0 proto 213`,
    ]);
    expect(has()).toHaveLength(1);
  });

  it('that two groups want differently are those of the first', async () => {
    const second = group({ name: 'redis', vips: [OTHER], hostRoutes: [{ to: ROUTE.to, via: '10.2.0.9' }] });
    const { world, start } = host([group({ hostRoutes: [ROUTE] }), second], { defaultDevice: 'eth1' });
    await start();
    await start();
    expect(world.batches.flat().filter((line) => line.includes(' add '))).toHaveLength(1);
    expect(world.batches.flat().join()).toContain('via 10.2.0.1');
  });

  it('that cannot be set are told once with a remedy, and the others are set', async () => {
    const { world, has, start } = host(
      [group({ hostRoutes: [ROUTE], hostRules: [{ from: VIP, table: 9 }] })],
      {
        defaultDevice: 'eth1',
      },
    );
    world.refuses.set('route add', 'RTNETLINK answers: File exists');
    await start();
    await start();
    expect(has()).toEqual([`9 ${VIP}/32 0.0.0.0/0 7213`]);
    expect(world.told).toEqual([
      expect.stringContaining(`src ${VIP}: RTNETLINK answers: File exists: another hand`),
    ]);
    world.refuses.clear();
    await start();
    expect(has()).toHaveLength(2);
  });

  it('an ip that fails keeps nobody from binding or unbinding', async () => {
    const { following, world } = host([group({ hostRoutes: [ROUTE] })]);
    world.breaks = 'ip ended by timeout';
    const ports = withRoutes(
      { bind: () => Promise.resolve([VIP]), unbind: () => Promise.resolve([]) },
      following,
    );
    const profile = { name: 'mysql' } as never;
    expect(await ports.bind(profile, [VIP])).toEqual([VIP]);
    expect(await ports.unbind(profile, [VIP])).toEqual([]);
    expect(world.told).toEqual([expect.stringContaining('ip ended by timeout')]);
  });

  it('come back when the VIP could not be unbound', async () => {
    const { following, has, start } = host([group({ hostRoutes: [ROUTE] })], { defaultDevice: 'eth1' });
    await start();
    await expect(following.around([VIP], () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await start();
    expect(has()).toHaveLength(1);
  });
});

describe('the way back', () => {
  const away = { defaultDevice: 'eth0', subnet: '10.2.0.0/20' };
  const BACK = ['0.0.0.0/0 7213 0', `7213 ${VIP}/32 0.0.0.0/0 7213`];

  it('is added by itself where the default route is elsewhere, over the subnet’s gateway', async () => {
    const { following, world, has, start } = host([group()], away);
    await start();
    expect(has()).toEqual(BACK);
    expect(world.batches.flat()).toContain(
      'route add 0.0.0.0/0 via 10.2.0.1 dev eth1 table 7213 metric 0 proto 213 onlink',
    );
    expect(await following.around([VIP], () => Promise.resolve(has()))).toEqual([]);
  });

  it.each([
    ['in the kernel', { rules: [{ priority: 10_001, src: VIP, table: '10001' }] }, {}],
    ['of the group', {}, { hostRules: [{ from: '10.2.0.0/24', table: 9 }] }],
  ])('is left to a rule of others %s', async (_where, kernel, over) => {
    const { has, start } = host([group(over)], { ...away, ...kernel });
    await start();
    expect(has().filter((one) => one.includes('7213 0'))).toEqual([]);
  });

  it('stays while there is no default route for a moment, and goes when that leads out of the VIPs’ interface', async () => {
    const { world, has, start } = host([group()], away);
    await start();
    world.defaultDevice = undefined;
    await start();
    expect(has()).toEqual(BACK);
    world.defaultDevice = 'eth1';
    await start();
    expect(has()).toEqual([]);
  });

  it('without a known gateway is told, and keeps no other route waiting', async () => {
    const { world, has, start } = host([group({ hostRoutes: [ROUTE] })], { defaultDevice: 'eth0' });
    await start();
    expect(has()).toEqual(['10.77.0.0/16 254 0']);
    expect(world.told).toEqual([expect.stringContaining('no gateway of eth1 is known')]);
  });
});
