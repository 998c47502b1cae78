/**
 * What CloudFormation asks for, as the provider framework of the CDK hands it on. Two kinds of resource:
 *
 * | resource type                | create, update                                 | delete                        |
 * | ---------------------------- | ---------------------------------------------- | ----------------------------- |
 * | `Custom::KeepaloftEnrolment` | resolves the members, validates, writes nothing | nothing                       |
 * | `Custom::KeepaloftGroup`     | the same, then writes the configuration         | removes the group, if vacant  |
 */
import * as z from 'zod/mini';
import { type GroupFile, keepaloftFileSchema } from '../../core/wire/config.ts';
import { addressSchema, groupNameSchema } from '../../core/wire/names.ts';
import { BadRequest } from '../errors.ts';

/** Unknown properties are refused: a misspelt one would silently mean its default. All values are texts there. */
const propertiesSchema = z.strictObject({
  /** CloudFormation's own. */
  ServiceToken: z.optional(z.string()),
  ServiceTimeout: z.optional(z.string()),
  /** keepaloft.yaml with one group, as JSON. CloudFormation turns numbers in plain properties into texts. */
  Document: z.string(),
  /** `true`: the group is removed even while it is held. */
  ForceRemoval: z._default(z.enum(['true', 'false']), 'false'),
});

/**
 * The envelope is CloudFormation's, which may add to it. Its `ResponseURL` is a credential, and is neither read nor
 * logged.
 */
const eventSchema = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResourceType: z.enum(['Custom::KeepaloftEnrolment', 'Custom::KeepaloftGroup']),
  StackId: z.string(),
  LogicalResourceId: z.string(),
  PhysicalResourceId: z.optional(z.string()),
  ResourceProperties: z.unknown(),
  OldResourceProperties: z.optional(z.unknown()),
});

/** What another version may have written: only what a removal needs is read. */
const vipsSchema = z.object({
  groups: z.record(groupNameSchema, z.object({ vips: z.array(z.object({ address: addressSchema })) })),
});

/** Which resource of which stack a group belongs to: two resources may name one group while one replaces the other. */
export type Owner = string;

export interface Wanted {
  readonly kind: 'enrol' | 'deploy';
  readonly name: string;
  readonly group: GroupFile;
  readonly owner: Owner;
  /** Addresses of the resource before this update. */
  readonly oldVips: readonly string[];
}

export interface Unwanted {
  readonly kind: 'remove';
  readonly name: string;
  readonly physicalId: string;
  readonly owner: Owner;
  readonly vips: readonly string[];
  readonly force: boolean;
}

/** An enrolment leaves nothing behind. */
export interface Nothing {
  readonly kind: 'nothing';
  readonly physicalId: string;
}

const issueOf = (error: z.core.$ZodError): string => {
  const issue = error.issues[0];
  const path = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.map(String).join('.')}: `;
  const keys = issue?.code === 'unrecognized_keys' ? ` (${issue.keys.join(', ')})` : '';
  return `${path}${issue?.message ?? 'invalid'}${keys}`;
};

const jsonOf = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (cause) {
    throw new BadRequest('the property Document is not JSON', cause);
  }
};

const groupOf = (document: string): { name: string; group: GroupFile } => {
  const parsed = keepaloftFileSchema.safeParse(jsonOf(document));
  if (!parsed.success) {
    throw new BadRequest(`the property Document is refused: ${issueOf(parsed.error)}`, parsed.error);
  }
  const [entry, ...others] = Object.entries(parsed.data.groups);
  if (entry === undefined || others.length > 0) {
    throw new BadRequest('the property Document must hold exactly one group');
  }
  return { name: entry[0], group: entry[1] };
};

/** The VIPs that properties of whatever version name; none when they cannot be read. */
const vipsOf = (properties: unknown): string[] => {
  const document = z.object({ Document: z.string() }).safeParse(properties);
  if (!document.success) return [];
  try {
    const { groups } = vipsSchema.parse(JSON.parse(document.data.Document));
    return Object.values(groups).flatMap(({ vips }) => vips.map(({ address }) => address));
  } catch {
    return [];
  }
};

/** Only `true` forces: properties that cannot be read never do. */
const isForced = (properties: unknown): boolean =>
  z.object({ ForceRemoval: z.literal('true') }).safeParse(properties).success;

/** @throws BadRequest naming what is wrong, which CloudFormation shows as the reason of the failed deployment */
export const parseEvent = (event: unknown): Wanted | Unwanted | Nothing => {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) {
    throw new BadRequest(`not an event of CloudFormation: ${issueOf(parsed.error)}`, parsed.error);
  }
  const { RequestType, ResourceType, StackId, LogicalResourceId, PhysicalResourceId } = parsed.data;
  const owner = `${StackId} ${LogicalResourceId}`;
  const isGroup = ResourceType === 'Custom::KeepaloftGroup';
  if (RequestType === 'Delete') {
    const physicalId = PhysicalResourceId ?? '';
    if (!isGroup) return { kind: 'nothing', physicalId };
    const properties = parsed.data.ResourceProperties;
    const name = groupNameSchema.safeParse(physicalId);
    // A resource that never came into being: there is no group of such a name.
    if (!name.success) return { kind: 'nothing', physicalId };
    const [vips, force] = [vipsOf(properties), isForced(properties)];
    return { kind: 'remove', name: name.data, physicalId, owner, vips, force };
  }
  const properties = propertiesSchema.safeParse(parsed.data.ResourceProperties);
  if (!properties.success) {
    throw new BadRequest(`the properties are refused: ${issueOf(properties.error)}`, properties.error);
  }
  return {
    kind: isGroup ? 'deploy' : 'enrol',
    ...groupOf(properties.data.Document),
    owner,
    oldVips: vipsOf(parsed.data.OldResourceProperties),
  };
};
