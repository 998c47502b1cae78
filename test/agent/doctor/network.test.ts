// Proves what doctor reads of this machine's sockets, addresses and filters, and what it makes of where a VIP is.
import { mkdirSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { networkFindings } from '../../../agent/doctor/check/network.ts';
import { lookAtNetwork, parseListeners } from '../../../agent/doctor/collect/network.ts';
import type { MetadataFacts, NetworkFacts } from '../../../agent/doctor/facts.ts';
import { type AgentFile, agentFileSchema } from '../../../core/wire/config.ts';
import { scratchDirectory } from '../scratch.ts';

const VIP = '172.31.0.201';
const fileWith = (vip = VIP, checks: Record<string, unknown> = {}): AgentFile =>
  agentFileSchema.parse({
    version: 1,
    endpoint: 'https://abc123.execute-api.us-east-1.amazonaws.com',
    region: 'us-east-1',
    groups: { mysql: { vips: [{ address: vip, fabric: 'secondary-ip' }], checks } },
  });

const answers = (over: Partial<Extract<MetadataFacts, { kind: 'answers' }>> = {}): MetadataFacts => ({
  kind: 'answers',
  instanceId: 'i-0a000000000000001',
  address: '172.31.0.11',
  cidr: '172.31.0.0/24',
  localIpv4s: ['172.31.0.11'],
  ipv6s: [],
  ipv6Cidrs: ['2001:db8:0:1::/64'],
  role: 'Member',
  ...over,
});
const network = (over: Partial<NetworkFacts> = {}): NetworkFacts => ({
  addresses: [{ address: '172.31.0.11', interface: 'ens5' }],
  device: 'ens5',
  defaultDevice: 'ens5',
  rpFilter: 2,
  listeners: new Map(),
  ...over,
});
const codes = (file: AgentFile, metadata: MetadataFacts, facts: NetworkFacts): string[] =>
  networkFindings(file, metadata, facts).map(({ verdict, code }) => `${verdict} ${code}`);

describe('doctor on where a VIP is', () => {
  const here = { addresses: [{ address: VIP, interface: 'ens5' }] };
  const sentHere = answers({ localIpv4s: ['172.31.0.11', VIP] });

  it.each([
    ['neither bound nor sent here', answers(), network(), ['ok vip-absent']],
    ['bound and sent here', sentHere, network(here), ['ok vip-bound']],
    ['sent here and not bound', sentHere, network(), ['warn vip-not-bound']],
    ['bound and sent elsewhere', answers(), network(here), ['bad vip-bound-elsewhere']],
    [
      'bound on another interface',
      sentHere,
      network({ addresses: [{ address: VIP, interface: 'ens6' }] }),
      ['warn vip-other-interface'],
    ],
    ['the primary address', answers({ address: VIP }), network(here), ['bad vip-is-primary']],
    ['outside the subnet', answers({ cidr: '10.0.0.0/16' }), network(), ['bad vip-outside-subnet']],
    ['unknown without the metadata service', { kind: 'unreachable', message: 'x' } as const, network(), []],
  ])('%s', (_what, metadata, facts, told) => {
    expect(codes(fileWith(), metadata, facts)).toEqual(told);
  });

  it('of an IPv6 address, too', () => {
    const vip = '2001:db8:0:1::c9';
    const file = (address: string): AgentFile => ({
      ...fileWith(),
      groups: agentFileSchema.parse({
        version: 1,
        endpoint: 'https://abc123.execute-api.us-east-1.amazonaws.com',
        region: 'us-east-1',
        groups: { mysql: { vips: [{ address, fabric: 'ipv6' }] } },
      }).groups,
    });
    const bound = network({ addresses: [{ address: vip, interface: 'ens5' }] });
    expect(codes(file(vip), answers(), network())).toEqual(['ok vip-absent']);
    expect(codes(file(vip), answers({ ipv6s: [vip] }), bound)).toEqual(['ok vip-bound']);
    expect(codes(file(vip), answers(), bound)).toEqual(['bad vip-bound-elsewhere']);
    expect(codes(file('2001:db8:0:2::c9'), answers(), network())).toEqual(['bad vip-outside-subnet']);
  });

  it('sees what this machine has bound', () => {
    // 127.0.0.1 stands for a VIP that a host has bound although it is sent elsewhere.
    const facts = lookAtNetwork(undefined);
    expect(facts.addresses).toContainEqual({ address: '127.0.0.1', interface: 'lo' });
    expect(codes(fileWith('127.0.0.1'), answers({ cidr: undefined }), facts)).toContain(
      'bad vip-bound-elsewhere',
    );
  });
});

describe('doctor on reverse filtering', () => {
  const rootWith = (filters: Readonly<Record<string, string>>): string => {
    const root = scratchDirectory();
    for (const [device, value] of Object.entries(filters)) {
      const path = join(root, 'proc/sys/net/ipv4/conf', device, 'rp_filter');
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `${value}\n`);
    }
    return root;
  };

  it('reads the stricter of both', () => {
    expect(lookAtNetwork('ens6', rootWith({ all: '1', ens6: '0' })).rpFilter).toBe(1);
    expect(lookAtNetwork('ens6', rootWith({ all: '0', ens6: '2' })).rpFilter).toBe(2);
    expect(lookAtNetwork('ens6', rootWith({ all: '1' })).rpFilter).toBeUndefined();
  });

  it('rp-filter: strict, and answers leave elsewhere', () => {
    const away = answers();
    const strict = network({ device: 'ens6', rpFilter: 1 });
    expect(codes(fileWith(), away, strict)).toEqual(['ok vip-absent', 'warn rp-filter']);
    expect(codes(fileWith(), away, { ...strict, rpFilter: 2 })).toEqual(['ok vip-absent']);
    expect(codes(fileWith(), away, { ...strict, rpFilter: undefined })).toEqual([
      'ok vip-absent',
      'unknown rp-filter',
    ]);
  });
});

describe('doctor on who listens', () => {
  const listenOn = async (host: string): Promise<number> => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    onTestFinished(() => {
      server.close();
    });
    return (server.address() as AddressInfo).port;
  };
  const about = (port: number): string[] =>
    codes(fileWith(VIP, { db: { tcp: `127.0.0.1:${port}` } }), answers(), {
      ...network(),
      listeners: lookAtNetwork(undefined).listeners,
    });

  it('loopback-only: the check passes, and no client gets through', async () => {
    expect(about(await listenOn('127.0.0.1'))).toEqual(['ok vip-absent', 'bad loopback-only']);
  });

  it('finds it well when it listens everywhere, and leaves to the check what does not listen at all', async () => {
    expect(about(await listenOn('0.0.0.0'))).toEqual(['ok vip-absent']);
    expect(about(await listenOn('::'))).toEqual(['ok vip-absent']);
    expect(about(1)).toEqual(['ok vip-absent']);
  });

  it('reads the kernel’s tables', () => {
    const v4 = [
      '  sl  local_address rem_address   st',
      '   0: 0100007F:0CEA 00000000:0000 0A',
      '   1: C9001FAC:18EB 00000000:0000 0A',
      '   2: 0100007F:1F90 0100007F:C001 01',
    ].join('\n');
    const v6 = [
      '   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A',
      '   1: 00000000000000000000000001000000:0CEA 00000000000000000000000000000000:0000 0A',
      '   2: 0000000000000000FFFF00000100007F:1F91 00000000000000000000000000000000:0000 0A',
    ].join('\n');
    expect([...parseListeners(v4, v6)]).toEqual([
      [3306, ['127.0.0.1', '::1']],
      [6379, [VIP]],
      [80, ['*']],
      [8081, ['127.0.0.1']],
    ]);
  });
});
