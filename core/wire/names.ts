/** The small vocabulary that every schema shares: what a group, a node and an address may look like. */
import * as z from 'zod/mini';
import { announceSchema } from './announce.ts';
import { ipv6VipSchema, isIpv6 } from './ipv6.ts';

/** Group names double as DynamoDB key parts, metric dimensions and hook arguments, hence the narrow alphabet. */
export const groupNameSchema = z
  .string()
  .check(
    z.regex(
      /^[a-z][a-z0-9-]{0,31}$/,
      'a group name is 1-32 characters of a-z, 0-9 and -, starting with a letter',
    ),
  );

/** A node is an EC2 instance, named by its instance id. */
export const nodeIdSchema = z
  .string()
  .check(z.regex(/^i-[0-9a-f]{8,17}$/, 'a member is an EC2 instance id such as i-0123456789abcdef0'));
export type NodeId = z.infer<typeof nodeIdSchema>;

export const eniIdSchema = z
  .string()
  .check(z.regex(/^eni-[0-9a-f]{8,17}$/, 'an ENI id looks like eni-0123456789abcdef0'));
export type EniId = z.infer<typeof eniIdSchema>;

const octet = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
export const ipv4Schema = z
  .string()
  .check(z.regex(new RegExp(`^${octet}(\\.${octet}){3}$`), 'an IPv4 address such as 172.31.0.201'));

/** An address of either protocol, in the only spelling that there is of it here. */
export const addressSchema = z
  .string()
  .check(
    z.refine(
      (text) => ipv4Schema.safeParse(text).success || isIpv6(text),
      'an IPv4 address such as 172.31.0.201, or an IPv6 address such as 2001:db8::c9',
    ),
  );

/** keepalived's range; 0 and 255 are reserved there and kept reserved here. */
export const prioritySchema = z.int().check(z.minimum(1), z.maximum(254));

/** Which cloud mechanism moves an address. More kinds join here, each with a driver of the same name. */
export const fabricKindSchema = z.enum(['secondary-ip', 'route', 'elastic-ip', 'ipv6', 'l2']);
export type FabricKind = z.infer<typeof fabricKindSchema>;

export const routeTableIdSchema = z
  .string()
  .check(z.regex(/^rtb-[0-9a-f]{8,17}$/, 'a route table id looks like rtb-0123456789abcdef0'));
export const allocationIdSchema = z
  .string()
  .check(
    z.regex(
      /^eipalloc-[0-9a-f]{8,17}$/,
      'the allocation id of an Elastic IP looks like eipalloc-0123456789abcdef0',
    ),
  );

/** Route tables in which one VIP may stand. */
export const TABLES_MAX = 16;

/** By the colon it is seen which protocol is meant, so that what is wrong is told in that protocol's words. */
const l2AddressSchema = z.string().check((ctx) => {
  const meant = ctx.value.includes(':') ? ipv6VipSchema : ipv4Schema;
  const { error } = meant.safeParse(ctx.value);
  for (const { message } of error?.issues ?? [])
    ctx.issues.push({ code: 'custom', message, input: ctx.value });
});

const secondaryIpSchema = z.strictObject({ address: ipv4Schema, fabric: z.literal('secondary-ip') });
/** An address outside the VPC's own block, to which a /32 route in each of the tables leads. */
const routeSchema = z.strictObject({
  address: ipv4Schema,
  fabric: z.literal('route'),
  tables: z.array(routeTableIdSchema).check(
    z.minLength(1, 'name the route tables that shall lead to the address'),
    z.maxLength(TABLES_MAX),
    z.refine((tables) => new Set(tables).size === tables.length, 'a route table is listed twice'),
  ),
});
/** A public address. The hosts never see it: the internet gateway translates it to a private one. */
const elasticIpSchema = z.strictObject({
  address: ipv4Schema,
  fabric: z.literal('elastic-ip'),
  allocation: allocationIdSchema,
  /** The secondary private address of the same group that it stands on. @default the holder's own primary address */
  private: z.optional(ipv4Schema),
});
/** An address of the IPv6 block of the members' subnet. */
const ipv6VipOf = z.strictObject({ address: ipv6VipSchema, fabric: z.literal('ipv6') });
/** An address of the hosts' own switched network: whoever has it bound announces it to the neighbours. */
const l2Schema = z.strictObject({
  address: l2AddressSchema,
  fabric: z.literal('l2'),
  /** @default keepalived's */
  announce: z.optional(announceSchema),
});

export const vipSchema = z.discriminatedUnion('fabric', [
  secondaryIpSchema,
  routeSchema,
  elasticIpSchema,
  ipv6VipOf,
  l2Schema,
]);
export type Vip = z.infer<typeof vipSchema>;
export type RouteVip = z.infer<typeof routeSchema>;
export type ElasticIpVip = z.infer<typeof elasticIpSchema>;
export type L2Vip = z.infer<typeof l2Schema>;

/** Bounds of everything that is counted. */
export const VIPS_MAX = 16;
export const MEMBERS_MAX = 8;
export const GROUPS_MAX = 32;
