// Proves what doctor makes of the way by which VIPs answer, and of the routes that are to follow them.
import { describe, expect, it } from 'vitest';
import { networkFindings } from '../../../agent/doctor/check/network.ts';
import { lookAtRouting } from '../../../agent/doctor/collect/routing.ts';
import type { NetworkFacts } from '../../../agent/doctor/facts.ts';
import type { RunIpJson } from '../../../agent/routing/ip-json.ts';
import { agentFileSchema } from '../../../core/wire/config.ts';

const VIP = '172.31.0.201';
const fileWith = (group: object = {}) =>
  agentFileSchema.parse({
    version: 1,
    endpoint: 'https://abc123.execute-api.us-east-1.amazonaws.com',
    region: 'us-east-1',
    groups: { mysql: { vips: [{ address: VIP, fabric: 'secondary-ip' }], ...group } },
  });
const network = (over: Partial<NetworkFacts> = {}): NetworkFacts => ({
  addresses: [{ address: VIP, interface: 'ens6' }],
  device: 'ens6',
  defaultDevice: 'ens5',
  rpFilter: 1,
  listeners: new Map(),
  ...over,
});
const kernel =
  (rules: object[]): RunIpJson =>
  (lines) =>
    Promise.resolve(
      lines.map((line) => ({ shown: line === 'rule show' ? rules : [], complaint: undefined })),
    );
const told = async (facts: NetworkFacts, group: object, run: RunIpJson): Promise<string[]> => {
  const file = fileWith(group);
  const routing = await lookAtRouting(file, facts, run);
  const unreachable = { kind: 'unreachable', message: 'x' } as const;
  return networkFindings(file, unreachable, { ...facts, routing }).map(({ verdict, code, about = '' }) =>
    `${verdict} ${code} ${about}`.trim(),
  );
};
const rule = { priority: 7213, src: VIP, table: '7213', protocol: '213' };

describe('doctor on the way back', () => {
  it('no-from-rule: bound on another interface, and answers leave by the default route', async () => {
    expect(await told(network(), {}, kernel([]))).toEqual(['warn rp-filter', `bad no-from-rule ${VIP}`]);
  });

  it('finds it well with a rule of anybody’s, also with strict filtering', async () => {
    for (const one of [rule, { ...rule, protocol: '4' }]) {
      expect(await told(network(), {}, kernel([one]))).toEqual([`ok from-rule ${VIP}`]);
    }
  });

  it('has nothing to say where the default route leads out of the same interface, or no VIP is bound', async () => {
    expect(await told(network({ defaultDevice: 'ens6' }), {}, kernel([]))).toEqual([]);
    expect(await told(network({ addresses: [] }), {}, kernel([]))).toEqual([]);
  });
});

describe('doctor on host routes', () => {
  const group = {
    hostRoutes: [{ to: '10.0.0.0/8', via: '172.31.0.1' }],
    hostRules: [{ from: VIP, table: 7 }],
  };

  it('host-route-missing: each that is not there while its VIP is', async () => {
    const facts = network({ defaultDevice: 'ens6' });
    expect(await told(facts, group, kernel([]))).toEqual([
      'warn host-route-missing route 10.0.0.0/8 via 172.31.0.1',
      `warn host-route-missing rule from ${VIP}/32 table 7 priority 7213`,
    ]);
    expect(await told({ ...facts, addresses: [] }, group, kernel([]))).toEqual([]);
  });

  it('routing-unreadable', async () => {
    const failing: RunIpJson = () => Promise.reject(new Error('ip ended by timeout'));
    expect(await told(network({ defaultDevice: 'ens6' }), group, failing)).toEqual([
      'unknown routing-unreadable',
    ]);
  });
});
