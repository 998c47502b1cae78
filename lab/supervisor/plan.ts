/** From what the user asked for to what the lab is made of. Pure but for reading the file. */
import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { type KeepaloftFile, keepaloftFileSchema } from '../../core/wire/config.ts';
import { readDocument } from '../../core/wire/document.ts';
import { type Daemon, daemonsSchema } from '../daemons/schema.ts';
import { LabError } from '../errors.ts';

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
  /** It moves addresses itself: its instance may call EC2, which a member may not. */
  readonly isScripted: boolean;
}

export interface Plan {
  readonly file: KeepaloftFile;
  readonly hosts: readonly PlannedHost[];
  readonly vips: readonly string[];
  /** What the service answers on: the groups' VIPs and those of scripted hosts. */
  readonly served: readonly string[];
  readonly daemons: Readonly<Record<string, Daemon>>;
  readonly ackMs: number;
  readonly propagationMs: number;
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

const checkVips = (vips: readonly string[], hosts: readonly { readonly address: string }[]): void => {
  const taken = new Set<string>([VPC.gateway, VPC.client, ...hosts.map((host) => host.address)]);
  for (const vip of vips) {
    const last = Number(vip.split('.')[3]);
    if (!vip.startsWith('172.31.0.') || last < 4 || last > 254) {
      throw new LabError(
        'vip-outside-subnet',
        `VIP ${vip} does not lie in the lab's subnet ${VPC.subnetCidr}`,
        {
          remedy: 'use an address from 172.31.0.20 to 172.31.0.254 for a lab',
        },
      );
    }
    if (taken.has(vip)) {
      throw new LabError(
        'vip-taken',
        `VIP ${vip} is the address of a host, the client or the gateway of the lab`,
        {
          remedy: 'use an address from 172.31.0.101 to 172.31.0.254 for a lab',
        },
      );
    }
  }
};

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
  const hosts = ids.map((instanceId, index) => ({
    name: `host${index + 1}`,
    instanceId,
    eni: eniOf(index),
    address: `172.31.0.${FIRST_HOST + index}`,
    isScripted: index >= unscripted,
  }));
  const vips = Object.values(file.groups).flatMap((group) => group.vips.map((vip) => vip.address));
  const served = [...vips, ...scriptedVips];
  checkVips(served, hosts);
  const { services: daemons = {}, ackMs, propagationMs } = order;
  return { file, hosts, vips, served, daemons, ackMs, propagationMs };
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
