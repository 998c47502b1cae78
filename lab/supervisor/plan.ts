/** From what the user asked for to what the lab is made of. Pure but for reading the file. */
import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { isBoundByHosts, staysInSubnet } from '../../core/traits.ts';
import { type KeepaloftFile, keepaloftFileSchema } from '../../core/wire/config.ts';
import { readDocument } from '../../core/wire/document.ts';
import { isInIpv6Block, isIpv6, placeInIpv6 } from '../../core/wire/ipv6.ts';
import type { Vip } from '../../core/wire/names.ts';
import { type Daemon, daemonsSchema } from '../daemons/schema.ts';
import { LabError } from '../errors.ts';
import { IPV6_CIDR, ipv6Of, LAN_IPV6_CIDR } from '../net/names.ts';

/** The one argument of the supervisor, as JSON. */
export const orderSchema = z.strictObject({
  config: z.optional(z.string()),
  /** Another template than the built one, by its path: for tests of the lab itself. */
  template: z.optional(z.string()),
  hosts: z.optional(z.int().check(z.minimum(1), z.maximum(8))),
  ackMs: z._default(z.int().check(z.minimum(0), z.maximum(60_000)), 0),
  /** A process the lab belongs to: it ends when that process does. */
  tether: z.optional(z.int().check(z.minimum(1))),
  propagationMs: z._default(z.int().check(z.minimum(0), z.maximum(60_000)), 0),
  /** How many private addresses an interface has room for, its own among them. */
  addressesPerInterface: z.optional(z.int().check(z.minimum(2), z.maximum(50))),
  /** Real services on every host, by name. */
  services: z.optional(daemonsSchema),
  /** Hosts beside the groups that move addresses themselves, as keepalived with a script does, and these addresses. */
  scripted: z.optional(
    z.strictObject({
      hosts: z.int().check(z.minimum(1), z.maximum(24)),
      vips: z.array(z.string()).check(z.maxLength(24)),
    }),
  ),
});
export type LabOrder = z.infer<typeof orderSchema>;

/** Addresses of the lab's VPC. */
export const VPC = {
  vpcId: 'vpc-00000000000000001',
  subnetId: 'subnet-00000000000000001',
  cidr: '172.31.0.0/16',
  subnetCidr: '172.31.0.0/24',
  zone: 'us-east-1a',
  gateway: '172.31.0.1',
  client: '172.31.0.100',
  api: '172.31.255.1',
  s3: '172.31.255.2',
  imds: '169.254.169.254',
  /** A second availability zone, for groups that need not stay in one. */
  otherSubnetId: 'subnet-00000000000000002',
  otherSubnetCidr: '172.31.1.0/24',
  otherZone: 'us-east-1b',
} as const;
/** Where the lab's Elastic IPs lie, and where its client is on the internet. */
export const INTERNET = { publicBlock: '203.0.113.0/24', clientAddress: '198.51.100.10' } as const;
/** The switch that hosts and client are on when a group has a VIP of it. */
export const LAN = {
  prefix: 24,
  cidr: '192.168.0.0/24',
  network: '192.168.0.',
  client: '192.168.0.250',
} as const;
const FIRST_HOST = 11;
const HOSTS_DEFAULT = 3;
/** Where scripted hosts reach the EC2 API, at the API's address. */
export const EC2_PORT = 8443;
/** Where the demonstration service answers on every host. */
export const UDP_PORT = 7007;
export const HTTP_PORT = 8080;

export interface PlannedHost {
  readonly name: string;
  readonly instanceId: string;
  readonly eni: string;
  readonly address: string;
  /** Its address on the switch. */
  readonly lanAddress: string;
  /** It lies in the second availability zone. */
  readonly isAway: boolean;
  /** It moves addresses itself: its instance may call EC2, which a member may not. */
  readonly isScripted: boolean;
}

export interface Plan {
  readonly file: KeepaloftFile;
  readonly hosts: readonly PlannedHost[];
  readonly vips: readonly string[];
  /** What the service answers on: the groups' VIPs, as far as hosts bind them, and those of scripted hosts. */
  readonly served: readonly string[];
  /** Route tables that groups name; what leads through them is not checked for its source. */
  readonly tables: readonly string[];
  readonly allocations: readonly { readonly allocationId: string; readonly publicIp: string }[];
  /** Hosts and client are on a switch, too: a group has a VIP that is announced there. */
  readonly hasSwitch: boolean;
  /** A VIP is an IPv6 address: then the subnet has an IPv6 block, and every host an address of it. */
  readonly hasIpv6: boolean;
  readonly daemons: Readonly<Record<string, Daemon>>;
  readonly ackMs: number;
  readonly propagationMs: number;
  readonly addressesPerInterface?: number;
}

const instanceOf = (index: number): string => `i-${(index + 1).toString(16).padStart(17, '0')}`;
const eniOf = (index: number): string => `eni-${(index + 1).toString(16).padStart(17, '0')}`;

/** What a lab runs when no file is given: one group on all hosts, and a check of the demonstration service. */
const defaultDocument = (hosts: number): string =>
  JSON.stringify({
    version: 1,
    groups: {
      demo: {
        vips: [{ address: '172.31.0.201', fabric: 'secondary-ip' }],
        members: Array.from({ length: hosts }, (_, index) => ({
          instance: instanceOf(index),
          priority: 200 - 50 * index > 0 ? 200 - 50 * index : 1,
        })),
        timing: { heartbeat: '1s', lease: '3s' },
        checks: { service: { tcp: `127.0.0.1:${HTTP_PORT}`, interval: '1s', fall: 2, rise: 2 } },
      },
    },
  });

const vipProblem = (code: string, message: string, remedy: string): LabError =>
  new LabError(code, message, { remedy });

const checkSecondary = (vip: string, taken: ReadonlySet<string>): void => {
  const last = Number(vip.split('.')[3]);
  if (!vip.startsWith('172.31.0.') || last < 4 || last > 254)
    throw vipProblem(
      'vip-outside-subnet',
      `VIP ${vip} does not lie in the lab's subnet ${VPC.subnetCidr}`,
      'use an address from 172.31.0.20 to 172.31.0.254 for a lab',
    );
  if (taken.has(vip))
    throw vipProblem(
      'vip-taken',
      `VIP ${vip} is the address of a host, the client or the gateway of the lab`,
      'use an address from 172.31.0.101 to 172.31.0.254 for a lab',
    );
};

const checkIpv6OnSwitch = (vip: string, taken: ReadonlySet<string>): void => {
  const isTaken = [...taken].some((address) => ipv6Of(address, LAN_IPV6_CIDR) === vip);
  if (!isInIpv6Block(LAN_IPV6_CIDR, vip) || isTaken)
    throw vipProblem(
      'vip-not-on-switch',
      `VIP ${vip} is no free address of the lab's switch ${LAN_IPV6_CIDR}`,
      'use an address such as 2001:db8:0:2::64 for a lab',
    );
};

const checkOnSwitch = (vip: string, taken: ReadonlySet<string>): void => {
  if (isIpv6(vip)) return checkIpv6OnSwitch(vip, taken);
  const last = Number(vip.split('.')[3]);
  if (!vip.startsWith(LAN.network) || last < 1 || last > 254 || taken.has(vip))
    throw vipProblem(
      'vip-not-on-switch',
      `VIP ${vip} cannot be one of the lab's switch ${LAN.cidr}: it lies outside, or is the address of a host or the client`,
      'use an address from 192.168.0.100 to 192.168.0.249 for a lab',
    );
};

/** The first addresses of a block are EC2's. */
const LAST_KEPT = 3n;

const checkIpv6 = (vip: string, taken: ReadonlySet<string>): void => {
  const isFree = [...taken].every((address) => ipv6Of(address) !== vip);
  const { offset, size } = placeInIpv6(IPV6_CIDR, vip) ?? { offset: -1n, size: 0n };
  if (isFree && offset > LAST_KEPT && offset < size - 1n) return;
  throw vipProblem(
    'vip-outside-subnet',
    `VIP ${vip} is no free address of the lab's subnet ${IPV6_CIDR}`,
    'use an address such as 2001:db8:0:1::c9 for a lab',
  );
};

const checkVip = ({ address, fabric }: Vip, taken: ReadonlySet<string>): void => {
  if (fabric === 'secondary-ip') checkSecondary(address, taken);
  if (fabric === 'ipv6') checkIpv6(address, taken);
  const isPublic = address.startsWith('203.0.113.');
  if (fabric === 'elastic-ip' && !isPublic)
    throw vipProblem(
      'elastic-ip-unknown',
      `the lab's account has no Elastic IP ${address}`,
      `use an address in ${INTERNET.publicBlock} for a lab`,
    );
  if (fabric === 'l2') checkOnSwitch(address, taken);
  if (fabric === 'route' && !address.startsWith('10.'))
    throw vipProblem(
      'route-not-overlay',
      `a route of the lab cannot lead to ${address}`,
      `use an address in 10.0.0.0/8 for a lab, which lies outside of its VPC ${VPC.cidr}`,
    );
};

/** A group that cannot leave its subnet. */
const isNear = ({ groups }: KeepaloftFile): boolean =>
  Object.values(groups).some(({ vips }) => vips.some(staysInSubnet));

/** What a host's service answers on beside its own address, for {@link Plan.served}. */
const servedOf = (vips: readonly Vip[]): string[] =>
  vips.filter(isBoundByHosts).map(({ address }) => address);

/**
 * Makes the plan of a lab. Hosts beyond those that the file names are strangers: instances that belong to no group.
 * @throws DocumentError when the file is wrong, LabError when the lab cannot be made of it
 */
export const planOf = (order: LabOrder): Plan => {
  const text =
    order.config === undefined ? defaultDocument(order.hosts ?? HOSTS_DEFAULT) : readConfig(order.config);
  const file = readDocument(order.config ?? 'the default configuration', text, keepaloftFileSchema);
  const members = [
    ...new Set(Object.values(file.groups).flatMap((group) => group.members.map((member) => member.instance))),
  ];
  if (members.length === 0) {
    throw new LabError(
      'members-selected',
      'no member is named: nobody can know which hosts the lab is to have',
      {
        remedy: 'name instances in the members of a group for a lab, such as i-00000000000000001',
      },
    );
  }
  const strangers = Math.max(0, (order.hosts ?? 0) - members.length);
  const { hosts: scripted, vips: scriptedVips } = order.scripted ?? { hosts: 0, vips: [] };
  const unscripted = members.length + strangers;
  const ids = [...members];
  for (let index = 0; ids.length < unscripted + scripted; index += 1) {
    if (!members.includes(instanceOf(index))) ids.push(instanceOf(index));
  }
  const isSpread = !isNear(file) && scripted === 0;
  const hosts = ids.map((instanceId, index) => ({
    name: `host${index + 1}`,
    instanceId,
    eni: eniOf(index),
    isAway: isSpread && index % 2 === 1,
    address: `172.31.${isSpread && index % 2 === 1 ? 1 : 0}.${FIRST_HOST + index}`,
    lanAddress: `${LAN.network}${FIRST_HOST + index}`,
    isScripted: index >= unscripted,
  }));
  const vips = Object.values(file.groups).flatMap((group) => group.vips);
  const taken = new Set<string>([
    VPC.gateway,
    VPC.client,
    LAN.client,
    ...hosts.flatMap((host) => [host.address, host.lanAddress]),
  ]);
  for (const vip of vips) checkVip(vip, taken);
  for (const vip of scriptedVips) checkSecondary(vip, taken);
  return {
    file,
    hosts,
    vips: vips.map(({ address }) => address),
    served: [...servedOf(vips), ...scriptedVips],
    tables: [...new Set(vips.flatMap((vip) => (vip.fabric === 'route' ? vip.tables : [])))],
    allocations: vips.flatMap((vip) =>
      vip.fabric === 'elastic-ip' ? [{ allocationId: vip.allocation, publicIp: vip.address }] : [],
    ),
    hasSwitch: vips.some(({ fabric }) => fabric === 'l2'),
    hasIpv6: vips.some(({ address }) => isIpv6(address)),
    daemons: order.services ?? {},
    ackMs: order.ackMs,
    propagationMs: order.propagationMs,
    ...(order.addressesPerInterface === undefined
      ? {}
      : { addressesPerInterface: order.addressesPerInterface }),
  };
};

const readConfig = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new LabError('config-unreadable', `${path} cannot be read`, {
      remedy: 'name a readable keepaloft.yaml',
      cause,
    });
  }
};
