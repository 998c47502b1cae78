// Proves, on file systems laid out as distributions do it, that who configures the agent's interface is found, and what it does to VIPs.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { managerFindings } from '../../../agent/doctor/check/managers.ts';
import { lookAtManagers } from '../../../agent/doctor/collect/managers.ts';
import { scratchDirectory } from '../scratch.ts';

const INDEX = { 'sys/class/net/ens5/ifindex': '2\n' };
const NETWORKD = {
  ...INDEX,
  'run/systemd/netif/links/2':
    '# This is private data. Do not parse.\nADMIN_STATE=configured\nNETWORK_FILE=/run/systemd/network/70-ens5.network\n',
  'run/systemd/network/70-ens5.network': '[Match]\nName=ens5\n[Network]\nDHCP=yes\n',
};
const TIMER = { 'usr/lib/systemd/system/refresh-policy-routes@.timer': '[Timer]\nOnUnitInactiveSec=60\n' };

const rootWith = (files: Readonly<Record<string, string>>): string => {
  const root = scratchDirectory();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
};
const findings = (files: Readonly<Record<string, string>>, hasLeases = false) =>
  managerFindings(lookAtManagers('ens5', rootWith(files)), hasLeases);
const codes = (...given: Parameters<typeof findings>): string[] =>
  findings(...given).map(({ verdict, code }) => `${verdict} ${code}`);

describe('doctor on who configures the interface', () => {
  it('says nothing where nobody does', () => {
    expect(codes({})).toEqual([]);
    expect(codes(INDEX)).toEqual([]);
    expect(managerFindings(lookAtManagers(undefined, rootWith(NETWORKD)), false)).toEqual([]);
  });

  it('networkd-drops-vips: with the drop-in that ends it', () => {
    expect(findings(NETWORKD)).toMatchObject([
      {
        verdict: 'warn',
        code: 'networkd-drops-vips',
        fix: expect.stringContaining('/etc/systemd/network/70-ens5.network.d/keepaloft.conf') as string,
      },
    ]);
  });

  it("networkd-drops-vips: in netplan's words where netplan writes the file", () => {
    const link = 'NETWORK_FILE=/run/systemd/network/10-netplan-ens5.network\n';
    expect(findings({ ...NETWORKD, 'run/systemd/netif/links/2': link })).toMatchObject([
      { code: 'networkd-drops-vips', fix: expect.stringContaining('critical: true') as string },
    ]);
  });

  it.each([
    ['etc/systemd/network/70-ens5.network.d/keepaloft.conf', '[Network]\nKeepConfiguration=static\n'],
    ['run/systemd/network/70-ens5.network.d/ha.conf', '[Network]\nKeepConfiguration = yes\n'],
    ['run/systemd/network/70-ens5.network', '[DHCP]\nCriticalConnection=true\n'],
  ])('is content where networkd keeps foreign addresses, by %s', (path, text) => {
    expect(codes({ ...NETWORKD, [path]: text })).toEqual(['ok interface-manager']);
  });

  it.each(['KeepConfiguration=no', '#KeepConfiguration=static', 'KeepConfiguration=dhcp'])(
    'is not, where it says %s',
    (line) => {
      const path = 'etc/systemd/network/70-ens5.network.d/own.conf';
      expect(codes({ ...NETWORKD, [path]: `[Network]\n${line}\n` })).toEqual(['warn networkd-drops-vips']);
    },
  );

  it('knows NetworkManager, which has no such switch', () => {
    const noted = { 'run/NetworkManager/devices/2': '[device]\nmanaged=true\nnm-owned=false\n' };
    expect(codes({ ...INDEX, ...noted })).toEqual(['ok interface-manager']);
    expect(codes({ ...INDEX, 'run/NetworkManager/devices/2': '[device]\nmanaged=false\n' })).toEqual([]);
  });

  it('net-utils-rebinds: only where the lease is the fence, and not once it is masked', () => {
    expect(codes(TIMER)).toEqual([]);
    expect(findings(TIMER, true)).toMatchObject([
      {
        verdict: 'bad',
        code: 'net-utils-rebinds',
        fix: 'systemctl mask --now refresh-policy-routes@ens5.timer',
      },
    ]);
    const root = rootWith({ ...TIMER, 'etc/systemd/system/other.service': '' });
    symlinkSync('/dev/null', join(root, 'etc/systemd/system/refresh-policy-routes@ens5.timer'));
    expect(managerFindings(lookAtManagers('ens5', root), true)).toEqual([]);
  });
});
