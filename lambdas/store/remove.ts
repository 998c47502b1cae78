/** How a group leaves the table. Its configurations stay: they are immutable, small, and serve it if it returns. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BrakeState } from '../../core/brake.ts';
import type { Phase } from '../../core/wire/item.ts';
import type { NodeId } from '../../core/wire/names.ts';
import { Contended } from '../errors.ts';
import { type BrakeStore, brakeWrite } from './brake.ts';
import { groupItem } from './groups.ts';
import { keyOf, parseState, STATE_KEY } from './items.ts';
import type { Table } from './table.ts';

/** Tries to slip in between heartbeats. */
const REMOVE_TRIES_MAX = 20;
const PAUSE_MS_MAX = 50;

/** `held`: nothing was removed, somebody holds the group or is about to. `absent`: there was no such group. */
export type Removed =
  | { readonly kind: 'removed' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'held'; readonly holder: NodeId | null; readonly phase: Phase };

/** One group less under this arbiter. */
const withoutGroup = (state: BrakeState): BrakeState => ({
  ...state,
  rev: state.rev + 1,
  groups: Math.max(0, state.groups - 1),
});

/** Its name goes after the group: a repetition finds what a removal that died in between has left. */
const unlist = (group: string, table: Table): Promise<boolean> =>
  table.remove({ key: groupItem(group), condition: 'attribute_exists(pk)' });

/** Removes the group's state and its place in the brake's count, together or not at all. @throws Contended, and as `Store.load` */
export const removeGroup = async (
  group: string,
  force: boolean,
  nonce: () => string,
  { table, brake }: { readonly table: Table; readonly brake: BrakeStore },
): Promise<Removed> => {
  const key = keyOf(group, STATE_KEY);
  for (let tries = 1; tries <= REMOVE_TRIES_MAX; tries += 1) {
    const item = await table.get(key);
    if (item === undefined) {
      await unlist(group, table);
      return { kind: 'absent' };
    }
    const { phase, holder, rev, nonce: written } = parseState(item);
    if (phase !== 'vacant' && !force) return { kind: 'held', holder, phase };
    const counted = await brake.load();
    const values = { ':rev': { N: String(rev) }, ':nonce': { S: written } };
    const removed = await table.putAll([
      { key, condition: 'rev = :rev AND nonce = :nonce', values },
      brakeWrite(counted.rev, { ...withoutGroup(counted), nonce: nonce() }),
    ]);
    if (removed) {
      await unlist(group, table);
      return { kind: 'removed' };
    }
    await sleep(Math.random() * PAUSE_MS_MAX);
  }
  throw new Contended(`group "${group}"`, REMOVE_TRIES_MAX);
};
