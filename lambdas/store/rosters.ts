/** A group with another roster: a new configuration under a new hash, to which the state then points. */
import type { GroupConfig, GroupState } from '../../core/wire/item.ts';
import type { Documents, GroupDocument } from './documents.ts';
import { configItem } from './items.ts';
import { newNonce } from './nonce.ts';
import type { Store } from './store.ts';
import type { Table } from './table.ts';

export interface Rosters {
  /**
   * Makes `config` the group's, if nobody has written the group since `previous` was read. Its items are written first:
   * a state never points to what is not there. @returns whether it did @throws as `Store.load`
   */
  replace(previous: GroupState, config: GroupConfig, document: GroupDocument): Promise<boolean>;
}

export const createRosters = (
  store: Pick<Store, 'swap'>,
  documents: Documents,
  table: Pick<Table, 'put'>,
  nonce: () => string = newNonce,
): Rosters => ({
  async replace(previous, config, document) {
    await Promise.all([
      documents.put(config.group, config.hash, document),
      table.put({ item: configItem(config), condition: 'attribute_not_exists(pk)' }),
    ]);
    const next = { ...previous, rev: previous.rev + 1, configHash: config.hash };
    return (await store.swap(previous, next, nonce())).swapped;
  },
});
