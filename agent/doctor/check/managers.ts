/** What the interface's manager means for the VIPs on it. Pure. */
import type { InterfaceManager, ManagerFacts } from '../facts.ts';
import { bad, type Finding, ok, warn } from '../finding.ts';

const dropInOf = (file: string): string => `/etc/systemd/network/${file.split('/').at(-1)}.d/keepaloft.conf`;

const fixOf = (file: string): string =>
  /-netplan-/u.test(file)
    ? 'netplan: `critical: true` for that interface, then `netplan apply`'
    : `write "[Network]" and "KeepConfiguration=static" to ${dropInOf(file)}, then \`networkctl reload\``;

const managerFinding = (manager: InterfaceManager, device: string): Finding => {
  if (manager.name === 'NetworkManager')
    return ok(
      'interface-manager',
      `NetworkManager has ${device}: what it reactivates loses the VIP, and the agent binds it again within a second`,
    );
  if (manager.keeps)
    return ok('interface-manager', `systemd-networkd has ${device}, and leaves foreign addresses alone`);
  return warn(
    'networkd-drops-vips',
    `systemd-networkd has ${device} (${manager.file}) and takes the VIP away whenever it restarts or reconfigures it; the agent binds it again within a second`,
    fixOf(manager.file),
    device,
  );
};

/** @param hasLeases a group's lease is its fence: what is bound there without a lifetime is a danger */
export const managerFindings = (
  { device = 'the interface', netUtils, manager }: ManagerFacts,
  hasLeases: boolean,
): Finding[] => {
  const timer = netUtils && hasLeases;
  return [
    ...(timer
      ? [
          bad(
            'net-utils-rebinds',
            'amazon-ec2-net-utils binds what the metadata service lists, without a lifetime; a group here has its lease for a fence',
            `systemctl mask --now refresh-policy-routes@${device}.timer`,
            device,
          ),
        ]
      : []),
    ...(manager === undefined ? [] : [managerFinding(manager, device)]),
  ];
};
