// Proves that every address `ip` shows is read with its place and lifetime, and that nothing else is taken for one.
import { describe, expect, it } from 'vitest';
import { parseShown } from '../../../agent/host/shown-addresses.ts';

const shown = `1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT\\    link/loopback 00:00:00:00:00:00
4: eth0    inet 172.31.0.201/32 scope global dynamic eth0\\       valid_lft 3sec preferred_lft 3sec
5: tun0    inet 10.0.0.1 peer 10.0.0.2/32 scope global tun0\\       valid_lft forever preferred_lft forever
6: eth1@if9    inet 172.31.0.202/24 brd 172.31.0.255 scope global eth1\\       valid_lft 86399sec preferred_lft 0sec
7: eth0    inet6 2001:db8::c9/128 scope global nodad deprecated dynamic \\       valid_lft 3sec preferred_lft 0sec
7: eth0    inet6 fe80::4cc9:b5ff:fe28:ccea/64 scope link \\       valid_lft forever preferred_lft forever
`;

describe('parseShown', () => {
  it('reads address, prefix, interface and lifetime', () => {
    expect(parseShown(shown)).toEqual([
      { address: '127.0.0.1', prefix: 8, interface: 'lo', lifetimeS: Infinity },
      { address: '172.31.0.201', prefix: 32, interface: 'eth0', lifetimeS: 3 },
      { address: '10.0.0.1', prefix: 32, interface: 'tun0', lifetimeS: Infinity },
      { address: '172.31.0.202', prefix: 24, interface: 'eth1', lifetimeS: 86_399 },
      { address: '2001:db8::c9', prefix: 128, interface: 'eth0', lifetimeS: 3 },
      { address: 'fe80::4cc9:b5ff:fe28:ccea', prefix: 64, interface: 'eth0', lifetimeS: Infinity },
    ]);
  });

  it('reads nothing from nothing', () => {
    expect(parseShown('')).toEqual([]);
  });
});
