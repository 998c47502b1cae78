/**
 * Which groups there are: one small item a group, in a partition of their own, written by a deployment. Without it the
 * only way to know would be a scan of everything that was ever decided.
 *
 * | pk        | sk      | holds                        |
 * | --------- | ------- | ---------------------------- |
 * | `#groups` | `mysql` | nothing: its name says it all |
 */
import type { Attributes } from '../../core/wire/attributes.ts';
import { keyOf } from './items.ts';
import type { Table } from './table.ts';

const GROUPS_PK = '#groups';
/** Below and above every character of a group's name. */
const LOWEST = ' ';
const HIGHEST = '~';

export const groupItem = (group: string): Attributes => keyOf(GROUPS_PK, group);

/** Names in order, those after `after`. @throws as `Store.load` */
export const groupNames = async (
  table: Pick<Table, 'query'>,
  after: string | undefined,
  limit: number,
): Promise<string[]> => {
  const items = await table.query({ pk: GROUPS_PK, from: `${after ?? ''}${LOWEST}`, to: HIGHEST, limit });
  return items.map((item) => item['sk']?.S ?? '');
};

const PAGE_GROUPS = 100;
/** More groups than an arbiter can have. */
const PAGES_MAX = 32;

/** All names, page by page. @throws as `Store.load` */
export const allGroups = async (store: {
  groups(after: string | undefined, limit: number): Promise<string[]>;
}): Promise<string[]> => {
  const names: string[] = [];
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const page = await store.groups(names.at(-1), PAGE_GROUPS);
    names.push(...page);
    if (page.length < PAGE_GROUPS) break;
  }
  return names;
};
