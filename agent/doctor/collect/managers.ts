/** Looks for who configures the interface of the agent, and whether that leaves alone what it has not put there. */
import { readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { InterfaceManager, ManagerFacts } from '../facts.ts';
import { exists, filesIn, textOf } from './files.ts';

const NET_UTILS_TIMER = 'refresh-policy-routes';
const UNIT_FOLDERS = ['etc/systemd/system', 'run/systemd/system'] as const;
const NETWORK_FOLDERS = ['etc/systemd/network', 'run/systemd/network', 'usr/lib/systemd/network'] as const;
/** systemd's own reading of a boolean, and the one word that is enough. */
const KEEPS =
  /^\s*(?:KeepConfiguration\s*=\s*(?:yes|true|on|1|static)|CriticalConnection\s*=\s*(?:yes|true|on|1))\s*$/imu;

const isMasked = (path: string): boolean => {
  try {
    return readlinkSync(path) === '/dev/null';
  } catch {
    return false;
  }
};

/** Amazon Linux's timer is started by udev for each interface; whoever does not want it masks it. */
const hasNetUtils = (root: string, device: string | undefined): boolean => {
  const isInstalled = ['usr/lib', 'lib'].some((folder) =>
    exists(join(root, folder, 'systemd/system', `${NET_UTILS_TIMER}@.timer`)),
  );
  const instances = ['', device ?? ''].map((instance) => `${NET_UTILS_TIMER}@${instance}.timer`);
  return (
    isInstalled &&
    !UNIT_FOLDERS.some((folder) => instances.some((unit) => isMasked(join(root, folder, unit))))
  );
};

/** What networkd notes about a link: which file configures it. */
const networkFileOf = (root: string, index: string): string | undefined =>
  /^NETWORK_FILE=(.+)$/mu.exec(textOf(join(root, 'run/systemd/netif/links', index)) ?? '')?.[1]?.trim();

const networkd = (root: string, file: string): InterfaceManager => {
  const dropIns = NETWORK_FOLDERS.flatMap((folder) =>
    filesIn(join(root, folder, `${basename(file)}.d`)).filter((path) => path.endsWith('.conf')),
  );
  const keeps = [join(root, file), ...dropIns].some((path) => KEEPS.test(textOf(path) ?? ''));
  return { name: 'systemd-networkd', file, keeps };
};

const managerOf = (root: string, device: string): InterfaceManager | undefined => {
  const index = textOf(join(root, 'sys/class/net', device, 'ifindex'))?.trim();
  if (index === undefined || !/^\d+$/u.test(index)) return undefined;
  const file = networkFileOf(root, index);
  if (file !== undefined) return networkd(root, file);
  const noted = textOf(join(root, 'run/NetworkManager/devices', index)) ?? '';
  return /^managed=(?:true|1)\s*$/mu.test(noted) ? { name: 'NetworkManager' } : undefined;
};

/**
 * @param device the interface on which the agent binds
 * @param root where the file system begins, for tests
 */
export const lookAtManagers = (device: string | undefined, root = '/'): ManagerFacts => ({
  device,
  netUtils: hasNetUtils(root, device),
  manager: device === undefined ? undefined : managerOf(root, device),
});
