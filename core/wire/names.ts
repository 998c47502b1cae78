/** The small vocabulary that every schema shares: what a group, a node and an address may look like. */
import * as z from 'zod/mini';

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

/** keepalived's range; 0 and 255 are reserved there and kept reserved here. */
export const prioritySchema = z.int().check(z.minimum(1), z.maximum(254));

/** Which cloud mechanism moves an address. More kinds join here, each with a driver of the same name. */
export const fabricKindSchema = z.enum(['secondary-ip']);
export type FabricKind = z.infer<typeof fabricKindSchema>;

export const vipSchema = z.strictObject({ address: ipv4Schema, fabric: fabricKindSchema });
export type Vip = z.infer<typeof vipSchema>;

/** Bounds of everything that is counted. */
export const VIPS_MAX = 16;
export const MEMBERS_MAX = 8;
export const GROUPS_MAX = 32;
