/** How a group comes into the table, and how it gets another configuration. */
import { setTimeout as sleep } from 'node:timers/promises';
import { withGroup } from '../../core/brake.ts';
import { initialState } from '../../core/election/initial.ts';
import type { EpochMs } from '../../core/time.ts';
import type { GroupConfig, GroupState } from '../../core/wire/item.ts';
import { Contended } from '../errors.ts';
import { type BrakeStore, brakeWrite } from './brake.ts';
import { groupItem } from './groups.ts';
import { configItem, keyOf, parseState, STATE_KEY, stateItem } from './items.ts';
import type { Swap, Table } from './table.ts';

/** Tries of a deployment to slip in between heartbeats, or, for a new group, between other deployments. */
const DEPLOY_TRIES_MAX = 20;
/** The longest pause between two of them: many groups may be deployed at once, and all of them count in one item. */
const PAUSE_MS_MAX = 50;

const NEW = 'attribute_not_exists(pk)';

/** What a deployment needs of the table. */
export interface DeployTable {
  readonly table: Table;
  readonly brake: BrakeStore;
  readonly swap: (previous: GroupState, state: GroupState, nonce: string) => Promise<Swap<GroupState>>;
}

/**
 * One try to create the group. The item and its place in the brake's count are written together or not at all, so a
 * deployment that is repeated, that races with another or that dies in between counts its group exactly once.
 */
const create = async (
  config: GroupConfig,
  now: EpochMs,
  nonce: () => string,
  { table, brake }: DeployTable,
): Promise<GroupState | undefined> => {
  const created = { ...initialState(config, now), nonce: nonce() };
  const counted = await brake.load();
  const more = { ...withGroup(counted), nonce: nonce() };
  const written = await table.putAll([
    { item: stateItem(created), condition: NEW },
    brakeWrite(counted.rev, more),
  ]);
  return written ? created : undefined;
};

/**
 * Stores a configuration under its hash and lists the group, then creates the group's state if there is none, else
 * points the state to the new hash. Safe to repeat. @throws Contended, and as `Store.load`
 */
export const deploy = async (
  config: GroupConfig,
  now: EpochMs,
  nonce: () => string,
  to: DeployTable,
): Promise<GroupState> => {
  await Promise.all([
    to.table.put({ item: configItem(config), condition: NEW }),
    to.table.put({ item: groupItem(config.group), condition: NEW }),
  ]);
  for (let tries = 1; tries <= DEPLOY_TRIES_MAX; tries += 1) {
    const item = await to.table.get(keyOf(config.group, STATE_KEY));
    const current = item === undefined ? undefined : parseState(item);
    if (current?.configHash === config.hash) return current;
    if (current === undefined) {
      const created = await create(config, now, nonce, to);
      if (created !== undefined) return created;
    } else {
      const next = { ...current, rev: current.rev + 1, configHash: config.hash };
      const outcome = await to.swap(current, next, nonce());
      if (outcome.swapped) return outcome.state;
    }
    await sleep(Math.random() * PAUSE_MS_MAX);
  }
  throw new Contended(`group "${config.group}"`, DEPLOY_TRIES_MAX);
};
