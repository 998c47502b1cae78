/** Whether something else on this host manages a VIP as well. Pure. */
import type { RivalFacts } from '../facts.ts';
import { bad, type Finding, ok, warn } from '../finding.ts';

const KEEPALIVED = 'keepalived';

const keepalivedFindings = ({ keepalived, mentions }: RivalFacts, observed: readonly string[]): Finding[] => {
  const own = mentions.filter(({ manager }) => manager === KEEPALIVED);
  if (!keepalived) {
    return own.map(({ path, vip }) =>
      warn('keepalived-configured', `${path} names it, and keepalived does not run`, `remove it there`, vip),
    );
  }
  if (own.length === 0) {
    const fix = 'nothing, if it manages other addresses than those of Keepaloft';
    return [warn('keepalived-running', 'a keepalived runs on this host', fix)];
  }
  return own.map(({ path, vip }) => {
    if (observed.includes(vip))
      return ok('keepalived-observed', `a keepalived moves it (${path}), and its group observes`, vip);
    return bad(
      'keepalived-owns-vip',
      `a keepalived runs here and moves it as well (${path})`,
      'systemctl disable --now keepalived, on every member, before Keepaloft moves anything',
      vip,
    );
  });
};

/** cloud-init writes its files anew from what the metadata service lists, at a boot. */
const fixOf = (path: string): string => {
  const fix = 'take the address out of that file: the agent binds it where it belongs';
  return /cloud-init/u.test(path)
    ? `${fix}; and "datasource: {Ec2: {apply_full_imds_network_config: false}}" in /etc/cloud/cloud.cfg.d/`
    : fix;
};

/**
 * Everything about others that bind addresses.
 * @param observed VIPs of groups that leave them to others
 */
export const rivalFindings = (facts: RivalFacts, observed: readonly string[] = []): Finding[] => {
  const configured = facts.mentions
    .filter(({ manager }) => manager !== KEEPALIVED)
    .map(({ manager, path, vip }) =>
      bad(
        'vip-managed',
        `${manager} binds it at every boot and change (${path}), on every host that is not the holder, too`,
        fixOf(path),
        vip,
      ),
    );
  const followers = facts.followers.map((service) =>
    warn(
      'cloud-network-manager',
      `${service} adds and removes the addresses that the metadata service lists; the agent repairs that within a second`,
      `systemctl disable --now ${service}, unless something else on this host needs it`,
    ),
  );
  const netconfig = facts.netconfigFiles.map((path) =>
    warn(
      'cloud-network-manager',
      `cloud-netconfig adds and removes the addresses that the metadata service lists (${path}); the agent repairs that within a second`,
      `CLOUD_NETCONFIG_MANAGE='no' in ${path}`,
    ),
  );
  const found = [...keepalivedFindings(facts, observed), ...configured, ...followers, ...netconfig];
  return found.length > 0 ? found : [ok('no-rival', 'nothing else on this host manages the VIPs')];
};
