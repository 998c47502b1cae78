// Proves, on file systems laid out as distributions do it, that whatever else manages a VIP is found and named.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rivalFindings } from '../../../agent/doctor/check/rivals.ts';
import { lookAtRivals } from '../../../agent/doctor/collect/rivals.ts';
import { scratchDirectory } from '../scratch.ts';

const VIP = '172.31.0.201';

/** A root with these files in it. */
const rootWith = (files: Readonly<Record<string, string>>): string => {
  const root = scratchDirectory();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
};
const codes = (files: Readonly<Record<string, string>>, observed: readonly string[] = []): string[] =>
  rivalFindings(lookAtRivals([VIP], rootWith(files)), observed).map(
    ({ verdict, code }) => `${verdict} ${code}`,
  );

const conf = `vrrp_instance VI_1 {\n  virtual_ipaddress {\n    ${VIP}/24 dev eth0\n  }\n}\n`;
const keepalived = { 'proc/812/comm': 'keepalived\n', 'proc/1/comm': 'systemd\n' };

describe('doctor on who else manages a VIP', () => {
  it('finds nobody on a host of its own', () => {
    expect(codes({ 'proc/1/comm': 'systemd\n', 'etc/netplan/50-cloud-init.yaml': 'network: {}\n' })).toEqual([
      'ok no-rival',
    ]);
  });

  it('keepalived-owns-vip: it runs and its configuration names the VIP', () => {
    expect(codes({ ...keepalived, 'etc/keepalived/conf.d/db.conf': conf })).toEqual([
      'bad keepalived-owns-vip',
    ]);
  });

  it('keepalived-observed: as it should be while the group observes', () => {
    expect(codes({ ...keepalived, 'etc/keepalived/conf.d/db.conf': conf }, [VIP])).toEqual([
      'ok keepalived-observed',
    ]);
  });

  it('keepalived-running: for other addresses; keepalived-configured: it does not run', () => {
    expect(codes(keepalived)).toEqual(['warn keepalived-running']);
    expect(codes({ 'etc/keepalived/keepalived.conf': conf })).toEqual(['warn keepalived-configured']);
  });

  it.each([
    [
      'netplan',
      'etc/netplan/60-vip.yaml',
      `network:\n  ethernets:\n    ens5:\n      addresses: [${VIP}/32]\n`,
    ],
    ['systemd-networkd', 'etc/systemd/network/vip.network', `[Network]\nAddress=${VIP}/32\n`],
    ['NetworkManager', 'etc/NetworkManager/system-connections/eth0.nmconnection', `address2=${VIP}/24\n`],
    ['ifupdown', 'etc/network/interfaces.d/vip', `iface ens5:0 inet static\n  address ${VIP}\n`],
    ['network-scripts', 'etc/sysconfig/network-scripts/ifcfg-eth0:1', `IPADDR=${VIP}\n`],
  ])('vip-managed: by %s', (manager, path, text) => {
    const root = rootWith({ [path]: text });
    expect(rivalFindings(lookAtRivals([VIP], root))).toMatchObject([
      {
        verdict: 'bad',
        code: 'vip-managed',
        about: VIP,
        message: expect.stringContaining(manager) as string,
      },
    ]);
  });

  it('takes neither a comment nor a longer address for the VIP', () => {
    expect(codes({ 'etc/netplan/1.yaml': `# ${VIP}\naddresses: [1${VIP}, ${VIP}0, ${VIP}.1]\n` })).toEqual([
      'ok no-rival',
    ]);
  });

  it('takes no file for a static address that is made from what the metadata service lists at the moment', () => {
    const alias = `[Address]\nAddress=${VIP}/32\nAddPrefixRoute=false\n`;
    expect(
      codes({
        'run/systemd/network/70-ens5.network.d/ec2net_alias.conf': alias,
        'run/systemd/network/70-ens5.network.d/ec2net_policy_4.conf': `[RoutingPolicyRule]\nFrom=${VIP}\n`,
      }),
    ).toEqual(['ok no-rival']);
  });

  it('names netplan once, not what netplan has made of it, and cloud-init where that writes it', () => {
    const root = rootWith({
      'etc/netplan/50-cloud-init.yaml': `addresses: [${VIP}/20]\n`,
      'run/systemd/network/10-netplan-ens5.network': `[Network]\nAddress=${VIP}/20\n`,
    });
    expect(rivalFindings(lookAtRivals([VIP], root))).toMatchObject([
      { code: 'vip-managed', fix: expect.stringContaining('apply_full_imds_network_config') as string },
    ]);
  });

  it("cloud-network-manager: SUSE's, by the file of an interface", () => {
    const file = 'etc/sysconfig/network/ifcfg-eth0';
    expect(codes({ [file]: "BOOTPROTO='dhcp'\nCLOUD_NETCONFIG_MANAGE='yes'\n" })).toEqual([
      'warn cloud-network-manager',
    ]);
    expect(codes({ [file]: "CLOUD_NETCONFIG_MANAGE='no'\n" })).toEqual(['ok no-rival']);
  });

  it.each(['nm-cloud-setup.timer', 'cloud-netconfig.timer'])('cloud-network-manager: %s', (unit) => {
    expect(codes({ [`etc/systemd/system/timers.target.wants/${unit}`]: '' })).toEqual([
      'warn cloud-network-manager',
    ]);
  });
});
