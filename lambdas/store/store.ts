/**
 * The table behind the arbiter. A group's whole truth is one item, and every change of it is one PutItem under one
 * condition: nobody has written since I read. Which race is lost or won is decided by `step`, never here.
 */
import { type EpochMs, epochMs } from '../../core/time.ts';
import type { GroupConfig, GroupState } from '../../core/wire/item.ts';
import { Misconfigured, UnknownGroup } from '../errors.ts';
import { type BrakeStore, createBrakeStore } from './brake.ts';
import { deploy } from './deploy.ts';
import { createDetailStore, type DetailStore } from './details.ts';
import { createEventStore, type EventStore } from './events.ts';
import { groupNames } from './groups.ts';
import { configKey, keyOf, parseConfig, parseState, STATE_KEY, stateItem } from './items.ts';
import { newNonce } from './nonce.ts';
import { type Removed, removeGroup } from './remove.ts';
import { createSweepStore, type SweepStore } from './sweeps.ts';
import { openTable, type Swap, type TableOptions, type Written } from './table.ts';

export type { StoreCall } from './table.ts';

/** What names one write of an item. */
export type Version = Pick<GroupState, 'rev' | 'nonce'>;

export interface Store {
  /** Strongly consistent. @throws UnknownGroup, CorruptItem, StoreUnavailable, Misconfigured */
  load(group: string): Promise<GroupState>;
  /** Immutable per hash, so a caller may keep it. @throws Misconfigured when absent, and as {@link Store.load} */
  loadConfig(group: string, hash: string): Promise<GroupConfig>;
  /**
   * Replaces the item if nobody has written since `previous` was: its rev and its nonce still are those. The rev alone
   * would come again after a restore from a backup. `nonce` must be new for each write: by it, also, a write that the
   * SDK repeated recognises itself in the item that refuses it. @throws as {@link Store.load}
   */
  swap(previous: Version, state: GroupState, nonce: string): Promise<Swap<GroupState>>;
  /**
   * Deploys a configuration: stores it under its hash, then creates the group's state if there is none, else
   * points the state to the new hash. A new group is counted for the brake, exactly once. Safe to repeat.
   * @throws Contended, and as {@link Store.load}
   */
  putConfig(config: GroupConfig, now?: EpochMs, nonce?: () => string): Promise<GroupState>;
  /**
   * Removes a group that nobody holds, and its place in the brake's count. Safe to repeat.
   * @param force also while it is held: its VIPs stay where they are @throws Contended, and as {@link Store.load}
   */
  removeGroup(group: string, force: boolean): Promise<Removed>;
  /** The brake on mass failover, see `core/brake.ts`. */
  readonly brake: BrakeStore;
  /** What was decided about each group. */
  readonly events: EventStore;
  /** What members say of themselves, for people. */
  readonly details: DetailStore;
  /** What the last sweep has seen. */
  readonly sweeps: SweepStore;
  /** Names of deployed groups in order, those after `after`, at most `limit`. @throws as {@link Store.load} */
  groups(after: string | undefined, limit: number): Promise<string[]>;
}

/** A store on a table whose keys are `pk` and `sk`, both strings. */
export const createStore = (options: TableOptions): Store => {
  const table = openTable(options);
  const brake = createBrakeStore(table);

  const load: Store['load'] = async (group) => {
    const item = await table.get(keyOf(group, STATE_KEY));
    if (item === undefined) throw new UnknownGroup(group);
    return parseState(item);
  };

  const winnerOf = async (
    written: Exclude<Written, { kind: 'done' }>,
    group: string,
  ): Promise<GroupState> => {
    if (written.kind === 'busy') return load(group);
    if (written.found === undefined) throw new UnknownGroup(group);
    return parseState(written.found);
  };

  const swap: Store['swap'] = async (previous, state, nonce) => {
    const mine = { ...state, nonce };
    const written = await table.put({
      item: stateItem(mine),
      condition: 'rev = :rev AND nonce = :nonce',
      values: { ':rev': { N: String(previous.rev) }, ':nonce': { S: previous.nonce } },
    });
    if (written.kind === 'done') return { swapped: true, state: mine };
    const current = await winnerOf(written, state.group);
    return current.nonce === nonce ? { swapped: true, state: current } : { swapped: false, current };
  };

  return {
    load,
    swap,
    brake,
    events: createEventStore(table),
    details: createDetailStore(table),
    sweeps: createSweepStore(table),
    groups: (after, limit) => groupNames(table, after, limit),
    async loadConfig(group, hash) {
      const item = await table.get(keyOf(group, configKey(hash)));
      if (item !== undefined) return parseConfig(item);
      throw new Misconfigured(
        `group "${group}" names configuration ${hash}, which is not there: deploy again`,
      );
    },
    putConfig: (config, now = epochMs(Date.now()), nonce = newNonce) =>
      deploy(config, now, nonce, { table, brake, swap }),
    removeGroup: (group, force) => removeGroup(group, force, newNonce, { table, brake }),
  };
};
