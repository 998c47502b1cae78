/**
 * A group as it was written, beside the part of it that the arbiter decides by: checks and hooks are the agents' affair,
 * and they are told from here. Read when a host asks for its configuration and by deployments, never by a heartbeat.
 *
 * | pk    | sk              | holds                                                  |
 * | ----- | --------------- | ------------------------------------------------------ |
 * | group | `document#HASH` | {@link GroupDocument}, of the configuration of that hash |
 */
import * as z from 'zod/mini';
import { type Attributes, marshal, unmarshal } from '../../core/wire/attributes.ts';
import { type GroupFile, keepaloftFileSchema } from '../../core/wire/config.ts';
import { fileOfGroup } from '../../core/wire/group-document.ts';
import { nodeIdSchema, prioritySchema } from '../../core/wire/names.ts';
import { CorruptItem } from '../errors.ts';
import { keyOf } from './items.ts';
import type { Table } from './table.ts';

const documentKey = (hash: string): string => `document#${hash}`;

const enrolledSchema = z.record(nodeIdSchema, z.object({ priority: prioritySchema }));
/** Instances that a selector let in, each with the priority that it gave. */
export type Enrolled = z.infer<typeof enrolledSchema>;

const itemSchema = z.object({
  /** keepaloft.yaml with this group alone, as JSON: one attribute, since nobody asks DynamoDB for a part of it. */
  document: z.string(),
  enrolled: enrolledSchema,
});

/** A group as a deployment wrote it, and who has been let in since. */
export interface GroupDocument {
  readonly declared: GroupFile;
  readonly enrolled: Enrolled;
}

export interface Documents {
  /** Immutable under its hash. @throws as `Store.load` */
  put(group: string, hash: string, document: GroupDocument): Promise<void>;
  /** Undefined: a version that kept none has deployed the group. @throws as `Store.load` */
  load(group: string, hash: string): Promise<GroupDocument | undefined>;
}

const itemOf = (group: string, hash: string, { declared, enrolled }: GroupDocument): Attributes => ({
  ...keyOf(group, documentKey(hash)),
  ...marshal({ document: JSON.stringify(fileOfGroup(group, declared)), enrolled }),
});

const parsed = (group: string, hash: string, item: Attributes): GroupDocument => {
  try {
    const { document, enrolled } = itemSchema.parse(unmarshal(item));
    const declared = keepaloftFileSchema.parse(JSON.parse(document)).groups[group];
    if (declared === undefined) throw new Error(`the document is not of group ${group}`);
    return { declared, enrolled };
  } catch (cause) {
    throw new CorruptItem(group, documentKey(hash), cause);
  }
};

export const createDocuments = (table: Pick<Table, 'get' | 'put'>): Documents => ({
  async put(group, hash, document) {
    await table.put({ item: itemOf(group, hash, document), condition: 'attribute_not_exists(pk)' });
  },
  async load(group, hash) {
    const item = await table.get(keyOf(group, documentKey(hash)));
    return item === undefined ? undefined : parsed(group, hash, item);
  },
});
