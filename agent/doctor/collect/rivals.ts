/** Looks for others that may manage a VIP: a keepalived, the distribution's network configuration, the cloud's helpers. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RivalFacts } from '../facts.ts';
import { exists, filesIn, textOf } from './files.ts';

/** Where each manager keeps what it binds; folders and files. */
const PLACES: readonly (readonly [manager: string, path: string])[] = [
  ['keepalived', 'etc/keepalived'],
  ['netplan', 'etc/netplan'],
  ['netplan', 'run/netplan'],
  ['systemd-networkd', 'etc/systemd/network'],
  ['systemd-networkd', 'run/systemd/network'],
  ['NetworkManager', 'etc/NetworkManager/system-connections'],
  ['NetworkManager', 'run/NetworkManager/system-connections'],
  ['ifupdown', 'etc/network'],
  ['network-scripts', 'etc/sysconfig/network-scripts'],
  ['wicked', 'etc/sysconfig/network'],
  ['cloud-init', 'etc/cloud/cloud.cfg.d'],
];
/** Units that follow the metadata service, enabled by a link in a folder of wants. */
const FOLLOWERS = ['nm-cloud-setup.timer', 'nm-cloud-setup.service', 'cloud-netconfig.timer'] as const;
/** Made from others, which are looked at: from netplan's, and from what the metadata service lists for this host at the moment. */
const MADE = /\/(?:\d+-netplan-[^/]*|netplan-[^/]*\.nmconnection|ec2net_[^/]*\.conf)$/u;
const CLOUD_NETCONFIG = 'etc/sysconfig/network';
const WANTS = ['timers.target.wants', 'multi-user.target.wants', 'network-online.target.wants'] as const;
const UNITS = 'etc/systemd/system';

const mentions = (text: string, vip: string): boolean =>
  new RegExp(`(?<![\\d.])${RegExp.escape(vip)}(?![\\d.])`, 'u').test(
    text.replaceAll(/^\s*[#;!][^\n]*/gmu, ''),
  );

const mentionsOf = (root: string, vips: readonly string[]): RivalFacts['mentions'] =>
  PLACES.flatMap(([manager, place]) =>
    filesIn(join(root, place)).flatMap((path) => {
      if (MADE.test(path)) return [];
      const text = textOf(path) ?? '';
      return vips.filter((vip) => mentions(text, vip)).map((vip) => ({ manager, path, vip }));
    }),
  );

/** The name of a process, as /proc/PID/comm has it. */
const runs = (root: string, name: string): boolean => {
  try {
    return readdirSync(join(root, 'proc'))
      .filter((pid) => /^\d+$/u.test(pid))
      .some((pid) => textOf(join(root, 'proc', pid, 'comm'))?.trim() === name);
  } catch {
    return false;
  }
};

/** SUSE's cloud-netconfig follows the metadata service for each interface whose file says so. */
const netconfigFiles = (root: string): string[] =>
  filesIn(join(root, CLOUD_NETCONFIG)).filter((path) =>
    /^\s*CLOUD_NETCONFIG_MANAGE\s*=\s*['"]?yes['"]?\s*$/mu.test(textOf(path) ?? ''),
  );

/** @param root where the file system begins, for tests */
export const lookAtRivals = (vips: readonly string[], root = '/'): RivalFacts => ({
  keepalived: runs(root, 'keepalived'),
  mentions: mentionsOf(root, vips),
  followers: FOLLOWERS.filter((unit) => WANTS.some((wants) => exists(join(root, UNITS, wants, unit)))),
  netconfigFiles: netconfigFiles(root),
});
