/**
 * The brake's item: the only one that all groups share, read only when a group is about to move on silence and when a
 * group is created. Its partition key is no group's name.
 *
 * | pk       | sk      | holds              |
 * | -------- | ------- | ------------------ |
 * | `#brake` | `state` | {@link BrakeState} |
 */
import { type BrakeState, brakeStateSchema, initialBrake } from '../../core/brake.ts';
import { type Attributes, marshal, unmarshal } from '../../core/wire/attributes.ts';
import { CorruptItem } from '../errors.ts';
import { keyOf } from './items.ts';
import type { Swap, Table, Write } from './table.ts';

export const BRAKE_PK = '#brake';
const BRAKE_SK = 'state';
const BRAKE_KEY = keyOf(BRAKE_PK, BRAKE_SK);

export interface BrakeStore {
  /** Strongly consistent; one that was never written is {@link initialBrake}. @throws as `Store.load` */
  load(): Promise<BrakeState>;
  /** Replaces the item if its rev still is `previousRev`. @throws as `Store.load` */
  swap(previousRev: number, state: BrakeState, nonce: string): Promise<Swap<BrakeState>>;
}

/** @throws CorruptItem: a row that does not parse is not read as "nothing has moved" */
export const parseBrake = (item: Attributes | undefined): BrakeState => {
  if (item === undefined) return initialBrake();
  try {
    return brakeStateSchema.parse(unmarshal(item));
  } catch (cause) {
    throw new CorruptItem(BRAKE_PK, BRAKE_SK, cause);
  }
};

/** The write of a new state in the place of the one with `previousRev`. Rev 0 was never written. */
export const brakeWrite = (previousRev: number, state: BrakeState): Write => {
  const item = { ...BRAKE_KEY, ...marshal(state) };
  return previousRev === 0
    ? { item, condition: 'attribute_not_exists(pk)' }
    : { item, condition: 'rev = :rev', values: { ':rev': { N: String(previousRev) } } };
};

export const createBrakeStore = (table: Table): BrakeStore => {
  const load: BrakeStore['load'] = async () => parseBrake(await table.get(BRAKE_KEY));
  return {
    load,
    async swap(previousRev, state, nonce) {
      const mine = { ...state, nonce };
      const written = await table.put(brakeWrite(previousRev, mine));
      if (written.kind === 'done') return { swapped: true, state: mine };
      const current = written.kind === 'lost' ? parseBrake(written.found) : await load();
      return current.nonce === nonce ? { swapped: true, state: current } : { swapped: false, current };
    },
  };
};
