// Proves that what `ip monitor` prints is read as it was meant, and that everything else is left out. The lines are real.
import { describe, expect, it } from 'vitest';
import { parseMonitorLine } from '../../../lab/nemesis/monitor-lines.ts';

const stamp = '[2026-11-20T13:58:10.233115]';
const epochMs = Date.parse('2026-11-20T13:58:10Z') + 233.115;

describe('a line of ip monitor', () => {
  it.each([
    [
      'an address that is added for ever',
      String.raw`${stamp} [nsid 1]2: v-host1    inet 172.31.0.201/32 scope global eth0\       valid_lft forever preferred_lft forever`,
      { kind: 'address', epochMs, nsid: 1, address: '172.31.0.201', gone: false, lifetimeS: null },
    ],
    [
      'an address that the kernel will drop',
      String.raw`${stamp} [nsid 0]2: v-host1    inet 172.31.0.230/32 scope global dynamic eth0\       valid_lft 3sec preferred_lft 3sec`,
      { kind: 'address', epochMs, nsid: 0, address: '172.31.0.230', gone: false, lifetimeS: 3 },
    ],
    [
      'an address that is gone',
      String.raw`${stamp} [nsid 1]Deleted 2: v-host1    inet 172.31.0.201/32 scope global eth0\       valid_lft forever preferred_lft forever`,
      { kind: 'address', epochMs, nsid: 1, address: '172.31.0.201', gone: true, lifetimeS: null },
    ],
    [
      'a route of the fabric',
      `${stamp} [nsid current]172.31.0.201 via 172.31.0.11 dev v-host1 onlink `,
      {
        kind: 'route',
        epochMs,
        nsid: null,
        address: '172.31.0.201',
        table: null,
        gone: false,
        link: 'v-host1',
      },
    ],
    [
      'a route into nothing',
      `${stamp} [nsid current]blackhole 172.31.0.231 `,
      { kind: 'route', epochMs, nsid: null, address: '172.31.0.231', table: null, gone: false, link: null },
    ],
    [
      'a route that is taken away',
      `${stamp} [nsid current]Deleted 172.31.0.201 via 172.31.0.11 dev v-host1 onlink `,
      {
        kind: 'route',
        epochMs,
        nsid: null,
        address: '172.31.0.201',
        table: null,
        gone: true,
        link: 'v-host1',
      },
    ],
    [
      'a route in a table of its own',
      `${stamp} [nsid current]10.99.0.1 via 172.31.1.12 dev v-host2 table 101 onlink `,
      { kind: 'route', epochMs, nsid: null, address: '10.99.0.1', table: 101, gone: false, link: 'v-host2' },
    ],
    [
      'a route into nothing in a table of its own',
      `${stamp} [nsid current]blackhole 10.99.0.1 table 100 `,
      { kind: 'route', epochMs, nsid: null, address: '10.99.0.1', table: 100, gone: false, link: null },
    ],
    [
      'an IPv6 address',
      String.raw`${stamp} [nsid 2]2: eth0    inet6 fd00::1/128 scope global \       valid_lft 3sec preferred_lft 3sec`,
      { kind: 'address', epochMs, nsid: 2, address: 'fd00::1', gone: false, lifetimeS: 3 },
    ],
    [
      'an IPv6 route of the fabric',
      `${stamp} [nsid current]fd00::5 dev v-host1 metric 1024 pref medium`,
      { kind: 'route', epochMs, nsid: null, address: 'fd00::5', table: null, gone: false, link: 'v-host1' },
    ],
    [
      'an IPv6 route into nothing',
      `${stamp} [nsid current]blackhole fd00::5 dev lo metric 1024 pref medium`,
      { kind: 'route', epochMs, nsid: null, address: 'fd00::5', table: null, gone: false, link: null },
    ],
  ])('tells of %s', (_, line, change) => {
    expect(parseMonitorLine(line)).toEqual(change);
  });

  it.each([
    `${stamp} [nsid 1]local 172.31.0.201 dev v-host1 table local proto kernel scope host src 172.31.0.201 `,
    `${stamp} [nsid 1]Deleted local 172.31.0.201 dev v-host1 table local proto kernel scope host src 172.31.0.201 `,
    `${stamp} [nsid 2]default via 172.31.0.1 dev eth0 onlink `,
    `${stamp} [nsid current]172.31.0.0/24 dev v-host1 `,
    `${stamp} [nsid 1]2: v-host1    inet 10.0.0.5/24 brd 10.0.0.255 scope global eth0`,
    `${stamp} [nsid current]local fd00::1 dev lo table local proto kernel metric 0 pref medium`,
    `${stamp} [nsid 1]2: eth0    inet6 fe80::1/64 scope link `,
    'netlink receive error No buffer space available (105)',
    '',
  ])('is left out: %s', (line) => {
    expect(parseMonitorLine(line)).toBeUndefined();
  });
});
