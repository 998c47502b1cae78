/** How a group's state and configuration lie in the table. The partition key holds the group's name, once. */
import type * as z from 'zod/mini';
import { type Attributes, marshal, unmarshal } from '../../core/wire/attributes.ts';
import {
  type GroupConfig,
  type GroupState,
  groupConfigSchema,
  groupStateSchema,
} from '../../core/wire/item.ts';
import { CorruptItem } from '../errors.ts';

export const STATE_KEY = 'state';
export const configKey = (hash: string): string => `config#${hash}`;

/** The primary key of an item. */
export const keyOf = (group: string, sk: string): Attributes => ({ pk: { S: group }, sk: { S: sk } });

const toItem = (sk: string, { group, ...fields }: { group: string }): Attributes => ({
  ...keyOf(group, sk),
  ...marshal(fields),
});

export const stateItem = (state: GroupState): Attributes => toItem(STATE_KEY, state);
export const configItem = (config: GroupConfig): Attributes => toItem(configKey(config.hash), config);

const fromItem = <T extends z.ZodMiniType>(schema: T, item: Attributes): z.output<T> => {
  const pk = item['pk']?.S ?? '';
  const sk = item['sk']?.S ?? '';
  try {
    return schema.parse({ ...unmarshal(item), group: pk });
  } catch (cause) {
    throw new CorruptItem(pk, sk, cause);
  }
};

/** @throws CorruptItem: a row that does not parse is never read as a default, or a repair would lose the holder. */
export const parseState = (item: Attributes): GroupState => fromItem(groupStateSchema, item);
/** @throws CorruptItem */
export const parseConfig = (item: Attributes): GroupConfig => fromItem(groupConfigSchema, item);
