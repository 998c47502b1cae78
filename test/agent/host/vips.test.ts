// Proves that each group's VIPs are bound in the way its fencing asks for, and what counts as bound there.
import { describe, expect, it } from 'vitest';
import type { AddressDeps } from '../../../agent/host/addresses.ts';
import type { NftResult } from '../../../agent/host/nft-command.ts';
import type { LocalAddress } from '../../../agent/host/shown-addresses.ts';
import { Vips, type VipsDeps } from '../../../agent/host/vips.ts';
import type { GroupProfile } from '../../../core/holder/types.ts';
import type { KernelExpiry } from '../../../core/lease.ts';
import { after, type BootMs, bootMs, durationMs } from '../../../core/time.ts';

const VIP = '172.31.0.201';
const profileOf = (kernelExpiry?: KernelExpiry): GroupProfile => ({
  name: 'mysql',
  vips: [VIP],
  configHash: '',
  heartbeatMs: durationMs(1000),
  leaseMs: durationMs(5000),
  preemptDelayMs: durationMs(0),
  kernelExpiry,
});
const FENCED = profileOf();
const LEASED = profileOf('address');
const GUARDED = profileOf('nft');

/** A kernel in memory: what it has, with lifetimes as `ip` shows them, and the commands it was given. */
const host = (given: { address?: string; lifetime?: string; nft?: string } = {}) => {
  const has = new Map<string, string>();
  if (given.address !== undefined) has.set(given.address, given.lifetime ?? 'forever');
  const ip: string[] = [];
  const nft: string[] = [];
  const world = { now: 10_000, nftFails: false, ipFails: false, warnings: [] as string[] };
  const now = (): BootMs => bootMs(world.now);
  const show = (): string =>
    [...has]
      .map(([vip, life]) => `4: eth0    inet ${vip}/32 scope global eth0\\  valid_lft ${life}`)
      .join('\n');
  const apply = (line: string): string => {
    const [, verb = '', target = '', , , , life] = line.split(' ');
    const [vip = ''] = target.split('/');
    if (line.startsWith('link ')) return '1: lo: <UP>';
    if (verb === 'show') return show();
    if (world.ipFails) return '';
    if (verb === 'del') has.delete(vip);
    else has.set(vip, life === undefined ? 'forever' : `${life}sec`);
    return '';
  };
  const run: AddressDeps['run'] = (lines) => {
    ip.push(...lines.filter((line) => !line.includes('show')));
    return Promise.resolve({ stdout: lines.map(apply).join('\n'), ok: true, complaint: '' });
  };
  const locate = (): LocalAddress[] =>
    [...has.keys()].map((address) => ({ address, prefix: 32, interface: 'eth0' }));
  const runNft: VipsDeps['nft']['run'] = (lines) => {
    nft.push(...lines);
    const failed: NftResult = { ok: false, stdout: '', complaint: 'Error: busy' };
    if (world.nftFails) return Promise.resolve(failed);
    if (!lines[0]?.startsWith('list')) return Promise.resolve({ ok: true, stdout: '', complaint: '' });
    const listing = given.nft;
    return Promise.resolve(listing === undefined ? failed : { ok: true, stdout: listing, complaint: '' });
  };
  const deps: VipsDeps = { addresses: { run, locate, now }, nft: { run: runNft, now } };
  const open = (...profiles: GroupProfile[]): Promise<Vips> => {
    const quiet = (): void => undefined;
    const warn = (_: object, message: string): void => void world.warnings.push(message);
    const log = { debug: quiet, info: quiet, error: quiet, warn };
    return Vips.open({ profiles, device: 'eth0', log }, deps);
  };
  return { has, ip, nft, world, now, open };
};
const listing = (alive = ''): string =>
  `table inet keepaloft {\n\tset guarded {\n\t\telements = { ${VIP} }\n\t}\n\tset alive {\n\t\t${alive}\n\t}\n}`;

describe('a fenced group', () => {
  it('is bound for ever, and starts without nft', async () => {
    const { has, ip, open } = host();
    const vips = await open(FENCED);
    expect(await vips.bind(FENCED, [VIP])).toEqual([VIP]);
    expect(ip).toEqual([`addr replace ${VIP}/32 dev eth0`]);
    expect(vips.bound(FENCED)).toEqual([VIP]);
    expect(await vips.unbind(FENCED, [VIP])).toEqual([]);
    expect(has.size).toBe(0);
  });
});

describe('a group with address lifetimes', () => {
  it('is bound with one, and a foreign hand is warned of once', async () => {
    const { has, open, world, now } = host();
    const vips = await open(LEASED);
    await vips.bind(LEASED, [VIP], after(now(), 4650));
    expect(has.get(VIP)).toBe('3sec');
    for (let times = 0; times < 2; times += 1) {
      has.set(VIP, 'forever');
      await vips.bind(LEASED, [VIP], after(now(), 4650));
      expect(has.get(VIP)).toBe('3sec');
    }
    expect(world.warnings).toHaveLength(1);
  });

  it('tells how long leftovers may live, and that one without a lifetime has no end', async () => {
    const finite = await host({ address: VIP, lifetime: '2sec' }).open(LEASED);
    expect(await finite.leftovers(LEASED)).toEqual({ bound: [VIP], expiresInMs: 3500 });
    const endless = await host({ address: VIP }).open(LEASED);
    expect(await endless.leftovers(LEASED)).toEqual({ bound: [VIP] });
  });

  it('does not inherit the guard of an earlier configuration, which would silence it', async () => {
    const { nft, open } = host({ address: VIP, nft: listing() });
    const vips = await open(LEASED);
    expect(nft).toContain('delete table inet keepaloft');
    expect(vips.bound(LEASED)).toEqual([VIP]);
  });
});

describe('a guarded group', () => {
  const lines = (nft: string[], from: number): string[] =>
    nft.slice(from).filter((line) => line.includes(' element '));

  it('is bound for ever behind a guard that ends; renewing needs no ip', async () => {
    const { has, ip, nft, open, now } = host();
    const vips = await open(GUARDED);
    await vips.bind(GUARDED, [VIP], after(now(), 4650));
    expect(has.get(VIP)).toBe('forever');
    expect(ip).toHaveLength(1);
    const before = nft.length;
    await vips.bind(GUARDED, [VIP], after(now(), 4650));
    expect(ip).toHaveLength(1);
    expect(lines(nft, before).at(-1)).toContain(`alive { ${VIP} timeout 4480ms }`);
  });

  it('binds again what somebody removed', async () => {
    const { has, open, now } = host();
    const vips = await open(GUARDED);
    await vips.bind(GUARDED, [VIP], after(now(), 4650));
    has.clear();
    expect(await vips.bind(GUARDED, [VIP], after(now(), 4650))).toEqual([VIP]);
    expect(has.has(VIP)).toBe(true);
  });

  it('counts as given up once its time is over, and the address is then spent', async () => {
    const { open, world, now } = host();
    const vips = await open(GUARDED);
    await vips.bind(GUARDED, [VIP], after(now(), 4650));
    expect([vips.bound(GUARDED), vips.spent(GUARDED)]).toEqual([[VIP], []]);
    world.now += 4650;
    expect([vips.bound(GUARDED), vips.spent(GUARDED)]).toEqual([[], [VIP]]);
  });

  it('is silenced before the address goes, and the guard goes last', async () => {
    const { has, nft, open, now } = host();
    const vips = await open(GUARDED);
    await vips.bind(GUARDED, [VIP], after(now(), 4650));
    const before = nft.length;
    expect(await vips.unbind(GUARDED, [VIP])).toEqual([]);
    expect(has.size).toBe(0);
    expect(lines(nft, before)).toContain(`delete element inet keepaloft alive { ${VIP} }`);
    expect(nft.at(-1)).toBe('delete table inet keepaloft');
  });

  it('lets go also when one of ip and nft fails, and says which', async () => {
    const { has, open, world, now } = host();
    const vips = await open(GUARDED);
    await vips.bind(GUARDED, [VIP], after(now(), 4650));
    world.nftFails = true;
    expect(await vips.unbind(GUARDED, [VIP])).toEqual([]);
    expect(has.size).toBe(0);
    expect(world.warnings).toHaveLength(2);
    world.nftFails = false;
    await vips.bind(GUARDED, [VIP], after(now(), 4650));
    world.ipFails = true;
    await expect(vips.unbind(GUARDED, [VIP])).rejects.toMatchObject({ code: 'unbind-failed' });
    // It is still there and serves nobody.
    expect([vips.bound(GUARDED), vips.spent(GUARDED)]).toEqual([[], [VIP]]);
  });

  it('inherits the time that an earlier run has left; what has none left is no leftover', async () => {
    const alive = `elements = { ${VIP} timeout 3s expires 1s200ms }`;
    const living = await host({ address: VIP, nft: listing(alive) }).open(GUARDED);
    expect(await living.leftovers(GUARDED)).toEqual({ bound: [VIP], expiresInMs: 1220 });
    const dead = await host({ address: VIP, nft: listing() }).open(GUARDED);
    expect(await dead.leftovers(GUARDED)).toEqual({ bound: [] });
    expect(dead.spent(GUARDED)).toEqual([VIP]);
  });

  it('takes an address that nothing guards for one that has no end', async () => {
    const vips = await host({ address: VIP }).open(GUARDED);
    expect(await vips.leftovers(GUARDED)).toEqual({ bound: [VIP] });
  });
});
