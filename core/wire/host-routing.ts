/** Routes and rules of a host that follow the VIPs of a group: keepalived's virtual_routes and virtual_rules. IPv4. */
import * as z from 'zod/mini';
import { ipv4Schema } from './names.ts';
import { interfaceNameSchema } from './values.ts';

/**
 * What the agent adds is marked with this number (`proto` of a route, `protocol` of a rule): only what bears it is ever
 * taken away. Free in iproute2's rt_protos and in FRR.
 */
export const OWN_PROTOCOL = 213;
/**
 * The table of the route by which a VIP on another interface than the default route's answers, and the priority of rules
 * that name none: before main (32766), and outside of amazon-ec2-net-utils' 10000 + 100 × card + device.
 */
export const OWN_TABLE = 7213;
export const RULE_PRIORITY_DEFAULT = 7213;

export const TABLE_MAIN = 254;
/** The kernel's own addresses. */
const TABLE_LOCAL = 255;
const TABLE_MAX = 4_294_967_295;
/** main has 32766, and what comes behind it never counts. */
const PRIORITY_MAX = 32_765;
const METRIC_MAX = 4_294_967_295;
/** Routes, and rules, of one group. */
export const HOST_ROUTING_MAX = 16;

const BITS = 32;
const numberOf = (address: string): number =>
  address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);

/** A block as the kernel shows it: `10.0.0.0/8`. */
export interface Block {
  readonly address: string;
  readonly bits: number;
}

/** `default`, an address or a block; undefined: none of them, or it has bits behind its prefix, which the kernel refuses. */
export const blockIn = (text: string): Block | undefined => {
  const [address = '', length = String(BITS), ...more] = (text === 'default' ? '0.0.0.0/0' : text).split('/');
  if (more.length > 0 || !ipv4Schema.safeParse(address).success || !/^(?:\d|[12]\d|3[0-2])$/.test(length))
    return undefined;
  const bits = Number(length);
  return numberOf(address) % 2 ** (BITS - bits) === 0 ? { address, bits } : undefined;
};

/** Whether all of `inner` lies in `outer`. */
export const holdsBlock = (outer: Block, inner: Block): boolean =>
  inner.bits >= outer.bits &&
  Math.floor(numberOf(inner.address) / 2 ** (BITS - outer.bits)) ===
    Math.floor(numberOf(outer.address) / 2 ** (BITS - outer.bits));

const blockSchema = z
  .string()
  .check(
    z.refine(
      (text) => blockIn(text) !== undefined,
      'default, an address, or a block without bits behind its prefix such as 10.0.0.0/8',
    ),
  );
const tableSchema = z.int().check(
  z.minimum(1),
  z.maximum(TABLE_MAX),
  z.refine((table) => table !== TABLE_LOCAL, "table 255 is the kernel's own"),
  z.refine((table) => table !== OWN_TABLE, `table ${OWN_TABLE} is the agent's own`),
);

export const hostRouteSchema = z
  .strictObject({
    to: blockSchema,
    via: z.optional(ipv4Schema),
    dev: z.optional(interfaceNameSchema),
    /** A VIP of the group. */
    src: z.optional(ipv4Schema),
    /** @default main */
    table: z.optional(tableSchema),
    metric: z.optional(z.int().check(z.minimum(0), z.maximum(METRIC_MAX))),
    /** The gateway is on the link of `dev`, whatever the other routes say: for hosts with an address of /32. */
    onlink: z.optional(z.boolean()),
  })
  .check(
    z.refine(
      ({ onlink, via, dev }) => onlink !== true || (via !== undefined && dev !== undefined),
      'onlink needs via and dev',
    ),
    z.refine(({ via, dev }) => via !== undefined || dev !== undefined, 'a route needs via, dev or both'),
  );
export type HostRoute = z.infer<typeof hostRouteSchema>;

export const hostRuleSchema = z
  .strictObject({
    from: z.optional(blockSchema),
    to: z.optional(blockSchema),
    table: tableSchema,
    /** @default 7213 */
    priority: z.optional(z.int().check(z.minimum(1), z.maximum(PRIORITY_MAX))),
  })
  .check(z.refine(({ from, to }) => from !== undefined || to !== undefined, 'a rule needs from, to or both'));
export type HostRule = z.infer<typeof hostRuleSchema>;

const plainBlock = (text: string): string => {
  const block = blockIn(text);
  return block === undefined ? text : `${block.address}/${block.bits}`;
};
/** What the kernel knows a route by: it takes one of a kind. */
export const routeKeyOf = ({ to, table = TABLE_MAIN, metric = 0 }: HostRoute): string =>
  `${plainBlock(to)} table ${table} metric ${metric}`;
export const ruleKeyOf = ({ from, to, table, priority = RULE_PRIORITY_DEFAULT }: HostRule): string =>
  `from ${plainBlock(from ?? 'default')} to ${plainBlock(to ?? 'default')} table ${table} priority ${priority}`;

const isEachOnce = <T>(values: readonly T[], keyOf: (value: T) => string): boolean =>
  new Set(values.map(keyOf)).size === values.length;

/** Two optional keys of a group. Absent rather than empty: agents that do not know them take a file without them. */
export const hostRouting = {
  hostRoutes: z.optional(
    z.array(hostRouteSchema).check(
      z.minLength(1),
      z.maxLength(HOST_ROUTING_MAX),
      z.refine(
        (routes) => isEachOnce(routes, routeKeyOf),
        'two routes have the same to, table and metric: the kernel takes one of them',
      ),
    ),
  ),
  hostRules: z.optional(
    z.array(hostRuleSchema).check(
      z.minLength(1),
      z.maxLength(HOST_ROUTING_MAX),
      z.refine((rules) => isEachOnce(rules, ruleKeyOf), 'a rule is listed twice'),
    ),
  ),
};

export interface HostRouting {
  readonly hostRoutes?: readonly HostRoute[] | undefined;
  readonly hostRules?: readonly HostRule[] | undefined;
}

/** The words that are there, for what is written, stored or hashed. */
export const hostRoutingOf = ({ hostRoutes, hostRules }: HostRouting): HostRouting => ({
  ...(hostRoutes === undefined ? {} : { hostRoutes }),
  ...(hostRules === undefined ? {} : { hostRules }),
});

/** An address that is no VIP of the group differs from host to host, and does not come and go with the group. */
export const SRC_IS_NO_VIP = 'src must be a VIP of the group that hosts bind';
export const areSourcesIn = (vips: readonly string[], { hostRoutes = [] }: HostRouting): boolean =>
  hostRoutes.every(({ src }) => src === undefined || vips.includes(src));
/** Nothing follows what no host binds. */
export const NOTHING_TO_FOLLOW =
  'host routes and rules need a VIP that hosts bind: an Elastic IP alone is on no host';
