/** What the members say of themselves, an item a member. See `core/wire/detail.ts`. */
import { marshal, unmarshal } from '../../core/wire/attributes.ts';
import { type MemberDetail, memberDetailSchema } from '../../core/wire/detail.ts';
import { MEMBERS_MAX, type NodeId } from '../../core/wire/names.ts';
import { CorruptItem } from '../errors.ts';
import { keyOf } from './items.ts';
import type { Table } from './table.ts';

const PREFIX = 'detail#';
const LAST = `${PREFIX}~`;
/** Members that have left may still have an item. */
const ITEMS_MAX = 8 * MEMBERS_MAX;

/** What is there is older, or nothing is: two Lambdas may write in either order. */
const IS_NEWER = 'attribute_not_exists(pk) OR boot < :boot OR (boot = :boot AND seq < :seq)';

export interface DetailStore {
  /** Writes what a member says, unless something newer of it is there. @throws as `Store.load` */
  put(group: string, node: NodeId, detail: MemberDetail): Promise<void>;
  /** What each member of the group says. @throws CorruptItem, and as `Store.load` */
  of(group: string): Promise<ReadonlyMap<NodeId, MemberDetail>>;
}

export const createDetailStore = (table: Pick<Table, 'put' | 'query'>): DetailStore => ({
  async put(group, node, detail) {
    await table.put({
      item: { ...keyOf(group, `${PREFIX}${node}`), ...marshal(detail) },
      condition: IS_NEWER,
      values: { ':boot': { N: String(detail.boot) }, ':seq': { N: String(detail.seq) } },
    });
  },
  async of(group) {
    const items = await table.query({ pk: group, from: PREFIX, to: LAST, limit: ITEMS_MAX });
    return new Map(
      items.map((item) => {
        const sk = item['sk']?.S ?? '';
        try {
          return [sk.slice(PREFIX.length), memberDetailSchema.parse(unmarshal(item))];
        } catch (cause) {
          throw new CorruptItem(group, sk, cause);
        }
      }),
    );
  },
});
