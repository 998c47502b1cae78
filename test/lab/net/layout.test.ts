// Proves the shape of the lab's network: who is attached how, and which options are refused.
import { describe, expect, it } from 'vitest';
import * as layout from '../../../lab/net/layout.ts';
import { labIdOfNamespace, macOf, namespaceName } from '../../../lab/net/names.ts';
import { lanBatch, portsBatch, switchBatch } from '../../../lab/net/switch.ts';

const options: layout.VpcNetworkOptions = {
  labId: '12ab',
  hosts: [
    { name: 'host1', address: '172.31.0.11' },
    { name: 'host2', address: '172.31.0.12' },
  ],
  clientAddress: '172.31.0.100',
  gateway: '172.31.0.1',
  apiAddress: '172.31.255.1',
  imdsAddress: '169.254.169.254',
};
const host1 = layout.endOf('12ab', 'host1', '172.31.0.11');

describe('layout', () => {
  it('gives an address to a host by its route, with the host as the next hop, or to nobody', () => {
    expect(layout.mappingLine('172.31.0.201', host1)).toBe(
      'route replace 172.31.0.201/32 via 172.31.0.11 dev v-host1 onlink',
    );
    expect(layout.mappingLine('172.31.0.201', null)).toBe('route replace blackhole 172.31.0.201/32');
  });

  it('knows the MAC of every end beforehand, so that no ARP decides anything', () => {
    expect(macOf('172.31.0.11')).toBe('02:4b:ac:1f:00:0b');
    expect(layout.attachBatch(host1)).toContain(
      'neigh replace 172.31.0.11 lladdr 02:4b:ac:1f:00:0b dev v-host1 nud permanent',
    );
    expect(layout.creationBatch('kl12ab-vpc', [host1])).toContain(
      'link add name eth0 address 02:4b:ac:1f:00:0b netns kl12ab-host1 type veth peer name v-host1 netns kl12ab-vpc',
    );
  });

  it('puts every end on the switch, where there is one, beside the VPC', () => {
    const lan = { prefix: 24, addresses: { host1: '192.168.0.11' } };
    const end = layout.endOf('12ab', 'host1', '172.31.0.11', lan);
    expect(portsBatch('kl12ab-vpc', [end, host1])).toEqual([
      'link add name lan0 address 02:4b:c0:a8:00:0b netns kl12ab-host1 type veth peer name l-host1 netns kl12ab-vpc',
    ]);
    expect(switchBatch([end])).toContain('link set dev l-host1 master switch');
    expect(lanBatch(end, lan, false)).toContain('addr add 192.168.0.11/24 dev lan0');
    expect(lanBatch(end, lan, false).join()).not.toContain('2001:db8');
    expect(lanBatch(end, lan, true).join()).toContain('addr add 2001:db8:0:2:');
    expect([switchBatch([host1]), lanBatch(host1, lan, true)]).toEqual([[], []]);
  });

  it('switches anti-spoofing on for every link of the fabric, and forwarding off in the ends', () => {
    const { on, off } = layout.fabricSwitches([host1], 'none');
    expect(on).toContain('/proc/sys/net/ipv4/conf/v-host1/rp_filter');
    expect(on).toContain('/proc/sys/net/ipv4/ip_forward');
    expect(off).toContain('/proc/sys/net/ipv4/conf/v-host1/proxy_arp');
    expect(layout.endSwitches('off').on).toContain('/proc/sys/net/ipv4/ip_nonlocal_bind');
    expect(layout.endSwitches('off').off).toContain('/proc/sys/net/ipv4/ip_forward');
  });

  it('with IPv6 gives an address of it in the same way, switches it on, and leaves nothing to neighbour discovery', () => {
    const [vip, own] = ['2001:db8:0:1::c9', '2001:db8:0:1::ac1f:b'];
    expect(layout.mappingLine(vip, host1)).toBe(`route replace ${vip}/128 via ${own} dev v-host1 onlink`);
    expect(layout.mappingLine(vip, null)).toBe(`route replace blackhole ${vip}/128`);
    const batch = layout.fabricBatch({ ...options, ipv6: true }, [host1]);
    expect(batch).toContain(`neigh replace ${own} lladdr 02:4b:ac:1f:00:0b dev v-host1 nud permanent`);
    expect(layout.endBatch(host1, options.gateway, true)).toContain(`addr add ${own}/128 dev eth0 nodad`);
    expect(layout.fabricSwitches([host1], 'on').on).toContain('/proc/sys/net/ipv6/conf/all/forwarding');
    expect(layout.endSwitches('on').off).toContain('/proc/sys/net/ipv6/conf/eth0/disable_ipv6');
    expect(layout.endSwitches('off').on).toContain('/proc/sys/net/ipv6/conf/all/disable_ipv6');
    expect(
      [...layout.fabricBatch(options, [host1]), ...layout.endBatch(host1, options.gateway)].join(),
    ).not.toContain('::');
  });

  it.each([
    ['a lab id that is not four hexadecimal digits', { labId: 'xyz' }],
    ['no hosts', { hosts: [] }],
    [
      'too many hosts',
      { hosts: Array.from({ length: 33 }, (_, at) => ({ name: `h${at}`, address: `172.31.1.${at}` })) },
    ],
    ['a host named like another end', { hosts: [{ name: 'client', address: '172.31.0.11' }] }],
    ['a name that could end an ip command', { hosts: [{ name: 'a\nlink', address: '172.31.0.11' }] }],
    ['an address that is none', { clientAddress: '172.31.0.256' }],
    ['an address that could end an ip command', { apiAddress: '1.2.3.4\nlink' }],
    ['two ends with one address', { hosts: [{ name: 'host1', address: '172.31.0.100' }] }],
  ])('refuses %s', (_what, change) => {
    expect(() => layout.checkOptions({ ...options, ...change })).toThrow(/./u);
    expect(() => layout.checkOptions(options)).not.toThrow();
  });

  it('names namespaces so that a sweep recognises them, and no others', () => {
    expect(labIdOfNamespace(namespaceName('12ab', 'host1'))).toBe('12ab');
    for (const foreign of ['klubhouse', 'kl12ab', 'kl12abc-vpc', 'kl12AB-vpc', 'akl12ab-vpc']) {
      expect(labIdOfNamespace(foreign)).toBeNull();
    }
  });
});
