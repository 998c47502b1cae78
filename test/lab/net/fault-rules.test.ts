// Proves which packets each network fault drops, and that healing leaves no table behind.
import { describe, expect, it } from 'vitest';
import { checkPercent, type Fault, type FaultScene, rulesetOf } from '../../../lab/net/fault-rules.ts';
import { endOf } from '../../../lab/net/layout.ts';

const scene: FaultScene = {
  hosts: [1, 2, 3].map((number) => endOf('12ab', `host${number}`, `172.31.0.1${number}`)),
  client: endOf('12ab', 'client', '172.31.0.100'),
  apiAddress: '172.31.255.1',
  imdsAddress: '169.254.169.254',
};

/** The dropping rules, without counters and comments. */
const drops = (...faults: Fault[]): string[] =>
  rulesetOf(scene, faults)
    .split('\n')
    .filter((line) => line.includes(' drop '))
    .map((line) => line.trim().replace(/ counter drop comment ".*"$/u, ''));

describe('network faults as rules', () => {
  it('cut a host off from everything but its metadata service', () => {
    expect(drops({ id: 'f1', kind: 'cut-host', host: 'host1', imds: false })).toEqual([
      'iifname "v-host1"',
      'oifname "v-host1"',
      'iifname "v-host1" ip daddr != 169.254.169.254',
      'oifname "v-host1" ip saddr != 169.254.169.254',
    ]);
    expect(drops({ id: 'f1', kind: 'cut-host', host: 'host1', imds: true })).not.toContainEqual(
      expect.stringContaining('169.254'),
    );
  });

  it('cut one host off from its peers, or all from each other, both ways and once', () => {
    expect(drops({ id: 'f1', kind: 'cut-peers', host: 'host2' })).toEqual([
      'iifname "v-host2" oifname "v-host1"',
      'iifname "v-host1" oifname "v-host2"',
      'iifname "v-host2" oifname "v-host3"',
      'iifname "v-host3" oifname "v-host2"',
    ]);
    const all = drops({ id: 'f1', kind: 'cut-peers', host: 'all' });
    expect(all).toHaveLength(6);
    expect(new Set(all).size).toBe(6);
  });

  it("cut a host off from the arbiter's address alone", () => {
    expect(drops({ id: 'f1', kind: 'cut-arbiter', host: 'host3' })).toEqual([
      'iifname "v-host3" ip daddr 172.31.255.1',
      'oifname "v-host3" ip saddr 172.31.255.1',
    ]);
    expect(drops({ id: 'f1', kind: 'cut-arbiter', host: 'all' })).toHaveLength(6);
  });

  it('cut a host off from the arbiter one way only', () => {
    expect(drops({ id: 'f1', kind: 'cut-arbiter', host: 'host3', way: 'to' })).toEqual([
      'iifname "v-host3" ip daddr 172.31.255.1',
    ]);
    expect(drops({ id: 'f1', kind: 'cut-arbiter', host: 'all', way: 'from' })).toEqual([
      'oifname "v-host1" ip saddr 172.31.255.1',
      'oifname "v-host2" ip saddr 172.31.255.1',
      'oifname "v-host3" ip saddr 172.31.255.1',
    ]);
  });

  it('lose a share of the packets between two ends', () => {
    expect(drops({ id: 'f1', kind: 'loss', between: ['client', 'host1'], percent: 12.5 })).toEqual([
      'iifname "v-client" oifname "v-host1" numgen random mod 10000 < 1250',
      'iifname "v-host1" oifname "v-client" numgen random mod 10000 < 1250',
    ]);
    expect(drops({ id: 'f1', kind: 'loss', between: ['arbiter', 'host1'], percent: 20 })).toEqual([
      'iifname "v-host1" ip daddr 172.31.255.1 numgen random mod 10000 < 2000',
      'oifname "v-host1" ip saddr 172.31.255.1 numgen random mod 10000 < 2000',
    ]);
  });

  it('replace the whole table at once, and remove it when no fault is left', () => {
    const forget = 'add table inet keepaloft\ndelete table inet keepaloft\n';
    expect(rulesetOf(scene, [])).toBe(forget);
    const both = rulesetOf(scene, [
      { id: 'f1', kind: 'cut-arbiter', host: 'host1' },
      { id: 'f2', kind: 'cut-peers', host: 'host2' },
    ]);
    expect(both.startsWith(forget)).toBe(true);
    expect(both).toContain('jump f1-input');
    expect(both).toContain('jump f2-forward');
    expect(both).not.toContain('jump f2-input');
  });

  it('refuse unknown ends, an end with itself, and senseless percentages', () => {
    expect(() => drops({ id: 'f1', kind: 'cut-host', host: 'host9', imds: false })).toThrow(/no 'host9'/u);
    expect(() => drops({ id: 'f1', kind: 'loss', between: ['host1', 'host1'], percent: 5 })).toThrow(
      /itself/u,
    );
    for (const percent of [0, -1, 101, Number.NaN]) {
      expect(() => checkPercent(percent)).toThrow(/no sense/u);
    }
    expect(() => checkPercent(100)).not.toThrow();
  });
});

describe('network faults on a switch', () => {
  const lan = {
    prefix: 24,
    addresses: { host1: '192.168.0.11', host2: '192.168.0.12', client: '192.168.0.250' },
  };
  const onSwitch: FaultScene = {
    ...scene,
    hosts: [1, 2].map((number) => endOf('12ab', `host${number}`, `172.31.0.1${number}`, lan)),
    client: endOf('12ab', 'client', '172.31.0.100', lan),
  };
  const bridged = (fault: Fault): string[] =>
    (rulesetOf(onSwitch, [fault]).split('table bridge keepaloft {')[1] ?? '')
      .split('\n')
      .filter((line) => line.includes(' drop '))
      .map((line) => line.trim().replace(/ counter drop comment ".*"$/u, ''));

  it('cut a host off there, too, and hosts from each other', () => {
    expect(bridged({ id: 'f1', kind: 'cut-host', host: 'host1', imds: false })).toEqual([
      'iifname "l-host1"',
      'oifname "l-host1"',
    ]);
    expect(bridged({ id: 'f1', kind: 'cut-peers', host: 'host2' })).toEqual([
      'iifname "l-host2" oifname "l-host1"',
      'iifname "l-host1" oifname "l-host2"',
    ]);
  });

  it('leave it alone where only the arbiter is cut off, and take its table away when all is healed', () => {
    const forgets = 'add table bridge keepaloft\ndelete table bridge keepaloft\n';
    expect(rulesetOf(onSwitch, [{ id: 'f1', kind: 'cut-arbiter', host: 'host1' }])).toMatch(
      new RegExp(`${forgets}$`, 'u'),
    );
    expect(rulesetOf(onSwitch, [])).toMatch(new RegExp(`${forgets}$`, 'u'));
    expect(rulesetOf(scene, [])).not.toContain('bridge');
  });
});
