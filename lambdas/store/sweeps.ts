/**
 * What the last sweep has seen: one item for all groups, written once a run. Its partition key is no group's name.
 *
 * | pk       | sk      | holds               |
 * | -------- | ------- | ------------------- |
 * | `#sweep` | `state` | {@link SweepRecord} |
 */
import { marshal, unmarshal } from '../../core/wire/attributes.ts';
import { type SweepRecord, sweepRecordSchema } from '../../core/wire/sweep.ts';
import { CorruptItem } from '../errors.ts';
import { keyOf } from './items.ts';
import type { Table } from './table.ts';

const SWEEP_PK = '#sweep';
const SWEEP_SK = 'state';
const SWEEP_KEY = keyOf(SWEEP_PK, SWEEP_SK);

export interface SweepStore {
  /** Undefined: there has been none. @throws CorruptItem, and as `Store.load` */
  last(): Promise<SweepRecord | undefined>;
  /** Writes it, unless a later one is there. @throws as `Store.load` */
  put(record: SweepRecord): Promise<void>;
}

export const createSweepStore = (table: Pick<Table, 'get' | 'put'>): SweepStore => ({
  async last() {
    const item = await table.get(SWEEP_KEY);
    if (item === undefined) return undefined;
    try {
      return sweepRecordSchema.parse(unmarshal(item));
    } catch (cause) {
      throw new CorruptItem(SWEEP_PK, SWEEP_SK, cause);
    }
  },
  async put(record) {
    await table.put({
      item: { ...SWEEP_KEY, ...marshal(record) },
      condition: 'attribute_not_exists(pk) OR #at < :at',
      names: { '#at': 'at' },
      values: { ':at': { N: String(record.at) } },
    });
  },
});
