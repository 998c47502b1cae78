// Proves that an address of a switch is bound where the host meets that switch, also while its link is down.
import { describe, expect, it } from 'vitest';
import { LanDevices } from '../../../agent/host/lan-devices.ts';
import type { LocalAddress } from '../../../agent/host/shown-addresses.ts';

const lo = { address: '127.0.0.1', prefix: 8, interface: 'lo' };
const eth0 = { address: '172.31.0.11', prefix: 20, interface: 'eth0' };
const eth1 = { address: '192.168.1.11', prefix: 23, interface: 'eth1' };

describe('the interface of an address', () => {
  it('is the one whose subnet it lies in, else the one of the group', () => {
    const devices = new LanDevices('eth0', () => [lo, eth0, eth1]);
    expect(
      ['192.168.0.100', '192.168.1.100', '192.168.2.100', '10.0.0.1'].map((vip) => devices.deviceOf(vip)),
    ).toEqual(['eth1', 'eth1', 'eth0', 'eth0']);
  });

  it('is by IPv6, too, the one whose subnet it lies in', () => {
    const lan = { address: '2001:db8:0:2::b', prefix: 64, interface: 'eth1' };
    const vip = { address: '2001:db8:0:3::64', prefix: 128, interface: 'eth1' };
    const devices = new LanDevices('eth0', () => [lo, eth0, { ...eth1, interface: 'eth2' }, lan, vip]);
    expect(
      ['2001:db8:0:2::64', '2001:db8:0:3::64', '192.168.0.100'].map((one) => devices.deviceOf(one)),
    ).toEqual(['eth1', 'eth0', 'eth2']);
  });

  it('is no interface that has the address itself, and nothing else of its subnet', () => {
    const own = { address: '10.0.0.1', prefix: 32, interface: 'eth1' };
    expect(new LanDevices('eth0', () => [own]).deviceOf('10.0.0.1')).toBe('eth0');
  });

  it('stays while the interface has no carrier and is not listed', () => {
    let up: LocalAddress[] = [eth0, eth1];
    const devices = new LanDevices('eth0', () => up);
    expect(devices.deviceOf('192.168.0.100')).toBe('eth1');
    up = [eth0];
    expect(devices.deviceOf('192.168.0.100')).toBe('eth1');
  });
});
