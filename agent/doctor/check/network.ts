/** Whether the VIPs can be where the configuration says, and whether they are where the fabric says. Pure. */
import { staysInSubnet } from '../../../core/traits.ts';
import type { AgentFile } from '../../../core/wire/config.ts';
import { isInIpv6Block, isIpv6 } from '../../../core/wire/ipv6.ts';
import type { MetadataFacts, NetworkFacts } from '../facts.ts';
import { bad, type Finding, ok, unknown, warn } from '../finding.ts';
import { routingFindings } from './routing.ts';

const STRICT = 1;

const numberOf = (address: string): number =>
  address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);

const isWithin = (cidr: string, address: string): boolean => {
  const [base = '', bits = '32'] = cidr.split('/');
  const offset = numberOf(address) - numberOf(base);
  return offset >= 0 && offset < 2 ** (32 - Number(bits));
};

type Answers = Extract<MetadataFacts, { kind: 'answers' }>;

const placeFindings = (vip: string, { address, cidr }: Answers): Finding[] => {
  if (vip === address) {
    const fix = 'choose another VIP: a primary address never moves';
    return [bad('vip-is-primary', "it is this instance's own primary address", fix, vip)];
  }
  if (cidr === undefined || isWithin(cidr, vip)) return [];
  const fix = 'choose a free address of that subnet: a secondary IP cannot leave it';
  return [bad('vip-outside-subnet', `it lies outside the subnet of this host (${cidr})`, fix, vip)];
};

const ipv6PlaceFindings = (vip: string, { ipv6Cidrs }: Answers): Finding[] => {
  if (ipv6Cidrs.length === 0 || ipv6Cidrs.some((block) => isInIpv6Block(block, vip))) return [];
  const fix = 'choose a free address of that subnet: an IPv6 address cannot leave it';
  const found = `it lies outside the IPv6 blocks of this host's subnet (${ipv6Cidrs.join(', ')})`;
  return [bad('vip-outside-subnet', found, fix, vip)];
};

const boundFinding = (
  vip: string,
  { localIpv4s, ipv6s }: Answers,
  { addresses, device }: NetworkFacts,
): Finding => {
  const bound = addresses.find(({ address }) => address === vip);
  const isHere = [...localIpv4s, ...ipv6s].includes(vip);
  if (bound === undefined) {
    if (!isHere) return ok('vip-absent', 'neither bound here nor sent here', vip);
    const fix = 'the agent binds it within a second if this host is the holder: see `keepaloft status`';
    return warn('vip-not-bound', 'the fabric sends it here, and it is not bound', fix, vip);
  }
  if (!isHere) {
    const fix = `find out what binds it; ip address del ${vip}/${isIpv6(vip) ? 128 : 32} dev ${bound.interface}`;
    const found = `bound on ${bound.interface}, while the fabric sends it elsewhere: programs on this host talk to themselves`;
    return bad('vip-bound-elsewhere', found, fix, vip);
  }
  if (device !== undefined && bound.interface !== device) {
    const fix = `name the interface in agent.yaml (interface: ${bound.interface}), or unbind it there`;
    return warn('vip-other-interface', `bound on ${bound.interface}, not on ${device}`, fix, vip);
  }
  return ok('vip-bound', `bound on ${bound.interface}, and the fabric sends it here`, vip);
};

/** With strict reverse filtering only what would be answered over the same interface comes in. */
const filterFindings = ({ device, defaultDevice, rpFilter, routing }: NetworkFacts): Finding[] => {
  if (rpFilter === undefined || device === undefined) {
    return [
      unknown('rp-filter', 'the reverse path filter cannot be read', 'look at net.ipv4.conf.*.rp_filter'),
    ];
  }
  if (rpFilter !== STRICT || device === defaultDevice) return [];
  // With the rule that the agent adds, what comes in is answered over the same interface.
  if (routing !== undefined && !('failed' in routing) && routing.undecided.length === 0) return [];
  return [
    warn(
      'rp-filter',
      `VIPs are bound on ${device}, answers leave by ${defaultDevice ?? 'no interface'}, and strict reverse filtering drops what comes in`,
      `sysctl net.ipv4.conf.${device}.rp_filter=2, or a route rule \`from VIP\` over ${device}`,
    ),
  ];
};

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/u;

/** Ports of this host that the group's checks look at: what clients of the VIP connect to, most likely. */
const portsOf = (group: AgentFile['groups'][string]): number[] =>
  Object.values(group.checks).flatMap((check) => {
    const [, port] = 'tcp' in check ? (/^(?:127\.[\d.]+|localhost):(\d+)$/u.exec(check.tcp) ?? []) : [];
    return port === undefined ? [] : [Number(port)];
  });

const listenerFindings = (
  name: string,
  group: AgentFile['groups'][string],
  { listeners }: NetworkFacts,
): Finding[] => {
  const vips = new Set<string>(group.vips.map(({ address }) => address));
  return [...new Set(portsOf(group))].flatMap((port) => {
    const on = listeners.get(port) ?? [];
    // Nothing listens: that is what the check is for.
    if (on.length === 0 || on.some((address) => address === '*' || vips.has(address))) return [];
    const where = on.every((address) => LOOPBACK.test(address))
      ? 'on loopback only'
      : `on ${on.join(', ')} only`;
    const fix = 'let the service listen on 0.0.0.0 and [::], or on the VIP with net.ipv4.ip_nonlocal_bind=1';
    const found = `what listens on port ${port} listens ${where}: the check passes, and the VIP is refused`;
    return [bad('loopback-only', found, fix, name)];
  });
};

export const networkFindings = (
  file: AgentFile,
  metadata: MetadataFacts,
  network: NetworkFacts,
): Finding[] => {
  const groups = Object.entries(file.groups);
  // Only these stand in the metadata, and in the subnet.
  const vips = groups.flatMap(([, group]) =>
    group.vips.flatMap(({ address, fabric }) => (staysInSubnet({ fabric }) ? [address] : [])),
  );
  const aboutVips =
    metadata.kind !== 'answers'
      ? []
      : vips.flatMap((vip) => {
          const misplaced = (isIpv6(vip) ? ipv6PlaceFindings : placeFindings)(vip, metadata);
          return misplaced.length > 0 ? misplaced : [boundFinding(vip, metadata, network)];
        });
  return [
    ...aboutVips,
    ...filterFindings(network),
    ...routingFindings(network),
    ...groups.flatMap(([name, group]) => listenerFindings(name, group, network)),
  ];
};
